"""How the model was trained: its losses epoch by epoch, how long it took, which epoch's weights it has, and what it
began with.
"""

from __future__ import annotations

from typing import Any

from components.record.facts import Places
from components.trainer import history, warm_start
from components.warm_start.component import STARTED_FROM


def of(places: Places) -> dict[str, Any] | None:
    """Returns what Trainer wrote down; None if nothing was trained, or by a Trainer that wrote nothing down."""
    found = history.read(places.model_run) if places.model_run else None
    if found is None:
        return None
    begun = warm_start.read(places.model_run) if places.model_run else None
    return found | ({STARTED_FROM: begun} if begun else {})
