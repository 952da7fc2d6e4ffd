"""Classification and regression of examples by a signature that does not take examples."""

import asyncio

import pytest

from serving.model.request_error import INVALID_ARGUMENT, RequestError
from serving.server import classify_regress
from serving.server.apart import Apart
from tests.made_signatures import MadeSignature


class Served:
    """A loaded version with one signature, which must not be asked."""

    def __init__(self, signature):
        self._signature = signature

    def signature(self, name, unknown):
        return name, self._signature

    async def ask(self, name, inputs):
        raise AssertionError("the model is asked")


@pytest.mark.parametrize(
    ("ask", "output"), [(classify_regress.classify, "scores"), (classify_regress.regress, "outputs")]
)
@pytest.mark.parametrize(("dtype", "name"), [("float", "float"), ("int64", "int64"), ("14", "bfloat16")])
def test_inputs_that_are_no_strings_are_refused(ask, output, dtype, name):
    """In the words of TensorFlow's runtime, for TensorFlow Serving leaves it to that."""
    served = Served(MadeSignature({"inputs": dtype}, {output: "float"}))
    with pytest.raises(RequestError) as caught:
        asyncio.run(ask(Apart(), served, "serving_default", [b""], classify_regress.unchanged))
    assert (caught.value.code, caught.value.message) == (
        INVALID_ARGUMENT, f"Expects arg[0] to be {name} but string is provided",
    )  # fmt: skip
