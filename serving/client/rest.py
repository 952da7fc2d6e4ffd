"""Asks a model server by TensorFlow Serving's REST API."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
from google.protobuf import json_format

from serving.client.base import (
    RAW,
    Answer,
    ModelSpec,
    RawSignature,
    RefusedError,
    UnavailableError,
    raw_signature,
    timeout_message,
)
from serving.model.dtypes import NUMPY, STRING
from serving.model.protos import get_model_metadata_pb2
from serving.rows.reading import Arrays

_VERSION = "turnstile-model-version"  # the local server's addition
_MAY_PASS = {408, 429, 502, 503, 504}  # timeouts, a full queue, a server that starts or stops behind a proxy
_SHOWN = 300  # characters quoted of an answer that TensorFlow Serving would not give


class RestClient:
    """A client that asks by REST.

    Args:
        url: the URL of the server, such as http://127.0.0.1:8501.
        timeout: the seconds after which a request is given up.
        max_concurrent: how many requests the caller will send at the same time.
    """

    def __init__(self, url: str, timeout: float, max_concurrent: int):
        self.address, self.max_concurrent, self._timeout = url, max_concurrent, timeout
        limits = httpx.Limits(max_connections=max_concurrent, max_keepalive_connections=max_concurrent)
        self._http = httpx.Client(timeout=timeout, limits=limits)

    def signature(self, spec: ModelSpec) -> RawSignature:
        """Returns the inputs and outputs of the `raw` signature; see Client."""
        answer = self._ask("GET", f"{_path(spec)}/metadata")
        signatures = get_model_metadata_pb2.SignatureDefMap()
        try:
            json_format.ParseDict(answer.json()["metadata"]["signature_def"], signatures, ignore_unknown_fields=True)
        except (ValueError, KeyError, TypeError, json_format.ParseError) as error:
            raise self._strange(answer) from error
        return raw_signature(signatures.signature_def, spec)

    def predict(self, spec: ModelSpec, inputs: Arrays, signature: RawSignature) -> Answer:
        """Asks the `raw` signature; see Client."""
        body = json.dumps({"signature_name": RAW, "inputs": _columns(inputs)})
        answer = self._ask("POST", f"{_path(spec)}:predict", body)
        version = answer.headers.get(_VERSION)
        try:
            found = answer.json()["outputs"]
            if len(signature.outputs) == 1:  # which TensorFlow Serving does not name then
                found = dict.fromkeys(signature.outputs, found)
            outputs = {name: _array(found[name], dtype) for name, dtype in signature.outputs.items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._strange(answer) from error
        return Answer(outputs, int(version) if version else spec.version)

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def _ask(self, method: str, path: str, body: str | None = None) -> httpx.Response:
        try:
            answer = self._http.request(method, self.address + path, content=body)
        except httpx.TimeoutException as error:
            raise UnavailableError(timeout_message(self.address, self._timeout)) from error
        except httpx.ConnectError as error:
            raise UnavailableError(f"{self.address}: no server answers there ({error})") from error
        except httpx.TransportError as error:
            raise UnavailableError(f"{self.address}: the connection broke, or speaks no HTTP ({error})") from error
        if answer.status_code == httpx.codes.OK:
            return answer
        kind = UnavailableError if answer.status_code in _MAY_PASS else RefusedError
        raise kind(f"{self.address}: {_words(answer)} (HTTP {answer.status_code})")

    def _strange(self, answer: httpx.Response) -> RefusedError:
        return RefusedError(f"{self.address}: does not answer as TensorFlow Serving does: {answer.text[:_SHOWN]!r}")


def _path(spec: ModelSpec) -> str:
    path = f"/v1/models/{quote(spec.name, safe='')}"
    if spec.label:
        return f"{path}/labels/{quote(spec.label, safe='')}"
    return f"{path}/versions/{spec.version}" if spec.version is not None else path


def _words(answer: httpx.Response) -> str:
    """Returns the message of the server's answer."""
    try:
        return str(answer.json()["error"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:_SHOWN].strip() or answer.reason_phrase


def _columns(inputs: Arrays) -> dict[str, list[Any]]:
    """Returns the inputs as JSON values. A NaN is written as `NaN`, which TensorFlow Serving reads."""
    return {
        name: [value.decode() for value in array] if array.dtype == object else array.tolist()
        for name, array in inputs.items()
    }


def _array(values: Any, dtype: int) -> np.ndarray:
    array = np.array(values, NUMPY[dtype])
    return np.frompyfunc(_bytes, 1, 1)(array) if dtype == STRING else array


def _bytes(value: Any) -> bytes:
    return base64.b64decode(value["b64"]) if isinstance(value, dict) else value.encode()
