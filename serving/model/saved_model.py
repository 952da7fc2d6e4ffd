"""A SavedModel in TensorFlow's C++ runtime, as TensorFlow Serving loads and runs it, without TensorFlow's Python.

Not tf.saved_model.load: that rebuilds Python objects, and loads models that TensorFlow Serving cannot. The C API's
TF_LoadSessionFromSavedModel is a thin wrapper of the loader TensorFlow Serving calls; it starts in a fraction of the
seconds that `import tensorflow` takes, and loads and runs without holding Python's lock.
"""

from __future__ import annotations

import ctypes as c
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from serving.model import c_api
from serving.model.c_api import INVALID_ARGUMENT, NOT_FOUND, ModelError, library, to_array, to_tensor
from serving.model.dtypes import of_values
from serving.model.protos import config_pb2, meta_graph_pb2
from serving.model.texts import Texts
from turnstile.errors import UsageError

# Runs a request's operations on the thread that asks for it: its graph is small, and handing each of its operations
# to a thread pool costs more than the operations do.
_ON_THIS_THREAD = config_pb2.RunOptions(inter_op_thread_pool=-1).SerializeToString()


class _Status:
    """A TF_Status, checked and freed at the end of its `with`."""

    def __enter__(self) -> int:
        self._status = library().TF_NewStatus()
        return self._status

    def __exit__(self, kind: Any, *_: Any) -> None:
        tf = library()
        code, message = tf.TF_GetCode(self._status), tf.TF_Message(self._status).decode(errors="replace")
        tf.TF_DeleteStatus(self._status)
        if code and kind is None:
            raise ModelError(code, message)


class Signature:
    """One signature of a model: what it takes and gives, and where these are in the graph.

    Attributes:
        inputs: TensorInfo by name; of a variable's dtype, such as DT_FLOAT_REF, that of its values.
        outputs: TensorInfo by name, likewise.
        defaults: TensorProto by name, of the inputs that a request may leave out.
        method: its method name, such as "tensorflow/serving/predict".
    """

    def __init__(self, proto: Any, graph: int):
        self.inputs = {name: _of_values(info) for name, info in sorted(proto.inputs.items())}
        self.outputs = {name: _of_values(info) for name, info in sorted(proto.outputs.items())}
        self.defaults: dict[str, Any] = dict(sorted(proto.defaults.items()))
        self.method: str = proto.method_name
        self._feeds = {name: _place(graph, info.name) for name, info in self.inputs.items()}
        self._fetches = {name: _place(graph, info.name) for name, info in self.outputs.items()}

    def feeds(self, names: Sequence[str]) -> Any:
        """Returns where in the graph some inputs are.

        Raises:
            ModelError: one of them is not one tensor, but several, such as a sparse one.
        """
        return _places("input", names, self._feeds)

    def fetches(self, names: Sequence[str]) -> Any:
        """Returns where in the graph some outputs are; as `feeds`."""
        return _places("output", names, self._fetches)


class SavedModel:
    """An exported model, ready to be asked by signature. Safe to be asked by several threads.

    Args:
        path: the SavedModel's folder.

    Raises:
        UsageError: there is no SavedModel at `path`, or it cannot be loaded.
    """

    def __init__(self, path: str | Path):
        if not (Path(path) / "saved_model.pb").exists():
            raise UsageError(f"{path}: no SavedModel here (saved_model.pb is missing). Name the folder of a version")
        try:
            self._load(os.fspath(path))
        except ModelError as error:
            raise UsageError(f"{path}: cannot be loaded: {str(error).splitlines()[0]}") from error

    def _load(self, path: str) -> None:
        tf = library()
        self._graph, self._session = tf.TF_NewGraph(), None
        try:
            self.meta = self._open(path)
            self._run_options = c_api.Buffer(c.cast(_ON_THIS_THREAD, c.c_void_p), len(_ON_THIS_THREAD), None)
            named = {n: s for n, s in self.meta.signature_def.items() if not n.startswith("__")}
            self.signatures = {name: Signature(named[name], self._graph) for name in sorted(named)}
        except BaseException:  # nobody gets an object to close
            self.close()
            raise

    def _open(self, path: str) -> Any:
        """Opens the session; returns the model's MetaGraphDef."""
        tf, tags = library(), (c.c_char_p * 1)(b"serve")
        options, meta = tf.TF_NewSessionOptions(), tf.TF_NewBuffer()
        try:
            with _Status() as status:
                self._session = tf.TF_LoadSessionFromSavedModel(
                    options, None, path.encode(), tags, 1, self._graph, meta, status
                )
            written = meta.contents
            return meta_graph_pb2.MetaGraphDef.FromString(c.string_at(written.data, written.length))
        finally:
            tf.TF_DeleteSessionOptions(options)
            tf.TF_DeleteBuffer(meta)  # and what TensorFlow wrote into it

    def close(self) -> None:
        """Frees the model; nothing may be asked of it after this."""
        tf = library()
        if self._session:
            with _Status() as status:
                tf.TF_CloseSession(self._session, status)
            with _Status() as status:
                tf.TF_DeleteSession(self._session, status)
        tf.TF_DeleteGraph(self._graph)

    def signature(self, name: str) -> Signature:
        """Returns a signature by its name.

        Raises:
            UsageError: the model has no such signature.
        """
        if name not in self.signatures:
            raise UsageError(f"no signature '{name}'; the model has: {', '.join(self.signatures)}")
        return self.signatures[name]

    def __call__(
        self, signature: str, inputs: Mapping[str, np.ndarray | Texts], outputs: Sequence[str] | None = None
    ) -> dict[str, np.ndarray]:
        """Runs a signature.

        Args:
            signature: its name.
            inputs: an array for each of its inputs, its first dimension the batch; strings as objects of bytes, or as
                Texts.
            outputs: which outputs to compute; all by default.

        Returns:
            An array for each output.

        Raises:
            ModelError: TensorFlow refused the inputs, or an output is of a dtype that no array is for.
        """
        spec = self.signature(signature)
        names = list(outputs or spec.outputs)
        feeds, fetches = spec.feeds(list(inputs)), spec.fetches(names)
        tensors = [to_tensor(values, spec.inputs[name].dtype) for name, values in inputs.items()]
        try:
            return dict(zip(names, self._run(feeds, [tensor for tensor, _ in tensors], fetches), strict=True))
        finally:
            for tensor, _ in tensors:
                library().TF_DeleteTensor(tensor)

    def tensors(self, operations: Sequence[str]) -> dict[str, np.ndarray]:
        """Returns the first output of operations that need no input, such as the reading of a variable.

        Args:
            operations: their names in the graph.
        """
        places = _places("operation", operations, {name: _place(self._graph, name) for name in operations})
        return dict(zip(operations, self._run((c_api.Output * 0)(), [], places), strict=True))

    def _run(self, feeds: Any, given: Sequence[Any], fetches: Any) -> list[np.ndarray]:
        """Runs the session; the feeds and fetches are arrays of TF_Output, and what is given are TF_Tensors."""
        tf = library()
        results: Any = (c.c_void_p * len(fetches))()
        try:
            with _Status() as status:
                tf.TF_SessionRun(
                    self._session, c.byref(self._run_options), feeds, (c.c_void_p * len(given))(*given), len(given),
                    fetches, results, len(fetches), None, 0, None, status,
                )  # fmt: skip
            return [to_array(result) for result in results]
        finally:
            for result in filter(None, results):
                tf.TF_DeleteTensor(result)


def _of_values(info: Any) -> Any:
    found = meta_graph_pb2.TensorInfo()
    found.CopyFrom(info)
    found.dtype = of_values(info.dtype)
    return found


def _place(graph: int, tensor: str) -> c_api.Output | None:
    """Finds one tensor; None for what is several, which hinders nobody until it is asked for."""
    if not tensor:
        return None
    operation, _, index = tensor.partition(":")
    found = library().TF_GraphOperationByName(graph, operation.encode())
    if not found:
        raise ModelError(NOT_FOUND, f"the graph has no operation '{operation}', which a signature names")
    return c_api.Output(found, int(index or 0))


def _places(kind: str, names: Sequence[str], places: Mapping[str, c_api.Output | None]) -> Any:
    found = [place for name in names if (place := places[name])]
    if len(found) < len(names):
        wrong = next(name for name in names if not places[name])
        raise ModelError(
            INVALID_ARGUMENT,
            f"{kind} '{wrong}' is sparse, or made of several tensors; expected a dense one, which is all that requests "
            "and answers have. Ask for other outputs, or export a signature with dense tensors",
        )
    return (c_api.Output * len(found))(*found)
