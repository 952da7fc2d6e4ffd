"""A SavedModel as TensorFlow Serving sees it: a graph and a session, asked by signature."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from pipeline.errors import UsageError


class SavedModel:
    """An exported model in a graph session, the way TensorFlow's C++ loader runs it.

    Not tf.saved_model.load: that rebuilds Python objects, and loads models that TensorFlow Serving cannot.

    Args:
        path: the SavedModel's folder.

    Raises:
        UsageError: there is no SavedModel at `path`, or it cannot be loaded.
    """

    def __init__(self, path: str | Path):
        if not (Path(path) / "saved_model.pb").exists():
            raise UsageError(f"{path}: no SavedModel here (saved_model.pb is missing)")
        graph = tf.Graph()
        self._session = tf.compat.v1.Session(graph=graph)
        try:
            with graph.as_default():
                self._meta = tf.compat.v1.saved_model.load(self._session, ["serve"], str(path))
        except Exception as error:
            raise UsageError(f"{path}: cannot be loaded: {str(error).splitlines()[0]}") from error

    @property
    def signatures(self) -> list[str]:
        """The names of the signatures, sorted."""
        return sorted(name for name in self._meta.signature_def if not name.startswith("__"))

    def inputs(self, signature: str) -> dict[str, tf.DType]:
        """Returns the dtype of each input of a signature."""
        return {name: tf.as_dtype(info.dtype) for name, info in self._signature(signature).inputs.items()}

    def __call__(self, signature: str, inputs: dict[str, Any]) -> dict[str, np.ndarray]:
        """Runs a signature.

        Args:
            signature: its name.
            inputs: an array of shape [batch] for each of its inputs.

        Returns:
            An array for each of its outputs.
        """
        spec = self._signature(signature)
        feeds = {spec.inputs[name].name: value for name, value in inputs.items()}
        return self._session.run({name: info.name for name, info in spec.outputs.items()}, feeds)

    def _signature(self, name: str) -> Any:
        if name not in self.signatures:
            raise UsageError(f"no signature '{name}'; the model has: {', '.join(self.signatures)}")
        return self._meta.signature_def[name]
