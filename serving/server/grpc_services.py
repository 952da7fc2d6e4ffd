"""TensorFlow Serving's gRPC services: PredictionService and ModelService."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import grpc

from serving.model import tensor_protos
from serving.model.protos import (
    classification_pb2,
    inference_pb2,
    model_management_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
    regression_pb2,
)
from serving.model.request_error import (
    INTERNAL,
    INVALID_ARGUMENT,
    NO_PREDICT_SIGNATURE,
    NO_TASK_SIGNATURE,
    RequestError,
)
from serving.server import classify_regress, inference, prometheus, status_responses
from serving.server.manager import Manager
from serving.server.request_log_writer import RequestLog
from serving.server.servable import Servable
from serving.server.watcher import Watcher

_CLASSIFIED, _REGRESSED = classification_pb2.ClassificationResponse, regression_pb2.RegressionResponse
_CODES = {code.value[0]: code for code in grpc.StatusCode}


def add_services(server: Any, manager: Manager, watcher: Watcher, log: RequestLog | None) -> None:
    """Adds both services to a grpc.aio server."""
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(PredictionService(manager, log), server)
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(ModelService(manager, watcher), server)


class PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    """Answers with what is loaded."""

    def __init__(self, manager: Manager, log: RequestLog | None = None):
        self._manager, self._log = manager, log

    async def Predict(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Runs a signature on tensor_protos."""
        return await _answered("predict", context, self._predict(request))

    async def Classify(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Classifies examples."""
        return await _answered(
            "classify", context, self._about_examples(request, classify_regress.classify, _CLASSIFIED)
        )

    async def Regress(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Gives a value for each example."""
        return await _answered("regress", context, self._about_examples(request, classify_regress.regress, _REGRESSED))

    async def MultiInference(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Classifies and regresses the same examples."""
        return await _answered("multi_inference", context, self._multi_inference(request))

    async def GetModelMetadata(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Returns the signatures of a version."""
        return await _answered("metadata", context, self._metadata(request))

    def _find(self, spec: Any) -> Servable:
        return self._manager.find(*_spec(spec))

    async def _predict(self, request: Any) -> Any:
        served = self._find(request.model_spec)
        name, signature = served.signature(request.model_spec.signature_name, NO_PREDICT_SIGNATURE)
        inputs = {key: tensor_protos.from_proto(proto, key) for key, proto in request.inputs.items()}
        inference.check_predict_inputs(signature, inputs)
        wanted = inference.check_output_filter(signature, request.output_filter)
        outputs = await served.ask(name, inputs, wanted)
        if self._log:
            self._log.predicted(served, request.model_spec.version_label or None, inputs, outputs)
        response = predict_pb2.PredictResponse()
        _fill_spec(response.model_spec, served, name)
        for key, array in outputs.items():
            tensor_protos.fill(response.outputs[key], array, signature.outputs[key].dtype)
        return response

    async def _about_examples(self, request: Any, ask: Callable, response_type: Callable) -> Any:
        """Answers Classify and Regress, which differ in what they ask and in the response's type."""
        served = self._find(request.model_spec)
        name, result = await ask(served, request.model_spec.signature_name, inference.examples_of(request.input))
        response = response_type(result=result)
        _fill_spec(response.model_spec, served, name)
        return response

    async def _multi_inference(self, request: Any) -> Any:
        inference.check_tasks(request.tasks)
        examples, response = inference.examples_of(request.input), inference_pb2.MultiInferenceResponse()
        served = self._find(request.tasks[0].model_spec)
        signatures = [task.model_spec.signature_name for task in request.tasks]
        inference.check_same_input(served.signature(name, NO_TASK_SIGNATURE)[1] for name in signatures)
        with served.held():
            for task in request.tasks:
                await self._answer_task(task, served, examples, response.results.add())
        return response

    @staticmethod
    async def _answer_task(task: Any, served: Servable, examples: list[bytes], result: Any) -> None:
        if task.method_name == inference.CLASSIFY_METHOD:
            name, found = await classify_regress.classify(served, task.model_spec.signature_name, examples)
            result.classification_result.CopyFrom(found)
        else:
            name, found = await classify_regress.regress(served, task.model_spec.signature_name, examples)
            result.regression_result.CopyFrom(found)
        _fill_spec(result.model_spec, served, name)

    async def _metadata(self, request: Any) -> Any:
        return status_responses.metadata(self._manager, *_spec(request.model_spec), request.metadata_field)


class ModelService(model_service_pb2_grpc.ModelServiceServicer):
    """Says what is loaded, and loads what a client asks for."""

    def __init__(self, manager: Manager, watcher: Watcher):
        self._manager, self._watcher = manager, watcher

    async def GetModelStatus(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Returns the states of a model's versions."""
        return await _answered("status", context, self._status(request))

    async def HandleReloadConfigRequest(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Loads the models of the config that is sent, and drops the others."""
        response = model_management_pb2.ReloadConfigResponse()
        try:
            if not request.config.HasField("model_config_list"):
                raise RequestError(INVALID_ARGUMENT, "expected a model_config_list, the only kind there is here")
            await asyncio.to_thread(self._watcher.reload, request.config)
        except RequestError as error:  # TensorFlow Serving puts it into the answer
            response.status.error_code, response.status.error_message = error.code, error.message
        return response

    async def _status(self, request: Any) -> Any:
        if not request.HasField("model_spec"):
            raise RequestError(INVALID_ARGUMENT, "Missing ModelSpec")
        return status_responses.status(self._manager, *_spec(request.model_spec))


async def _answered(method: str, context: Any, answer: Awaitable[Any]) -> Any:
    """Awaits an answer, counts it, and turns what went wrong into gRPC's status_responses."""
    started, code, response = time.perf_counter(), 0, None
    try:
        response = await answer
        return response
    except Exception as caught:
        internal = RequestError(INTERNAL, f"{type(caught).__name__}: {caught}")
        error = caught if isinstance(caught, RequestError) else internal
        code = error.code
        await context.abort(_CODES[code], error.message)
    finally:
        spec = getattr(response, "model_spec", None)
        name, version = (spec.name, spec.version.value) if spec else ("", 0)
        prometheus.answered("grpc", method, name, version, code, time.perf_counter() - started)


def _spec(spec: Any) -> tuple[str, int | None, str]:
    return spec.name, spec.version.value if spec.HasField("version") else None, spec.version_label


def _fill_spec(spec: Any, served: Servable, signature: str) -> None:
    spec.name, spec.version.value, spec.signature_name = served.name, served.version, signature
