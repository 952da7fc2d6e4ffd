"""What the commands share: options, and reading a config with the values that the options override."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline import DEFAULT_CONFIG

if TYPE_CHECKING:
    from pipeline.config import Config, ServedConfig


class _Path(click.Path):
    """A path, unless `fault` finds something wrong with it, which ends the command with exit code 2."""

    def fault(self, path: str) -> str:
        """Says what is wrong; "" if nothing is."""
        raise NotImplementedError

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Returns the path, as click.Path does."""
        if found := self.fault(str(value)):
            self.fail(found, param, ctx)
        return super().convert(value, param, ctx)


class LocalPath(_Path):
    """A path on this machine, and no address of an object store."""

    def fault(self, path: str) -> str:
        """See _Path."""
        from turnstile.local_path import fault

        return fault(path)


class DataPath(_Path):
    """A path on this machine, or an address in an object store that is read."""

    def fault(self, path: str) -> str:
        """See _Path."""
        from turnstile.places import fault

        return fault(path)


config_option = click.option(
    "--config",
    "config_file",
    type=LocalPath(),
    metavar="FILE",
    default=DEFAULT_CONFIG,
    show_default=True,
    help="TOML file that describes the pipeline.",
)
output_option = click.option(
    "--output",
    type=LocalPath(),
    metavar="FOLDER",
    help="Folder for artifacts, metadata and logs.  [default: the config's, or output]",
)
serving_dir_option = click.option(
    "--serving-dir",
    type=LocalPath(),
    metavar="FOLDER",
    help="Folder that TensorFlow Serving watches.  [default: the config's, or serving_model]",
)
span_option = click.option(
    "--span",
    metavar="SPAN",
    help="Day (YYYY-MM-DD) or number (an integer) of the data to read.  [default: the config's, or the latest]",
)
outcomes_option = click.option(
    "--outcomes",
    metavar="FILE",
    required=True,
    type=LocalPath(),
    help="File that says what came true for each key: .csv, .jsonl or .parquet.",
)
outcome_option = click.option(
    "--outcome",
    required=True,
    metavar="COLUMN",
    help="Column of the outcomes with what came true: 0 or 1, a number, or a class.",
)
host_option = click.option(
    "--host",
    metavar="ADDRESS",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; 0.0.0.0 means every address of this machine.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")


def confidence_option(what: str) -> Callable:
    """The option of a confidence; `what` says of what it is the probability."""
    return click.option(
        "--confidence",
        metavar="SHARE",
        type=click.FloatRange(0.5, 0.9999),
        default=0.95,
        show_default=True,
        help=f"Probability, as a share, that {what}.",
    )


def past_options(command: Callable) -> Callable:
    """The options of a command that looks at what runs have left."""
    return config_option(output_option(serving_dir_option(command)))


def config_options(command: Callable) -> Callable:
    """The options that choose what to work on."""
    command = click.option(
        "--data",
        type=DataPath(),
        metavar="PATH",
        help="Data to read: a .csv or .parquet file, a folder of them, or a path with {SPAN}.  [default: the config's]",
    )(command)
    return config_option(command)


def load(
    config_file: str,
    data: str | None = None,
    output: str | None = None,
    serving_dir: str | None = None,
    span: str | None = None,
    cache: bool | None = None,
    check_data: bool = True,
    check_schema: bool = True,
    **others: Any,
) -> Config:
    """Reads a config, with the options that were given in place of its own values.

    `others` are more of them, named as pipeline.config_file.load names them.
    """
    from pipeline import config_file as reader

    overrides = {"data__path": data, "data__span": span, "output": output, "serving__dir": serving_dir, "cache": cache}
    return reader.load(config_file, check_data, check_schema, **overrides, **others)


def load_past(config_file: str, output: str | None, serving_dir: str | None = None) -> Config:
    """Reads a config to look at what its runs have left: neither its data nor its schema has to be there any more."""
    return load(config_file, output=output, serving_dir=serving_dir, check_data=False, check_schema=False)


def load_served(config_file: str, serving_dir: str | None) -> ServedConfig:
    """Reads what of a config those need who serve its models: neither its data nor its schema has to be there."""
    from pipeline import config_file as reader

    return reader.load_served(config_file, serving_dir)


def version_folder(version: str, config_file: str, serving_dir: str | None) -> Path:
    """Returns the folder of a version, which is as it was pushed.

    Args:
        version: its number, or a folder.
        config_file, serving_dir: where versions with a number are; see load_served.

    Raises:
        UsageError: there is no such version, or it is not as it was pushed.
    """
    from serving.client.base import ModelSpec
    from serving.client.offline import in_serving_folder
    from serving.releases import integrity
    from serving.releases.version_folders import is_version

    folder, key = Path(version), None
    if is_version(version):
        config = load_served(config_file, serving_dir)
        folder = in_serving_folder(Path(config.serving.dir), ModelSpec(config.name, int(version)))
        key = config.serving.verify_with
    integrity.check(folder, key)
    return folder
