"""Compiles a pipeline for Kubeflow Pipelines."""

from __future__ import annotations

from typing import Any

from tfx.orchestration.kubeflow.v2.kubeflow_v2_dag_runner import KubeflowV2DagRunner, KubeflowV2DagRunnerConfig

from pipeline.config import Config
from pipeline.dag import create_pipeline
from pipeline.schedulers.kubeflow.spec import adapted
from turnstile.errors import UsageError


def compiled(config: Config, image: str, pipeline_root: str | None = None) -> dict[str, Any]:
    """Returns the pipeline's spec, version 2.1, as plain values.

    Args:
        config: what to compile.
        image: the container image of every task, which has this project in it.
        pipeline_root: where artifacts go by default, a URI; without it, Kubeflow's own choice.

    Raises:
        UsageError: the config asks for what Kubeflow cannot do.
    """
    if config.serving_validator.kind != "local":
        raise UsageError(
            f'serving_validator.kind: "{config.serving_validator.kind}" starts a server of its own, which a task of '
            'Kubeflow cannot do; set it to "local"'
        )
    named = config.model_copy(update={"name": config.name.replace("_", "-")})  # Kubeflow's names have no underscores
    settings = KubeflowV2DagRunnerConfig(default_image=image, use_pipeline_spec_2_1=True)
    job = KubeflowV2DagRunner(settings).run(create_pipeline(named), write_out=False)
    return adapted(job["pipelineSpec"], config, pipeline_root)
