"""Asks a model server by TensorFlow Serving's REST API."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
from google.protobuf import json_format

from serving.client.base import RAW, Answer, Model, RefusedError, UnavailableError, Which, late, raw_signature
from serving.model.dtypes import NUMPY, STRING
from serving.model.protos import get_model_metadata_pb2
from serving.rows.reading import Arrays

_VERSION = "turnstile-model-version"  # the local server's addition
_MAY_PASS = {408, 429, 502, 503, 504}  # timeouts, a full queue, a server that starts or stops behind a proxy
_SHOWN = 300  # characters of an answer that is none of TensorFlow Serving's


class RestClient:
    """A client by REST.

    Args:
        url: the URL of the server, such as http://127.0.0.1:8501.
        timeout: seconds for each request.
        at_once: requests under way.
    """

    def __init__(self, url: str, timeout: float, at_once: int):
        self.where, self.at_once, self._timeout = url, at_once, timeout
        limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
        self._http = httpx.Client(timeout=timeout, limits=limits)

    def model(self, which: Which) -> Model:
        """Returns what a model takes and gives; see Client."""
        answer = self._ask("GET", f"{_path(which)}/metadata")
        signatures = get_model_metadata_pb2.SignatureDefMap()
        try:
            json_format.ParseDict(answer.json()["metadata"]["signature_def"], signatures, ignore_unknown_fields=True)
        except (ValueError, KeyError, TypeError, json_format.ParseError) as error:
            raise self._strange(answer) from error
        return raw_signature(signatures.signature_def, which)

    def predict(self, which: Which, inputs: Arrays, model: Model) -> Answer:
        """Asks the `raw` signature; see Client."""
        body = json.dumps({"signature_name": RAW, "inputs": _columns(inputs)})
        answer = self._ask("POST", f"{_path(which)}:predict", body)
        version = answer.headers.get(_VERSION)
        try:
            found = answer.json()["outputs"]
            if len(model.outputs) == 1:  # which TensorFlow Serving does not name then
                found = dict.fromkeys(model.outputs, found)
            outputs = {name: _array(found[name], dtype) for name, dtype in model.outputs.items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._strange(answer) from error
        return Answer(outputs, int(version) if version else which.version)

    def close(self) -> None:
        """Ends the connections."""
        self._http.close()

    def _ask(self, method: str, path: str, body: str | None = None) -> httpx.Response:
        try:
            answer = self._http.request(method, self.where + path, content=body)
        except httpx.TimeoutException as error:
            raise UnavailableError(late(self.where, self._timeout)) from error
        except httpx.ConnectError as error:
            raise UnavailableError(f"{self.where}: no server answers there ({error})") from error
        except httpx.TransportError as error:
            raise UnavailableError(f"{self.where}: the connection broke, or speaks no HTTP ({error})") from error
        if answer.status_code == httpx.codes.OK:
            return answer
        kind = UnavailableError if answer.status_code in _MAY_PASS else RefusedError
        raise kind(f"{self.where}: {_words(answer)} (HTTP {answer.status_code})")

    def _strange(self, answer: httpx.Response) -> RefusedError:
        return RefusedError(f"{self.where}: does not answer as TensorFlow Serving does: {answer.text[:_SHOWN]!r}")


def _path(which: Which) -> str:
    path = f"/v1/models/{quote(which.name, safe='')}"
    if which.label:
        return f"{path}/labels/{quote(which.label, safe='')}"
    return f"{path}/versions/{which.version}" if which.version is not None else path


def _words(answer: httpx.Response) -> str:
    """Returns the server's own words."""
    try:
        return str(answer.json()["error"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:_SHOWN].strip() or answer.reason_phrase


def _columns(inputs: Arrays) -> dict[str, list[Any]]:
    """Returns inputs as JSON has them; a NaN is written as such, which TensorFlow Serving reads."""
    return {
        name: [value.decode() for value in array] if array.dtype == object else array.tolist()
        for name, array in inputs.items()
    }


def _array(values: Any, dtype: int) -> np.ndarray:
    array = np.array(values, NUMPY[dtype])
    return np.frompyfunc(_bytes, 1, 1)(array) if dtype == STRING else array


def _bytes(value: Any) -> bytes:
    return base64.b64decode(value["b64"]) if isinstance(value, dict) else value.encode()
