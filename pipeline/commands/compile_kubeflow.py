"""`turnstile compile kubeflow` and `turnstile compile vertex`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from turnstile import files
from turnstile.errors import UsageError

if TYPE_CHECKING:
    from pipeline.config import Config

image_option = click.option(
    "--image",
    metavar="IMAGE",
    required=True,
    help="Container image that every task runs in; deploy/kubeflow/Dockerfile makes it.",
)


@click.command()
@config_options
@span_option
@output_option
@serving_dir_option
@image_option
@click.option(
    "--volume", "claims", multiple=True, metavar="CLAIM:/PATH", help="Volume to mount in every task; may be repeated."
)
@click.option(
    "--pipeline-root",
    metavar="URI",
    help="Folder for artifacts: gs://, s3:// or minio://.  [default: the installation's]",
)
@click.option(
    "-o",
    "--out",
    metavar="FILE",
    type=LocalPath(path_type=Path),
    help="File to write.  [default: <output>/<name>/kubeflow.yaml]",
)
@json_option
def kubeflow(
    config_file: str,
    data: str | None,
    span: str | None,
    output: str | None,
    serving_dir: str | None,
    image: str,
    claims: tuple[str, ...],
    pipeline_root: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Write the pipeline for Kubeflow Pipelines, as YAML.

    A run of it can be given other data, another span and other thresholds as parameters. Every path is one that the
    containers of the tasks see, in the image or on a volume.
    """
    from pipeline.schedulers.kubeflow import spec as kubeflow_spec
    from pipeline.schedulers.kubeflow import storage

    config = load(config_file, data, output, serving_dir, span, check_data=False)
    file = out or Path(config.output) / config.name / "kubeflow.yaml"
    if file.suffix not in (".yaml", ".yml"):
        raise UsageError(f"{file}: Kubeflow takes only .yaml files; give one: --out FILE.yaml")
    given = storage.volumes(claims)
    mounted = storage.with_serving(config, given)
    for path in mounted.keys() - given.keys():
        click.echo(f"models are pushed to the volume {mounted[path]}, mounted at {path}", err=True)
    spec = _spec(config, image, _root(pipeline_root, ("gs://",) if config.serving.vertex else _ROOTS))
    platform = kubeflow_spec.platform(spec, mounted, config.schedule)
    files.write(file, kubeflow_spec.as_yaml(spec, platform))
    click.echo(json.dumps({"file": str(file)}) if as_json else file)


@click.command()
@config_options
@span_option
@output_option
@image_option
@click.option(
    "--pipeline-root", required=True, metavar="gs://...", help="Folder for artifacts, in Google Cloud Storage."
)
@click.option(
    "--project",
    metavar="PROJECT",
    help="Google Cloud project to run in.  [default: the config's serving.vertex.project]",
)
@click.option(
    "--region",
    metavar="REGION",
    help="Google Cloud region to run in, such as europe-west4.  [default: the config's serving.vertex.region]",
)
@click.option(
    "--machine-type", metavar="TYPE", default="n2-standard-4", show_default=True, help="Type of machine for each task."
)
@click.option(
    "--service-account", metavar="EMAIL", help="Service account that the tasks run as.  [default: the project's]"
)
@click.option(
    "-o",
    "--out",
    metavar="FILE",
    type=LocalPath(path_type=Path),
    help="File to write.  [default: <output>/<name>/vertex.json]",
)
@json_option
def vertex(
    config_file: str,
    data: str | None,
    span: str | None,
    output: str | None,
    image: str,
    pipeline_root: str,
    project: str | None,
    region: str | None,
    machine_type: str,
    service_account: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Write the request that runs the pipeline on Vertex AI.

    The request is JSON, to be sent to the address that is printed.

    [serving.vertex] of the config names the endpoint that a blessed model is deployed to. Write data in gs://BUCKET as
    /gcs/BUCKET, which is where Vertex AI mounts it.
    """
    from pipeline.schedulers.kubeflow import vertex as vertex_job

    config = load(config_file, data, output, span=span, check_data=False)
    endpoint = config.serving.vertex
    if not endpoint:
        raise UsageError(
            f"{config_file}: [serving.vertex] is missing. Vertex AI keeps no folder after a task, so models are "
            "deployed to an endpoint; add project, region, endpoint and image, as deploy/kubeflow/README.md shows"
        )
    vertex_job.resources(machine_type)  # before what takes seconds
    spec = _spec(config, image, _root(pipeline_root, ("gs://",)))
    job = vertex_job.job(spec, config, pipeline_root, machine_type, service_account)
    file = out or Path(config.output) / config.name / "vertex.json"
    files.write(file, json.dumps(job, indent=1, sort_keys=True) + "\n")
    url = vertex_job.url(project or endpoint.project, region or endpoint.region)
    click.echo(json.dumps({"file": str(file), "url": url}) if as_json else f"{file}\nPOST it to: {url}")


_ROOTS = ("gs://", "s3://", "minio://")  # what Kubeflow's launcher has a local path for


def _root(uri: str | None, schemes: tuple[str, ...]) -> str | None:
    if schemes == ("gs://",) and not uri:
        raise UsageError("--pipeline-root: is required with [serving.vertex], which takes models from gs:// only")
    if uri and not uri.startswith(schemes):
        raise UsageError(f"--pipeline-root: expected {' or '.join(schemes)} and a bucket; got '{uri}'")
    return uri


def _spec(config: Config, image: str, pipeline_root: str | None) -> dict[str, Any]:
    from pipeline.run.importing_tfx import without_a_log

    with without_a_log():
        from pipeline.schedulers.kubeflow.compile import compiled

        return compiled(config, image, pipeline_root)
