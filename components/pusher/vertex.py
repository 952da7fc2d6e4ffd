"""Pusher to a Vertex AI endpoint: TFX's own, given the model by the address that Vertex AI knows it by.

In a container of Vertex AI, and of Kubeflow, the artifacts under gs:// are files under /gcs, and that is what our
components get. Vertex AI takes a model from gs:// only.
"""

from __future__ import annotations

from typing import Any

from tfx import types
from tfx.dsl.components.base import executor_spec
from tfx.extensions.google_cloud_ai_platform import constants
from tfx.extensions.google_cloud_ai_platform.pusher import component, executor

from serving.settings import VertexEndpoint
from turnstile.errors import TurnstileError

_MOUNT, _SCHEME = "/gcs/", "gs://"


class Executor(executor.Executor):
    """The stock executor, which uploads a model and deploys it to the endpoint."""

    def Do(self, input_dict: dict, output_dict: dict, exec_properties: dict[str, Any]) -> None:
        """Pushes a blessed model; arguments as in TFX's BaseExecutor.Do."""
        for artifacts in (*input_dict.values(), *output_dict.values()):
            for artifact in artifacts:
                artifact.uri = in_cloud_storage(artifact.uri)
        super().Do(input_dict, output_dict, exec_properties)


class VertexPusher(component.Pusher):
    """Deploys a model that every gate has let through.

    Args:
        model_blessing: Evaluator's.
        infra_blessing: ServingValidator's; the model in it is deployed.
        where: the endpoint.
    """

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(self, model_blessing: types.BaseChannel, infra_blessing: types.BaseChannel, where: VertexEndpoint):
        super().__init__(
            model_blessing=model_blessing,
            infra_blessing=infra_blessing,
            custom_config={
                constants.ENABLE_VERTEX_KEY: True,
                constants.VERTEX_REGION_KEY: where.region,
                constants.VERTEX_CONTAINER_IMAGE_URI_KEY: where.image,
                constants.SERVING_ARGS_KEY: {
                    "project": where.project,
                    "endpoint_name": where.endpoint,
                    "machine_type": where.machine_type,
                },
            },
        )


def in_cloud_storage(path: str) -> str:
    """Returns the gs:// address of a path under /gcs.

    Raises:
        TurnstileError: it is neither.
    """
    if path.startswith(_SCHEME):
        return path
    if path.startswith(_MOUNT):
        return _SCHEME + path.removeprefix(_MOUNT)
    raise TurnstileError(
        f"{path}: Vertex AI takes a model from Cloud Storage only; expected a folder under {_SCHEME} or {_MOUNT}. "
        "A config with [serving.vertex] is for: turnstile compile vertex"
    )
