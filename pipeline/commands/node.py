"""`turnstile node`: one stage of a run, for an orchestrator that starts each by itself."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.commands.options import (
    LocalPath,
    config_options,
    json_option,
    load,
    output_option,
    serving_dir_option,
    span_option,
)

if TYPE_CHECKING:
    from pipeline.run.single_node import NodeResult


@click.command()
@click.argument("node_id", metavar="ID")
@click.option(
    "--run-id", metavar="NAME", required=True, help="Name of the run; give every stage of a run the same one."
)
@click.option(
    "--ir",
    "ir_file",
    metavar="FILE",
    type=LocalPath(path_type=Path),
    help="File that `turnstile compile ir` wrote.  [default: compile the config again]",
)
@config_options
@span_option
@output_option
@serving_dir_option
@json_option
def node(
    node_id: str,
    run_id: str,
    ir_file: Path | None,
    config_file: str,
    data: str | None,
    span: str | None,
    output: str | None,
    serving_dir: str | None,
    as_json: bool,
) -> None:
    """Run one stage of the pipeline by its ID, such as Trainer.

    A stage that failed or was killed can be run again: nothing is left of the attempt before. With --ir the pipeline is
    read from that file, and the options that describe it have no effect.

    Exit codes: 0 the stage is done, or was before; 1 it failed; 2 the usage or the config is wrong; 10 a model gate
    said no; 11 the data gate said no.
    """
    from pipeline.run import ir
    from pipeline.run.single_node import run

    compiled = ir.read(ir_file) if ir_file else ir.compiled(load(config_file, data, output, serving_dir, span))
    result = run(compiled, node_id, run_id)
    if as_json:
        click.echo(json.dumps(result.as_dict()))
    _explain(result)
    sys.exit(result.exit_code)


def _explain(result: NodeResult) -> None:
    """Says at the end of stderr why the stage did not succeed: a scheduler's log is read from its end."""
    from turnstile.run_log import last_lines

    if result.gate and not result.gate.passed:
        click.echo("\n".join(result.gate.in_words()), err=True)
    elif result.state == "failed":
        why = result.error or "its inputs are not there"  # TFX records that without an error
        lines = [f"{result.id} failed: {why}", *last_lines(Path(result.log)), f"log: {result.log}"]
        click.echo("\n".join(lines), err=True)
