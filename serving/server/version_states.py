"""The state of every version: where it is between being found and being gone, as TensorFlow Serving tells it."""

from __future__ import annotations

import threading
from dataclasses import dataclass

# ModelVersionStatus.State
START, LOADING, AVAILABLE, UNLOADING, END = 10, 20, 30, 40, 50


@dataclass(frozen=True)
class Status:
    """A version's state; `error` says why it is not available, "" for none."""

    state: int
    error: str = ""


class States:
    """States by model and version. Threads may set them at the same time; whoever reads takes no lock."""

    def __init__(self) -> None:
        self._known: dict[str, dict[int, Status]] = {}
        self._setting = threading.Lock()

    def of(self, name: str) -> dict[int, Status]:
        """Returns the states of a model's versions; empty if nothing is known of it."""
        return self._known.get(name, {})

    def set(self, name: str, version: int, state: int, error: str = "") -> None:
        """Replaces the state of a version."""
        with self._setting:
            self._known = {**self._known, name: {**self.of(name), version: Status(state, error)}}
