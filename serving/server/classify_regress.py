"""Classification and regression of examples, the same for REST and gRPC."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from serving.model.request_error import NO_EXAMPLES_SIGNATURE
from serving.model.saved_model import Signature
from serving.server import inference, large
from serving.server.apart import Apart
from serving.server.given_inputs import predict_inputs
from serving.server.servable import Servable

Examples = Sequence[bytes] | np.ndarray
Write = Callable[..., Any]


async def classify(
    apart: Apart, served: Servable, signature_name: str, examples: Examples, write: Write, *arguments: Any
) -> Any:
    """Asks a model for the classes of examples.

    Args:
        apart: the process for large answers.
        served: the model.
        signature_name: the name of the signature; "" for the default one.
        examples: serialized.
        write: is given a ClassificationResult.
        arguments: its further arguments.

    Returns:
        What `write` does.

    Raises:
        RequestError: the signature does not classify, or TensorFlow refused the examples.
    """
    name, signature = served.signature(signature_name, NO_EXAMPLES_SIGNATURE)
    inference.check_classify(signature)
    outputs = await served.ask(name, _inputs(name, signature, examples))
    return await large.write(apart, _classified, outputs, large.Signature(signature), len(examples), write, arguments)


async def regress(
    apart: Apart, served: Servable, signature_name: str, examples: Examples, write: Write, *arguments: Any
) -> Any:
    """Asks a model for the values of examples; as `classify`, with a RegressionResult."""
    name, signature = served.signature(signature_name, NO_EXAMPLES_SIGNATURE)
    inference.check_regress(signature)
    outputs = await served.ask(name, _inputs(name, signature, examples))
    return await large.write(apart, _regressed, outputs, large.Signature(signature), len(examples), write, arguments)


def unchanged(result: Any) -> Any:
    """A `write` for who wants the message itself."""
    return result


def _classified(outputs: Mapping[str, np.ndarray], signature: Any, count: int, write: Write, arguments: tuple) -> Any:
    return write(inference.classify(signature, outputs, count), *arguments)


def _regressed(outputs: Mapping[str, np.ndarray], signature: Any, count: int, write: Write, arguments: tuple) -> Any:
    return write(inference.regress(signature, outputs, count), *arguments)


def _inputs(name: str, signature: Signature, examples: Examples) -> dict[str, np.ndarray]:
    inputs = {inference.INPUTS: np.array(examples, object)}
    return predict_inputs(name, signature, inputs)  # a signature may be made for classes and not take strings
