"""The inputs of a Predict request as a signature takes them: with its defaults, and with columns of one length."""

from __future__ import annotations

import numpy as np

from serving.model import tensor_protos
from serving.model.request_error import invalid
from serving.model.saved_model import Signature
from serving.server import inference

Arrays = dict[str, np.ndarray]

RAW = "raw"  # the signature of our exports that takes one input a column


def predict_inputs(name: str, signature: Signature, given: Arrays) -> Arrays:
    """Returns the inputs of a signature: those of a request, and the defaults of those that it leaves out.

    Args:
        name: the signature's.
        signature: what is asked.
        given: the request's.

    Raises:
        RequestError: names are missing or unknown, an input is of another dtype, or columns differ in length.
    """
    inputs, left_out = dict(given), signature.inputs.keys() - given
    if left_out <= signature.defaults.keys():
        inputs |= {alias: tensor_protos.from_proto(signature.defaults[alias], alias) for alias in left_out}
    inference.check_predict_inputs(signature, inputs)
    if name == RAW and all(len(info.tensor_shape.dim) == 1 for info in signature.inputs.values()):
        _check_columns(inputs)
    return inputs


def _check_columns(inputs: Arrays) -> None:
    """Refuses columns that are none, or differ in length. Models that were exported before
    their graph said so itself would answer, for one row with values of another."""
    for name, array in inputs.items():
        if array.ndim != 1:
            shape = list(array.shape)
            raise invalid(f"Input '{name}' has shape {shape}; signature '{RAW}' takes a list with a value for each row")
    if len({len(array) for array in inputs.values()}) > 1:
        lengths = ", ".join(f"'{name}' has {len(array)}" for name, array in sorted(inputs.items()))
        raise invalid(f"The inputs of signature '{RAW}' differ in length: {lengths}. Give each a value for every row")
