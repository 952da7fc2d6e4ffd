"""`turnstile serve` as a process of its own, for tests that speak to it as a client would."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import grpc

from serving.model.protos import model_service_pb2_grpc, prediction_service_pb2_grpc

CONFIG = """
name = "{name}"
[data]
path = "data/taxi/trips.csv"
[label]
kind = "regression"
column = "tips"
[features]
fare = {{ kind = "numeric" }}
[release.overall]
r_squared = {{ min = 0.1 }}
"""


class ModelServer:
    """A server on free ports. To be used in a `with`, which stops it.

    Args:
        serving_dir: where the models are.
        name: the model that is served when there is no models.config.
        *options: further options of `turnstile serve`.
        at: a pattern of its URL.
        serving: lines of the config's [serving].
    """

    def __init__(
        self,
        serving_dir: Path,
        name: str = "half_plus_two",
        *options: str,
        at: str = r"http://[\d.]+:\d+",
        serving: str = "",
        **kwargs: Any,
    ):
        config = serving_dir.parent / f"{name}.toml"
        config.write_text(CONFIG.format(name=name) + f"[serving]\n{serving}\n")
        self.log_file = serving_dir.parent / "serve.log"
        command = [sys.executable, "-m", "pipeline.commands.main", "serve", "--local", "--config", str(config)]
        ports = ["--port", "0", "--rest-api-port", "0", "--poll-seconds", "0.1"]
        with self.log_file.open("w") as log:
            self.process = subprocess.Popen(
                [*command, "--serving-dir", str(serving_dir), *ports, *options], stderr=log, stdout=log, **kwargs
            )
        started = self.wait_for(rf"REST on ({at})/v1/models/\S+, gRPC on (\S+)", 60)
        self.url, self.target = started[1], started[2]
        self._channel = grpc.insecure_channel(self.target)
        self.predictions = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)
        self.models = model_service_pb2_grpc.ModelServiceStub(self._channel)

    def __enter__(self) -> ModelServer:
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()

    @property
    def log(self) -> str:
        """What the server has said."""
        return self.log_file.read_text()

    def stop(self, number: int = signal.SIGTERM, seconds: float = 30) -> int:
        """Signals the server and waits for its end; returns the exit code."""
        self._channel.close()
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def wait_for(self, pattern: str, seconds: float = 10) -> re.Match:
        """Waits until the log has a pattern."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            if found := re.search(pattern, self.log):
                return found
            time.sleep(0.02)
        raise AssertionError(f"not in the log after {seconds} s: {pattern}\n{self.log}")

    def request(
        self, path: str, body: Any = None, method: str | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Sends a REST request; returns status and JSON. `body` is sent as JSON unless it is bytes."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        method = method or ("GET" if data is None else "POST")
        asked = urllib.request.Request(self.url + path, data, dict(headers or {}), method=method)
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())
