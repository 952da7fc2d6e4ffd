"""How the model was trained: its losses epoch by epoch, how long it took, and which epoch's weights it has."""

from __future__ import annotations

from typing import Any

from components.record.facts import Places
from components.trainer import history


def of(places: Places) -> dict[str, Any] | None:
    """Returns what Trainer wrote down; None if nothing was trained, or by a Trainer that wrote nothing down."""
    return history.read(places.model_run) if places.model_run else None
