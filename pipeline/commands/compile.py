"""`turnstile compile`: the pipeline of a config in the form that each orchestrator reads."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from pipeline.commands.compile_kubeflow import kubeflow, vertex
from pipeline.commands.options import (
    LocalPath,
    config_options,
    json_option,
    load,
    output_option,
    serving_dir_option,
    span_option,
)


@click.group("compile")
def compile_group() -> None:
    """Write the pipeline in the form that a scheduler reads."""


@compile_group.command()
@config_options
@span_option
@output_option
@serving_dir_option
@click.option(
    "-o",
    "--out",
    metavar="FILE",
    type=LocalPath(path_type=Path),
    help="File to write.  [default: <output>/<name>/ir.json]",
)
@json_option
def ir(
    config_file: str,
    data: str | None,
    span: str | None,
    output: str | None,
    serving_dir: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Write the pipeline in TFX's own form, for `turnstile node`.

    A second file beside it holds the graph: which stage waits for which.
    """
    config = load(config_file, data, output, serving_dir, span)
    from pipeline.run import ir as compiled

    pipeline = compiled.compiled(config)
    file = out or Path(config.output) / config.name / "ir.json"
    compiled.write(pipeline, file)
    paths = {"ir": str(file), "graph": str(compiled.graph_file(file))}
    click.echo(json.dumps(paths) if as_json else "\n".join(paths.values()))


@compile_group.command()
@config_options
@output_option
@serving_dir_option
@click.option(
    "-o",
    "--out",
    metavar="FILE",
    type=LocalPath(path_type=Path),
    help="File to write.  [default: deploy/airflow/dags/<name>.py]",
)
def airflow(config_file: str, data: str | None, output: str | None, serving_dir: str | None, out: Path | None) -> None:
    """Write the DAG file for Airflow: one task for each stage.

    [schedule] of the config says when Airflow starts a run, and how often it tries a stage again.
    """
    config = load(config_file, data, output, serving_dir)
    from pipeline.run import ir as compiled
    from pipeline.schedulers import airflow as runner
    from turnstile import files

    graph = compiled.graph(compiled.compiled(config))
    turnstile = Path(sys.executable).with_name("turnstile")
    file = out or Path("deploy/airflow/dags") / f"{config.name}.py"
    files.write(file, runner.dag_text(config, graph, config_file, data, Path.cwd(), turnstile))
    click.echo(file)


for command in (kubeflow, vertex):
    compile_group.add_command(command)
