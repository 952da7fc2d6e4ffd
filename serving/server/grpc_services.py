"""TensorFlow Serving's gRPC services: PredictionService and ModelService."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import Any

import grpc

from serving.model.protos import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    inference_pb2,
    model_management_pb2,
    model_pb2,
    model_service_pb2_grpc,
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
from serving.server import inference, large, prometheus, rpc_messages, status_responses
from serving.server.apart import Apart
from serving.server.classify_regress import classify, regress, unchanged
from serving.server.given_inputs import predict_inputs
from serving.server.manager import Manager
from serving.server.request_log_writer import KEYS, RequestLog
from serving.server.servable import DEFAULT_SIGNATURE, Servable
from serving.server.watcher import Watcher

_CODES = {code.value[0]: code for code in grpc.StatusCode}
_EXAMPLES = {
    "classify": (
        classification_pb2.ClassificationRequest,
        classify,
        rpc_messages.write_classification,
    ),
    "regress": (regression_pb2.RegressionRequest, regress, rpc_messages.write_regression),
}

# What answered, None if that is nothing in particular, and the answer.
Answer = tuple[Any, bytes]


def add_services(server: Any, manager: Manager, watcher: Watcher, apart: Apart, log: RequestLog | None) -> None:
    """Adds both services to a grpc.aio server, which gives them the bytes of requests and takes those of answers.

    The generated functions would read and write messages on the event loop, however large, and say of bytes that are no
    message that the server is at fault.
    """
    for name, service, base in (
        ("PredictionService", PredictionService(manager, apart, log), prediction_service_pb2_grpc),
        ("ModelService", ModelService(manager, watcher), model_service_pb2_grpc),
    ):
        methods = [method for method in vars(getattr(base, f"{name}Servicer")) if not method.startswith("_")]
        handlers = {method: grpc.unary_unary_rpc_method_handler(getattr(service, method)) for method in methods}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(f"tensorflow.serving.{name}", handlers),))


class PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    """Answers with what is loaded."""

    def __init__(self, manager: Manager, apart: Apart, log: RequestLog | None = None):
        self._manager, self._apart, self._log = manager, apart, log

    async def Predict(self, request: bytes, context: Any) -> bytes:
        """Runs a signature on tensors."""
        keys = _keys(context) if self._log else ""
        return await _answered("predict", context, self._predict(request, keys))

    async def Classify(self, request: bytes, context: Any) -> bytes:
        """Classifies examples."""
        return await _answered("classify", context, self._about_examples("classify", request))

    async def Regress(self, request: bytes, context: Any) -> bytes:
        """Gives a value for each example."""
        return await _answered("regress", context, self._about_examples("regress", request))

    async def MultiInference(self, request: bytes, context: Any) -> bytes:
        """Classifies and regresses the same examples."""
        return await _answered("multi_inference", context, self._multi_inference(request))

    async def GetModelMetadata(self, request: bytes, context: Any) -> bytes:
        """Returns the signatures of a version."""
        return await _answered("metadata", context, self._metadata(request))

    def _find(self, spec: Any) -> Servable:
        return self._manager.find(*_spec(spec))

    async def _predict(self, data: bytes, keys: str) -> Answer:
        asked: rpc_messages.Predict = await large.read_message(self._apart, rpc_messages.read_predict, data)
        served, label = self._find(asked.spec), asked.spec.version_label or None
        try:
            name, signature = served.signature(asked.spec.signature_name, NO_PREDICT_SIGNATURE)
            inputs = predict_inputs(name, signature, asked.inputs)
            wanted = inference.check_output_filter(signature, asked.output_filter)
            outputs = await served.ask(name, inputs, wanted)
        except RequestError as error:
            if self._log:
                self._log.refused(served, label, error)
            raise
        if self._log:
            self._log.predicted(served, label, inputs, outputs, keys)
        else:
            await large.forget(inputs)
        spec = _answering(served, name)
        return spec, await large.write(self._apart, rpc_messages.write_predict, outputs, spec)

    async def _about_examples(self, method: str, data: bytes) -> Answer:
        """Answers Classify and Regress, which differ in what they ask and in what they are told."""
        kind, ask, write = _EXAMPLES[method]
        asked: rpc_messages.Examples = await large.read_message(self._apart, rpc_messages.read_examples, data, kind)
        served, name = self._find(asked.spec), asked.spec.signature_name
        spec = _answering(served, name)
        return spec, await ask(self._apart, served, name, asked.examples, write, spec)

    async def _multi_inference(self, data: bytes) -> Answer:
        request = rpc_messages.read(inference_pb2.MultiInferenceRequest, data)
        inference.check_tasks(request.tasks)
        examples, response = inference.examples_of(request.input), inference_pb2.MultiInferenceResponse()
        served = self._find(request.tasks[0].model_spec)
        for task in request.tasks:
            _check_task(task, served.signature(task.model_spec.signature_name, NO_TASK_SIGNATURE)[1])
        with served.held():
            for task in request.tasks:
                await self._answer_task(task, served, examples, response.results.add())
        return None, response.SerializeToString()

    async def _answer_task(self, task: Any, served: Servable, examples: list[bytes], result: Any) -> None:
        name = task.model_spec.signature_name
        if task.method_name == inference.CLASSIFY_METHOD:
            classified = await classify(self._apart, served, name, examples, unchanged)
            result.classification_result.CopyFrom(classified)
        else:
            regressed = await regress(self._apart, served, name, examples, unchanged)
            result.regression_result.CopyFrom(regressed)
        result.model_spec.CopyFrom(_answering(served, name))

    async def _metadata(self, data: bytes) -> Answer:
        request = rpc_messages.read(get_model_metadata_pb2.GetModelMetadataRequest, data)
        found = status_responses.metadata(self._manager, *_spec(request.model_spec), request.metadata_field)
        return found.model_spec, found.SerializeToString()


class ModelService(model_service_pb2_grpc.ModelServiceServicer):
    """Says what is loaded, and loads what a client asks for."""

    def __init__(self, manager: Manager, watcher: Watcher):
        self._manager, self._watcher = manager, watcher

    async def GetModelStatus(self, request: bytes, context: Any) -> bytes:
        """Returns the states of a model's versions."""
        return await _answered("status", context, self._status(request))

    async def HandleReloadConfigRequest(self, request: bytes, context: Any) -> bytes:
        """Loads the models of the config that is sent, and drops the others."""
        return await _answered("reload", context, self._reload(request))

    async def _reload(self, data: bytes) -> Answer:
        request = rpc_messages.read(model_management_pb2.ReloadConfigRequest, data)
        response = model_management_pb2.ReloadConfigResponse()
        try:
            if not request.config.HasField("model_config_list"):
                raise RequestError(INVALID_ARGUMENT, "expected a model_config_list, the only kind there is here")
            await asyncio.to_thread(self._watcher.reload, request.config)
        except RequestError as error:  # TensorFlow Serving puts it into the answer
            response.status.error_code, response.status.error_message = error.code, error.message
        return None, response.SerializeToString()

    async def _status(self, data: bytes) -> Answer:
        request = rpc_messages.read(get_model_status_pb2.GetModelStatusRequest, data)
        if not request.HasField("model_spec"):
            raise RequestError(INVALID_ARGUMENT, "Missing ModelSpec")
        return None, status_responses.status(self._manager, *_spec(request.model_spec)).SerializeToString()


def _check_task(task: Any, signature: Any) -> None:
    """Refuses a task that its signature cannot do, before any is done.

    In a model of TensorFlow 2 no two signatures share a tensor, so each is asked by itself.
    """
    classifies = task.method_name == inference.CLASSIFY_METHOD
    (inference.check_classify if classifies else inference.check_regress)(signature)


async def _answered(method: str, context: Any, answering: Awaitable[Answer]) -> bytes:
    """Awaits an answer, counts it, and turns what went wrong into gRPC's status."""
    started, code, spec = time.perf_counter(), 0, None
    try:
        spec, answer = await answering
    except Exception as caught:
        internal = RequestError(INTERNAL, f"{type(caught).__name__}: {caught}")
        error = caught if isinstance(caught, RequestError) else internal
        code, answer = error.code, b""
        await context.abort(_CODES[code], error.message)
    finally:
        name, version = (spec.name, spec.version.value) if spec else ("", 0)
        prometheus.answered("grpc", method, name, version, code, time.perf_counter() - started)
    return answer


def _keys(context: Any) -> str:
    return str(next((value for name, value in context.invocation_metadata() or () if name == KEYS), ""))


def _spec(spec: Any) -> tuple[str, int | None, str]:
    return spec.name, spec.version.value if spec.HasField("version") else None, spec.version_label


def _answering(served: Servable, signature: str) -> Any:
    """Returns the ModelSpec of an answer."""
    spec = model_pb2.ModelSpec(name=served.name, signature_name=signature or DEFAULT_SIGNATURE)
    spec.version.value = served.version
    return spec
