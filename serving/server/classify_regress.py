"""Classification and regression of examples, the same for REST and gRPC."""

from __future__ import annotations

from typing import Any

import numpy as np

from serving.model.request_error import NO_EXAMPLES_SIGNATURE
from serving.model.saved_model import Signature
from serving.server import inference
from serving.server.servable import Servable


async def classify(served: Servable, signature_name: str, examples: list[bytes]) -> tuple[str, Any]:
    """Asks a model for the classes of serialized examples; returns the signature's name and a ClassificationResult."""
    name, signature = served.signature(signature_name, NO_EXAMPLES_SIGNATURE)
    inference.check_classify(signature)
    outputs = await served.ask(name, _inputs(signature, examples))
    return name, inference.classify(signature, outputs, len(examples))


async def regress(served: Servable, signature_name: str, examples: list[bytes]) -> tuple[str, Any]:
    """Asks a model for the values of serialized examples; returns the signature's name and a RegressionResult."""
    name, signature = served.signature(signature_name, NO_EXAMPLES_SIGNATURE)
    inference.check_regress(signature)
    outputs = await served.ask(name, _inputs(signature, examples))
    return name, inference.regress(signature, outputs, len(examples))


def _inputs(signature: Signature, examples: list[bytes]) -> dict[str, np.ndarray]:
    inputs = {inference.INPUTS: np.array(examples, object)}
    inference.check_predict_inputs(signature, inputs)  # a signature may be made for classes and not take strings
    return inputs
