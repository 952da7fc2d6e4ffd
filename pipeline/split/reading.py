"""How the files of a table are read: as a config says, or as they look."""

from __future__ import annotations

from pathlib import Path

from components.example_gen.input_files import input_files
from components.example_gen.settings import Reading
from pipeline import config_file as configs
from pipeline.init import dialects
from turnstile.columns import Time


def of(data: str, column: str, config_file: str | None) -> tuple[Reading, str | None]:
    """Returns how the files are read, and the unit of the column; None for one that its values tell.

    Args:
        data: a file, or a folder of files.
        column: the column that says when a row was.
        config_file: the config that says it; None to look at the files.

    Raises:
        UsageError: the config is absent or wrong.
    """
    if config_file is None:
        return dialects.of_data(data) if Path(data).exists() and input_files(data) else Reading(), None
    config = configs.load(config_file, check_data=False, check_schema=False)
    feature = config.features.get(column)
    return config.data, feature.unit if isinstance(feature, Time) else None
