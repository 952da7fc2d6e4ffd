"""ServingValidator by TensorFlow Serving itself: TFX's InfraValidator, which starts it in Docker or in Kubernetes."""

from __future__ import annotations

from typing import Any, Literal

from tfx import types
from tfx.components.infra_validator import component
from tfx.components.infra_validator import executor as stock
from tfx.dsl.components.base import executor_spec
from tfx.proto import infra_validator_pb2
from tfx.types import artifact_utils

from components.serving_validator.component import mark
from turnstile.gates import SERVING_VALIDATOR

# TensorFlow Serving's image is pulled first where it is not there yet: 200 MB and more.
_MAX_LOADING_SECONDS = 300
_TRIES = 2  # a second one for what is not the model's fault, such as a port that was taken
# The stock executor keeps no more than a yes or no.
_WHY = (
    "TensorFlow Serving could not be started, or did not load the model, or did not answer it. The run's log says "
    "which, under 'infra validation'"
)


class Executor(stock.Executor):
    """The stock executor, which also says why."""

    def Do(self, input_dict: dict, output_dict: dict, exec_properties: dict[str, Any]) -> None:
        """Writes the blessing; arguments as in TFX's BaseExecutor.Do."""
        super().Do(input_dict, output_dict, exec_properties)
        blessing = artifact_utils.get_single_instance(output_dict["blessing"])
        refused = blessing.get_int_custom_property("blessed") != 1
        mark(blessing, {"reasons": [_WHY] if refused else []})


class TensorFlowServingValidator(component.InfraValidator):
    """The stock InfraValidator, asked about real rows of the eval split, which become the warm-up requests.

    Args:
        model: Trainer's.
        examples: raw ones.
        model_name: under which it will be served.
        platform: where TensorFlow Serving is started.
        image_tag: the tag of the image tensorflow/serving.
        rows: how many rows to ask about.
    """

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        model: types.BaseChannel,
        examples: types.BaseChannel,
        model_name: str,
        platform: Literal["docker", "kubernetes"],
        image_tag: str,
        rows: int,
    ):
        serving_spec = infra_validator_pb2.ServingSpec(
            tensorflow_serving=infra_validator_pb2.TensorFlowServing(tags=[image_tag]),
            model_name=model_name,
            local_docker=infra_validator_pb2.LocalDockerConfig() if platform == "docker" else None,
            kubernetes=infra_validator_pb2.KubernetesConfig() if platform == "kubernetes" else None,
        )
        # Of the signatures, only this one takes what InfraValidator can send: serialized examples.
        asked = infra_validator_pb2.TensorFlowServingRequestSpec(signature_names=["serving_default"])
        super().__init__(
            model=model,
            examples=examples,
            serving_spec=serving_spec,
            request_spec=infra_validator_pb2.RequestSpec(
                tensorflow_serving=asked, split_name="eval", num_examples=rows, make_warmup=True
            ),
            validation_spec=infra_validator_pb2.ValidationSpec(
                max_loading_time_seconds=_MAX_LOADING_SECONDS, num_tries=_TRIES
            ),
        )
        self.with_id(SERVING_VALIDATOR.id)
