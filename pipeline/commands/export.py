"""`turnstile export`: a version as plain code, or for LiteRT."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.commands.options import LocalPath, config_option, json_option, serving_dir_option, version_folder

if TYPE_CHECKING:
    from serving.plain.export import Exported, Write


_NUMBERS = (".json", ".tflite")  # the files whose sizes are told
_FORMATS = ("code", "litert", "litert-dense")


@click.command()
@click.argument("version", metavar="VERSION|MODEL_DIR")
@click.option("--to", required=True, metavar="FOLDER", type=LocalPath(), help="Folder to write, which must not exist.")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default=_FORMATS[0],
    show_default=True,
    help="What to write: plain code, models for LiteRT, or for LiteRT only the network, without what prepares a row.",
)
@config_option
@serving_dir_option
@json_option
def export(version: str, to: str, form: str, config_file: str, serving_dir: str | None, as_json: bool) -> None:
    """Write a version as plain code, or for LiteRT on phones.

    VERSION is a number that `turnstile models` lists, and MODEL_DIR the folder of a version. As code, FOLDER gets the
    model's numbers as preprocess.json and network.json, and runners that answer rows by them as the signature `raw`
    does, without TensorFlow: js/runner.mjs for web pages and Node, and c/ for programs in C.

    For LiteRT, FOLDER gets model.tflite, which takes rows as `raw` does; dense.tflite, the network alone, which takes
    what preprocess.json makes of a row; tensors.json, which describes their inputs; and ask.py, which asks them in
    Python. LiteRT cannot prepare text that is split into words, times as text, or vocabularies with several
    `oov_buckets`: a version with such columns has only dense.tflite, by --format litert-dense.

    Before anything is written, what was made answers the rows that were recorded with the version, and hundreds of edge
    cases. JavaScript needs node for that, C needs cc. An answer that differs from the model's by more than 1e-5 ends
    the command.

    Exit codes: 0 everything was written; 1 what was made does not answer as the model does; 2 the usage or the config
    is wrong, or the version cannot be exported.
    """
    from serving.plain.export import export as exported

    done = exported(version_folder(version, config_file, serving_dir), Path(to), _writer(form))
    click.echo(json.dumps(done.as_dict()) if as_json else "\n".join(_lines(done)))


def _writer(form: str) -> Write:
    if form == "code":
        from serving.plain import code

        return code.write
    from serving.litert import files

    return files.write if form == "litert" else files.write_dense


def _lines(done: Exported) -> list[str]:
    lines = [f"{path}: {size / 1000:,.1f} kB" for path, size in done.bytes.items() if path.endswith(_NUMBERS)]
    for name, difference in done.largest_difference.items():
        if difference is None:
            lines.append(f"{name}: written, but not proven, because this machine cannot run it")
        else:
            lines.append(
                f"{name}: answers {done.rows:,} rows as the model does; the largest difference is {difference:.1e}"
            )
    return [*lines, f"written to {done.folder}"]
