"""What DataGate is told: what it stops a run for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from turnstile.section import Section


class DataGateConfig(Section):
    """What the data gate stops a run for.

    `stop_at` is the least severity that stops; `allow` lists anomalies that never do, as "column:TYPE" with
    one of TFDV's anomaly types, or "column:*".
    """

    stop_at: Literal["error", "warning"] = "error"
    allow: tuple[Annotated[str, Field(pattern=r"^[^:]+:(\*|[A-Z_]+)$")], ...] = ()
