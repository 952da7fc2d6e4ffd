"""A stand-in for Kubeflow Pipelines' API server: its v2beta1 REST API as far as submitting and following runs needs it.

Paths, names of fields and forms of errors are those of the published API. It keeps what it is given, and refuses what
the real one refuses: unknown fields, specs that are none, parameters that a spec does not declare, bad crons.
"""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2
from kfp_server_api import models

_INVALID, _NOT_FOUND, _UNAVAILABLE = 3, 5, 14  # google.rpc.Code
_HTTP = {_INVALID: 400, _NOT_FOUND: 404, _UNAVAILABLE: 503}


class RefusedError(Exception):
    """A request that is answered by google.rpc.Status."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Kubeflow:
    """The server's state, and how it is to behave.

    `script` has what each look at a run shows, in turn: the run's state and its tasks' states. The first `busy` looks
    are answered by 503. `answers` are (status, content type, body) that requests get, in turn, before any of it.
    """

    token: str | None = None
    multi_user: bool = False
    script: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    answers: list[tuple[int, str, str]] = field(default_factory=list)
    experiments: list[dict[str, Any]] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    recurring_runs: list[dict[str, Any]] = field(default_factory=list)
    busy: int = 0
    url: str = ""

    def handle(self, method: str, path: str, query: dict[str, str], body: Any) -> Any:
        """Answers one request; raises RefusedError."""
        if (method, path) == ("GET", "/apis/v2beta1/healthz"):
            return {"multi_user": self.multi_user}
        if (method, path) == ("GET", "/apis/v2beta1/experiments"):
            return self._list_experiments(query)
        if (method, path) == ("POST", "/apis/v2beta1/experiments"):
            return self._create(self.experiments, "experiment_id", models.V2beta1Experiment, body)
        if (method, path) == ("POST", "/apis/v2beta1/runs"):
            self._check_job(body)
            return self._create(self.runs, "run_id", models.V2beta1Run, body) | {"state": "PENDING"}
        if (method, path) == ("POST", "/apis/v2beta1/recurringruns"):
            self._check_job(body)
            _check_cron(body["trigger"]["cron_schedule"]["cron"])
            return self._create(self.recurring_runs, "recurring_run_id", models.V2beta1RecurringRun, body)
        if method == "GET" and (found := re.fullmatch(r"/apis/v2beta1/runs/([\w-]+)", path)):
            return self._look(found[1])
        raise RefusedError(_NOT_FOUND, "Not Found")

    def _list_experiments(self, query: dict[str, str]) -> dict[str, Any]:
        self._check_namespace(query.get("namespace"))
        (predicate,) = json.loads(query["filter"])["predicates"]
        assert (predicate["operation"], predicate["key"]) in ((1, "display_name"), ("EQUALS", "display_name"))
        found = [e for e in self.experiments if e["display_name"] == predicate["stringValue"]]
        return {"experiments": found, "total_size": len(found)} if found else {}

    def _check_namespace(self, namespace: str | None) -> None:
        """Without users apart, the server takes no notice of it."""
        if self.multi_user and not namespace:
            raise RefusedError(_INVALID, "Invalid input error: an experiment needs a namespace in multi-user mode")

    def _create(self, kept: list[dict[str, Any]], key: str, model: Any, body: Any) -> dict[str, Any]:
        if unknown := set(body) - set(model.attribute_map.values()):
            raise RefusedError(_INVALID, f"unknown field {sorted(unknown)}")
        if model is models.V2beta1Experiment:
            self._check_namespace(body.get("namespace"))
        kept.append(made := {**body, key: str(uuid.uuid4())})
        return made

    def _check_job(self, body: dict[str, Any]) -> None:
        """What the server asks of a run and of a recurring run."""
        if body["experiment_id"] not in [e["experiment_id"] for e in self.experiments]:
            raise RefusedError(_NOT_FOUND, f"ResourceNotFoundError: Experiment {body['experiment_id']} not found.")
        given = body["pipeline_spec"]
        try:
            spec = json_format.ParseDict(given.get("pipeline_spec", given), pipeline_spec_pb2.PipelineSpec())
            json_format.ParseDict(given.get("platform_spec", {}), pipeline_spec_pb2.PlatformSpec())
        except json_format.ParseError as error:
            raise RefusedError(_INVALID, f"Invalid input error: Failed to parse the pipeline spec: {error}") from error
        if spec.schema_version != "2.1.0":
            raise RefusedError(_INVALID, f"Invalid input error: schema version {spec.schema_version} is not supported")
        _check_values(spec.root.input_definitions.parameters, body.get("runtime_config", {}).get("parameters", {}))

    def _look(self, run_id: str) -> dict[str, Any]:
        run = next((run for run in self.runs if run["run_id"] == run_id), None)
        if self.busy:
            self.busy -= 1
            raise RefusedError(_UNAVAILABLE, "the database is away")
        if run is None:
            raise RefusedError(_NOT_FOUND, f"ResourceNotFoundError: Run {run_id} not found.")
        state, tasks = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        # The steps that Kubeflow puts around ours, as it lists them.
        own = {"root": state, "root-driver": "SUCCEEDED", "executor": "RUNNING"} | {
            f"{t}-driver": s for t, s in tasks.items()
        }
        details = [{"display_name": name, "run_id": run_id, "state": s} for name, s in (own | tasks).items()]
        return {**run, "state": state, "run_details": {"task_details": details}}


def _check_values(declared: Any, values: dict[str, Any]) -> None:
    if unknown := sorted(set(values) - set(declared)):
        raise RefusedError(_INVALID, f"Invalid input error: no such parameters: {unknown}")
    kinds = {"STRING": str, "NUMBER_DOUBLE": (int, float), "NUMBER_INTEGER": (int, float), "BOOLEAN": bool}
    for name, parameter in declared.items():
        kind = pipeline_spec_pb2.ParameterType.ParameterTypeEnum.Name(parameter.parameter_type)
        if name not in values:
            if not parameter.is_optional and not parameter.HasField("default_value"):
                raise RefusedError(_INVALID, f"Invalid input error: parameter {name} has no value and no default")
        elif kind in kinds and not isinstance(values[name], kinds[kind]):
            raise RefusedError(_INVALID, f"Invalid input error: parameter {name} must be of type {kind}")


def _check_cron(cron: str) -> None:
    if not cron.startswith("@") and len(cron.split()) != 6:
        raise RefusedError(_INVALID, f"Invalid input error: Schedule cron is not supported: {cron}")


@contextmanager
def serving(kubeflow: Kubeflow) -> Iterator[Kubeflow]:
    """Serves it on a free port of this machine; its `url` says where."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(kubeflow))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    kubeflow.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield kubeflow
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(kubeflow: Kubeflow) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self, method: str) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            if kubeflow.answers:
                self._send(*kubeflow.answers.pop(0))
                return
            if kubeflow.token and self.headers.get("authorization") != f"Bearer {kubeflow.token}":
                self._send(403, "text/plain", "RBAC: access denied")
                return
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            try:
                self._send(200, "application/json", json.dumps(kubeflow.handle(method, parts.path, query, body)))
            except RefusedError as error:
                status = {"error": str(error), "code": error.code, "message": str(error), "details": []}
                self._send(_HTTP[error.code], "application/json", json.dumps(status))

        def _send(self, status: int, kind: str, body: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def do_GET(self) -> None:
            self._answer("GET")

        def do_POST(self) -> None:
            self._answer("POST")

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    return Handler
