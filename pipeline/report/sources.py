"""What the report reads beside the record: the artifacts of the run, as far as they are still there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from components.record.facts import Places
from turnstile.places import Place


@dataclass(frozen=True)
class Before:
    """The data of the span before, that the run's is compared with: which one, and its statistics."""

    span: int
    statistics: Place


@dataclass(frozen=True)
class Sources:
    """Where the artifacts are.

    Attributes:
        places: by role; None for one that was not made, or is gone.
        artifacts: of each component, the names of what it made or reused.
        graph: for each component those it waits for.
        before: the span before, if the run has read one of several.
    """

    places: Places = field(default_factory=Places)
    artifacts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    graph: Mapping[str, Sequence[str]] = field(default_factory=dict)
    before: Before | None = None
