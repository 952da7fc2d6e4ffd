"""`turnstile batch`: the answers to all rows of large files, shard by shard, in a folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from pipeline.commands.options import DataPath, LocalPath, config_option, json_option, load_served, serving_dir_option
from pipeline.commands.predict import how_data_is_written

if TYPE_CHECKING:
    from serving.batch.job import Engine


@click.command()
@click.argument("input_path", metavar="INPUT", type=DataPath())
@click.option("--out", required=True, metavar="FOLDER", type=LocalPath(), help="Folder to write the answers to.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "parquet"]),
    help="Format of the answers.  [default: that of INPUT]",
)
@click.option(
    "--keep",
    multiple=True,
    metavar="COLUMN",
    help="Column of INPUT to write in front of each answer, such as a key; may be repeated.",
)
@click.option(
    "--shard-rows",
    metavar="ROWS",
    type=click.IntRange(1),
    help="Number of rows from which on a shard is full.  [default: 250000, or 2500 with --explain]",
)
@click.option(
    "--explain", is_flag=True, help="Write beside each answer what each feature contributed, as turnstile explain does."
)
@click.option(
    "--beam", is_flag=True, help="Answer the shards on Beam, as the config's [beam] says, not in this process."
)
@click.option(
    "--model", metavar="FOLDER", type=LocalPath(), help="Folder of a SavedModel to load instead of a pushed version."
)
@click.option("--version", metavar="N", type=click.IntRange(0, 2**63 - 1), help="Number of the version to ask.")
@click.option("--label", metavar="LABEL", help="Label of the version to ask, such as canary.")
@config_option
@serving_dir_option
@json_option
def batch(
    input_path: str,
    config_file: str,
    serving_dir: str | None,
    model: str | None,
    version: int | None,
    label: str | None,
    explain: bool,
    beam: bool,
    as_json: bool,
    **job: Any,
) -> None:
    """Predict for all rows of INPUT, which may be large.

    INPUT is a .csv or .parquet file, a folder of them, or a path with * in it. The answers are written in shards, in
    the order of the rows, and a manifest.json has the counts. Without --model, the version that is asked is the stable
    one, or the newest if none is stable. It stays the same for the whole job, whatever happens to labels.

    If the command is stopped, or killed, type it again: it goes on where it was. A row of which a value is not of its
    column's type is not asked about; a file in rejects/ says which and why.

    Exit codes: 0 every row was answered or rejected; 1 the model refused to answer; 2 the usage or the config is wrong.
    """
    from pipeline.batch_input import files
    from serving.batch.job import Job, in_this_process
    from serving.batch.job import batch as answer
    from serving.client.connect import Options
    from serving.explain.settings import Settings

    because = Settings() if explain else None
    made = Job(paths=files(input_path), explain=because, **how_data_is_written(config_file, None, model), **job)
    options = Options(model=model, version=version, label=label)
    engine = _on_beam(config_file, made.out) if beam else in_this_process
    with _engine_in_words():
        manifest = answer(made, options, lambda: load_served(config_file, serving_dir), engine)
    if as_json:
        click.echo(json.dumps(manifest))
    else:
        click.echo("\n".join(_lines(made.out, manifest)))


def _on_beam(config_file: str, out: str) -> Engine:
    from pipeline.beam import beam_args, check_answers, check_reach
    from pipeline.config_file import load_beam
    from pipeline.run.importing_tfx import without_a_log

    beam = load_beam(config_file)
    check_reach(beam, out)
    check_answers(beam)
    with without_a_log():  # Beam's libraries print warnings about what is none of the user's business
        from serving.batch.on_beam import OnBeam

    return OnBeam(beam_args(beam))


@contextmanager
def _engine_in_words() -> Iterator[None]:
    """Says in a sentence why an engine has given a job up; all else that is raised is another's business."""
    from pipeline import engine_faults
    from turnstile.errors import TurnstileError

    try:
        yield
    except Exception as error:
        words = engine_faults.in_a_sentence(error)
        if words is None:
            raise
        raise TurnstileError(words) from error


def _lines(out: str, manifest: dict[str, Any]) -> list[str]:
    model, shards = manifest["model"], manifest["shards"]
    by = model["folder"] if model["version"] is None else f"version {model['version']}"
    written = "1 shard" if len(shards) == 1 else f"{len(shards):,} shards"
    lines = [f"{manifest['answered']:,} of {manifest['rows']:,} rows answered by {by}, {written} in {out}"]
    if manifest["rejected"]:
        first = next(shard["rejects"] for shard in shards if shard["rejects"])
        lines.append(f"rows rejected: {manifest['rejected']:,}; which, and why: {out}/{first}")
    return lines
