"""`turnstile export`: a version as plain code, in JavaScript and C."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.commands.options import LocalPath, config_option, json_option, serving_dir_option, version_folder

if TYPE_CHECKING:
    from serving.plain.export import Exported


@click.command()
@click.argument("version", metavar="VERSION|MODEL_DIR")
@click.option("--to", required=True, metavar="FOLDER", type=LocalPath(), help="Folder to write, which must not exist.")
@config_option
@serving_dir_option
@json_option
def export(version: str, to: str, config_file: str, serving_dir: str | None, as_json: bool) -> None:
    """Write a version as plain code in JavaScript and C.

    VERSION is a number that `turnstile models` lists, and MODEL_DIR the folder of a version. FOLDER gets the model's
    numbers as preprocess.json and network.json, and runners that answer rows by them as the signature `raw` does,
    without TensorFlow: js/runner.mjs for web pages and Node, and c/ for programs in C.

    Before anything is written, each runner that this machine can run answers the rows that were recorded with the
    version, and hundreds of edge cases. JavaScript needs node for that, C needs cc. An answer that differs from the
    model's by more than 1e-5 ends the command.

    Exit codes: 0 everything was written; 1 a runner does not answer as the model does; 2 the usage or the config is
    wrong, or the version cannot be exported.
    """
    from serving.plain.export import export as write

    done = write(version_folder(version, config_file, serving_dir), Path(to))
    click.echo(json.dumps(done.as_dict()) if as_json else "\n".join(_lines(done)))


def _lines(done: Exported) -> list[str]:
    lines = [f"{path}: {size / 1000:,.1f} kB" for path, size in done.bytes.items() if path.endswith(".json")]
    for language, difference in done.largest_difference.items():
        if difference is None:
            lines.append(f"{language}: written, but not proven, because this machine cannot run it")
        else:
            lines.append(
                f"{language}: answers {done.rows:,} rows as the model does; the largest difference is {difference:.1e}"
            )
    return [*lines, f"written to {done.folder}"]
