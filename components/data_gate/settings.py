"""What DataGate is told: what it stops a run for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from turnstile.model_inputs import Columns
from turnstile.section import Section


class DataGateConfig(Section):
    """What the data gate stops a run for.

    `stop_at` is the least severity that stops; `allow` lists anomalies that never do, as "column:TYPE" with
    one of TFDV's anomaly types, or "column:*". A column that a feature or the label cannot be made of stops always.
    """

    stop_at: Literal["error", "warning"] = "error"
    allow: tuple[Annotated[str, Field(pattern=r"^[^:]+:(\*|[A-Z_]+)$")], ...] = ()


class DataGateSettings(Section):
    """All that DataGate needs of a config.

    Of data that `columns` cannot be made of, nothing is trained. `reviewed` says whether the schema was reviewed: an
    inferred one is not a thing to change.
    """

    columns: Columns
    policy: DataGateConfig = DataGateConfig()
    reviewed: bool
