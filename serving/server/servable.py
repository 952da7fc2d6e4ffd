"""A version that is loaded: a model, its queue, and how it is warmed up before it gets traffic."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from google.protobuf.message import DecodeError

from serving.model import tensor_protos
from serving.model.protos import prediction_log_pb2
from serving.model.request_error import NO_REST_SIGNATURE, Refusal, RequestError
from serving.model.saved_model import ModelError, SavedModel, Signature
from serving.model.warmup import WARMUP, records
from serving.server import prometheus
from serving.server.batching import Arrays, Batcher, BatchingOptions
from serving.server.given_inputs import predict_inputs
from turnstile.errors import UsageError

DEFAULT_SIGNATURE = "serving_default"
_MAX_WARMUP_RECORDS = 1000  # as TensorFlow Serving


class Servable:
    """One loaded version of one model.

    Made and warmed up on any thread; `start` and everything after it belong to the event loop's.

    Args:
        name: the model's name.
        version: its number.
        folder: the SavedModel.

    Raises:
        UsageError: it cannot be loaded, or its warm-up requests cannot be read.
        ModelError: the model refused one of them.
        RequestError: one of them is not for this model.
    """

    def __init__(self, name: str, version: int, folder: Path):
        self.name, self.version, self.folder = name, version, folder
        self.model = SavedModel(folder)
        self._batcher: Batcher | None = None
        self._holders = 0
        try:
            self.warmed_up = self._warm_up(folder / WARMUP)
        except Exception:
            self.model.close()
            raise

    def _warm_up(self, file: Path) -> int:
        """Answers the recorded requests, so that the first client does not pay for what runs only once."""
        done = 0
        for number, record in enumerate(records(file), 1):
            try:
                log = prediction_log_pb2.PredictionLog.FromString(record)
            except DecodeError as error:
                raise UsageError(
                    f"{file}: record {number} is not a PredictionLog ({error}); replace the file"
                ) from error
            if not log.HasField("predict_log") or done == _MAX_WARMUP_RECORDS:
                continue
            request = log.predict_log.request
            name, signature = self.signature(request.model_spec.signature_name)
            given = {alias: tensor_protos.from_proto(proto, alias) for alias, proto in request.inputs.items()}
            self.model(name, predict_inputs(name, signature, given))
            done += 1
        return done

    def start(self, options: BatchingOptions) -> None:
        """Opens the queue, if it is not open yet; on the event loop's thread."""
        if self._batcher:
            return
        rows, seconds = prometheus.batches(self.name, self.version)

        def observe(batch_rows: int, batch_seconds: float) -> None:
            rows(batch_rows)
            seconds(batch_seconds)

        self._batcher = Batcher(self.model, options, observe)

    @property
    def pending(self) -> int:
        """Requests that have no answer yet."""
        return self._holders + (self._batcher.pending if self._batcher else 0)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keeps the version from being dropped, for a request that asks it more than once."""
        self._holders += 1
        try:
            yield
        finally:
            self._holders -= 1

    def signature(self, name: str, unknown: Refusal = NO_REST_SIGNATURE) -> tuple[str, Signature]:
        """Returns a signature and its name; the default one for "".

        Args:
            name: the name as a request has it.
            unknown: the refusal when there is none of this name.

        Raises:
            RequestError: there is none.
        """
        name = name or DEFAULT_SIGNATURE
        if name not in self.model.signatures:
            raise RequestError(unknown.code, unknown.message.format(name))
        return name, self.model.signatures[name]

    def submit(self, signature: str, inputs: Arrays, outputs: Sequence[str] | None = None) -> asyncio.Future:
        """Queues a request for a signature; see Batcher.submit."""
        assert self._batcher is not None, "start() comes first"
        return self._batcher.submit(signature, inputs, outputs)

    async def ask(self, signature: str, inputs: Arrays, outputs: Sequence[str] | None = None) -> Arrays:
        """Answers a request.

        Raises:
            RequestError: the queue is full, or TensorFlow refused the inputs.
        """
        try:
            return await self.submit(signature, inputs, outputs)
        except ModelError as error:
            raise RequestError(error.code, str(error)) from error

    async def drain(self) -> None:
        """Waits until every request has its answer, then frees the model."""
        while self.pending:
            await asyncio.sleep(0.01)
        if self._batcher:
            self._batcher.close()
        await asyncio.to_thread(self.model.close)
