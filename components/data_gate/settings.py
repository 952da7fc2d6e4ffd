"""What DataGate is told: what it stops a run for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from turnstile import span_pattern
from turnstile.model_inputs import Columns
from turnstile.section import Section

Split = Literal["train", "eval"]


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
        description="Findings that never stop a run, as `column:TYPE`. The type is `DRIFT`, `SKEW`, a type of TFDV's "
        "anomalies, or `*` for all of these.",
    )


class DataGateSettings(Section):
    """All that DataGate needs of a config.

    Of data that `columns` cannot be made of, nothing is trained. `reviewed` says whether the schema was reviewed: an
    inferred one is not a thing to change. `sliced` names the columns that the release slices by. `data_path` is where
    the data is, and tells whether it has spans; `compared` is the split that is compared with earlier data. `served` is
    the folder in which `turnstile monitor` leaves the statistics of requests.
    """

    columns: Columns
    sliced: tuple[str, ...] = ()
    policy: DataGateConfig = DataGateConfig()
    reviewed: bool
    data_path: str = ""
    compared: Split = "train"
    served: str | None = None

    @property
    def by_span(self) -> bool:
        """Whether the data has spans."""
        return span_pattern.is_pattern(self.data_path)
