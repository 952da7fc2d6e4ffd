"""What a version has learned, read out of its SavedModel: weights, and the constants of Transform's graph.

A graph has them in three places. Weights are variables of the main graph, named by their layers. What Transform's
analyzers found are constants of the main graph, which are handed down, function by function, to the operation that
needs them. What was a number in Python when the model was traced is a constant in a function.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from serving.client.base import RAW
from serving.model.saved_model import SavedModel
from serving.model.tensor_protos import from_proto
from turnstile.errors import UsageError

_READ = "/Read/ReadVariableOp"
TRAIN_AGAIN = "Train it again: turnstile run --no-cache"
_CALLS = ("StatefulPartitionedCall", "PartitionedCall")


class _Operation(NamedTuple):
    """An operation of a function: its node, the constants of the main graph among its inputs, and its neighbours."""

    node: Any
    handed: list[np.ndarray]
    siblings: Mapping[str, Any]


class Learned:
    """The weights and constants behind the signature `raw`.

    Args:
        model: the SavedModel.
    """

    def __init__(self, model: SavedModel):
        graph = model.meta.graph_def
        self._functions = {function.signature.name: function for function in graph.library.function}
        reads = [node.name for node in graph.node if node.name.endswith(_READ)]
        weights = [name for name in reads if "/" in name.removesuffix(_READ)]  # not the path of an asset
        self._weights = {name.removesuffix(_READ): value for name, value in model.tensors(weights).items()}
        output = next(iter(model.meta.signature_def[RAW].outputs.values())).name.split(":")[0]
        call = next(node for node in graph.node if node.name == output)
        constants = {n.name: from_proto(n.attr["value"].tensor) for n in graph.node if n.op == "Const"}
        self._operations = list(self._called(call, constants))

    def weight(self, layer: str, name: str) -> np.ndarray:
        """Returns a weight of the one layer of this name.

        Raises:
            UsageError: the network has no such weight.
        """
        for found in self.weights(layer, name):
            return found
        raise UsageError(
            f"the network has no weights '{layer}/{name}', which this release of Turnstile gives it; it has: "
            f"{', '.join(sorted(self._weights))}. {TRAIN_AGAIN}"
        )

    def weights(self, layer: str, name: str) -> list[np.ndarray]:
        """Returns a weight of each layer of this name: Keras calls the first `dense`, the next `dense_1` and so on."""
        pattern = re.compile(rf"{layer}(?:_(\d+))?/{name}")
        found = {int(match[1] or 0): value for key, value in self._weights.items() if (match := pattern.fullmatch(key))}
        return [value for _, value in sorted(found.items())]

    def handed_to(self, operation: str, dtype: np.dtype | type = np.float32) -> list[np.ndarray]:
        """Returns the constants that were handed down to operations of a name, in the order in which they were traced.

        Args:
            operation: a pattern of the name. Its one group is the number that TensorFlow adds to the names of all but
                the first.
            dtype: of the constants.
        """
        pattern = re.compile(operation)
        found: dict[int, np.ndarray] = {}
        for each in self._operations:
            if match := pattern.fullmatch(each.node.name):
                found |= {int(match[1] or 0): value for value in each.handed if value.dtype == dtype}
        return [value for _, value in sorted(found.items())]

    def literal(self, operation: str, beside: str) -> float:
        """Returns the number that stands in a function as an operand of an operation.

        Args:
            operation: the kind of operation, such as Mul.
            beside: a part of its own name, or of the name of the other operand.

        Raises:
            UsageError: there is no such operation.
        """
        for node, _, siblings in self._operations:
            if node.op == operation and any(beside in name for name in (node.name, *node.input)):
                operands = (siblings[name] for name in _names(node.input) if name in siblings)
                return next(float(from_proto(o.attr["value"].tensor)) for o in operands if o.op == "Const")
        raise UsageError(
            f"the graph has no operation {operation} at '{beside}', which this release of Turnstile gives it. "
            f"{TRAIN_AGAIN}"
        )

    def _called(self, call: Any, known: Mapping[str, np.ndarray]) -> Iterator[_Operation]:
        """Yields each operation that a call runs; `known` are the constants of the main graph, by their names there."""
        function = self._functions[call.attr["f"].func.name]
        arguments = (argument.name for argument in function.signature.input_arg)
        handed = {a: known[name] for a, name in zip(arguments, _names(call.input), strict=True) if name in known}
        siblings = {node.name: node for node in function.node_def}
        for node in function.node_def:
            if node.op in _CALLS:
                yield from self._called(node, handed)
            else:
                yield _Operation(node, [handed[name] for name in _names(node.input) if name in handed], siblings)


def _names(inputs: Iterable[str]) -> list[str]:
    """Returns the names of operations or arguments, without which of their outputs is meant, nor control inputs."""
    return [name.split(":")[0] for name in inputs if not name.startswith("^")]
