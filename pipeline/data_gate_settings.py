"""What DataGate is told of a config."""

from __future__ import annotations

from pathlib import Path

from components.data_gate.settings import DataGateSettings, Split
from pipeline.config import Config
from turnstile.model_inputs import Columns

# Of a pipeline's folder: where `turnstile monitor` leaves the statistics of requests.
MONITORING = "monitoring"


def data_gate_settings(config: Config, columns: Columns) -> DataGateSettings:
    """Returns the settings; `columns` are the features and the label."""
    return DataGateSettings(
        columns=columns,
        sliced=config.release.sliced_columns,
        policy=config.data_gate,
        reviewed=config.data.schema_path is not None,
        data_path=config.data.path,
        compared=compared_split(config),
        served=str(Path(config.output, config.name, MONITORING).resolve()),
    )


def compared_split(config: Config) -> Split:
    """Returns the split that is compared with earlier data: that of the newest span, if there is one.

    The train split has the spans before it then, which were compared when they were the newest.
    """
    return "eval" if config.data.eval_on == "newest" else "train"
