"""What the subcommands of `turnstile` share: options, and the reading of a config with what they override."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from pipeline import DEFAULT_CONFIG

if TYPE_CHECKING:
    from pipeline.config import Config, ServedConfig


class LocalPath(click.Path):
    """A path on this machine: the address of an object store is refused, with exit code 2."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Returns the path, as click.Path does."""
        from turnstile.local_path import fault

        if found := fault(str(value)):
            self.fail(f"{found}, got '{value}'", param, ctx)
        return super().convert(value, param, ctx)


config_option = click.option(
    "--config",
    "config_file",
    type=LocalPath(),
    default=DEFAULT_CONFIG,
    show_default=True,
    help="The pipeline's TOML file.",
)
output_option = click.option(
    "--output", type=LocalPath(), help="Folder for artifacts, metadata and logs.  [default: output]"
)
serving_dir_option = click.option(
    "--serving-dir", type=LocalPath(), help="Folder that TensorFlow Serving watches.  [default: serving_model]"
)
span_option = click.option(
    "--span", metavar="SPAN", help="Of data by day, a date as YYYY-MM-DD; by number, an integer.  [default: the latest]"
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")


def config_options(command: Callable) -> Callable:
    """The options that choose what to work on."""
    command = click.option(
        "--data", type=LocalPath(), help="A .csv or .parquet file, a folder, or a path with {SPAN}."
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
) -> Config:
    """Reads a config, with the options that were given in place of its own values."""
    from pipeline import config_file as reader

    overrides = {"data__path": data, "data__span": span, "output": output, "serving__dir": serving_dir, "cache": cache}
    return reader.load(config_file, check_data, check_schema, **overrides)


def load_served(config_file: str, serving_dir: str | None) -> ServedConfig:
    """Reads what of a config those need who serve its models: neither its data nor its schema has to be there."""
    from pipeline import config_file as reader

    return reader.load_served(config_file, serving_dir)
