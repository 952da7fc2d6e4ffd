"""What DataGate is told: what it stops a run for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from turnstile.model_inputs import Columns
from turnstile.section import Section


class DataGateConfig(Section):
    """What the data gate stops a run for.

    A column that a feature or the label cannot be made of always stops it.
    """

    stop_at: Literal["error", "warning"] = Field(
        default="error",
        description="The least severity of an anomaly that stops the run.",
    )
    allow: tuple[Annotated[str, Field(pattern=r"^.+:(\*|[A-Z_]+)$")], ...] = Field(
        default=(),
        description="Anomalies that never stop a run, as `column:TYPE` with an anomaly type of TFDV, or `column:*`.",
    )


class DataGateSettings(Section):
    """All that DataGate needs of a config.

    Of data that `columns` cannot be made of, nothing is trained. `reviewed` says whether the schema was reviewed: an
    inferred one is not a thing to change. `sliced` names the columns that the release slices by.
    """

    columns: Columns
    sliced: tuple[str, ...] = ()
    policy: DataGateConfig = DataGateConfig()
    reviewed: bool
