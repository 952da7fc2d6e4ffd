"""The inputs of a request as a signature takes them: its defaults, and columns that belong together."""

import numpy as np
import pytest

from serving.model import tensor_protos
from serving.model.dtypes import FLOAT, STRING
from serving.model.request_error import INVALID_ARGUMENT, RequestError
from serving.server.given_inputs import predict_inputs
from serving.server.rest_request import parse_predict
from tests.made_signatures import MadeSignature, tensor_info

SCALED = MadeSignature(
    {"x": "float", "by": "float", "unit": "string"},
    defaults={
        "by": tensor_protos.to_proto(np.array(2.5, np.float32), FLOAT),
        "unit": tensor_protos.to_proto(np.array([b"km"], object), STRING),
    },
)
X = {"x": np.zeros(3, np.float32)}


def refusal(*arguments):
    with pytest.raises(RequestError) as caught:
        predict_inputs(*arguments)
    assert caught.value.code == INVALID_ARGUMENT
    return caught.value.message


def test_what_a_request_leaves_out_is_the_signatures_default():
    found = predict_inputs("s", SCALED, X)
    assert found["by"].shape == ()
    assert (found["by"].item(), found["unit"].tolist()) == (2.5, [b"km"])
    given = predict_inputs("s", SCALED, X | {"by": np.array(1, np.float32)})
    assert (given["by"].item(), given["unit"].tolist()) == (1.0, [b"km"])


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "Signature input alias: x(feed name: x:0) not found in request and no default value provided. Inputs "
         "expected to be in the request {}, or default input alias set: by,unit"),
        (["x", "by", "unit", "z"], "input size does not match signature: 4!=3 len({by,unit,x,z}) != len({by,unit,x}). "
         "Sent extra: {z}. Missing but required: {}."),
    ],
)  # fmt: skip
def test_what_has_no_default_must_be_given(names, message):
    assert refusal("s", SCALED, {name: np.zeros(1, np.float32) for name in names}) == message


def test_a_name_that_is_none_is_refused_where_defaults_would_do():
    assert refusal("s", SCALED, X | {"z": np.zeros(1, np.float32)}).startswith("input size does not match signature: 4")


@pytest.mark.parametrize(
    "body",
    [b'{"inputs": {"x": [1, 2]}}', b'{"instances": [{"x": 1}, {"x": 2}]}', b'{"inputs": {"x": [1, 2], "by": 3}}'],
)
def test_json_may_leave_out_what_has_a_default(body):
    given = parse_predict(body, lambda _: SCALED).inputs
    found = predict_inputs("s", SCALED, given)
    assert found["x"].tolist() == [1.0, 2.0]
    assert found["by"].item() == (3.0 if b"by" in body else 2.5)


def test_json_must_not_leave_it_out_in_some_rows_only():
    with pytest.raises(RequestError, match=r"'instances' list\..*JSON object: does not have named input: by"):
        parse_predict(b'{"instances": [{"x": 1}, {"x": 2, "by": 1}]}', lambda _: SCALED)


RAW = MadeSignature({"fare": "float", "company": "string"})
COLUMNS = {"fare": np.zeros(2, np.float32), "company": np.array([b"", b""], object)}


def test_columns_of_one_length_pass():
    assert predict_inputs("raw", RAW, COLUMNS) == COLUMNS


@pytest.mark.parametrize(
    ("fare", "message"),
    [
        ((3,), "The inputs of signature 'raw' differ in length: 'company' has 2, 'fare' has 3. Give each a value for "
         "every row"),
        ((0,), "The inputs of signature 'raw' differ in length: 'company' has 2, 'fare' has 0. Give each a value for "
         "every row"),
        ((), "Input 'fare' has shape []; signature 'raw' takes a list with a value for each row"),
        ((2, 1), "Input 'fare' has shape [2, 1]; signature 'raw' takes a list with a value for each row"),
    ],
)  # fmt: skip
def test_columns_that_do_not_belong_together_are_refused(fare, message):
    assert refusal("raw", RAW, COLUMNS | {"fare": np.zeros(fare, np.float32)}) == message


def test_only_our_own_signature_has_columns():
    """What others call `raw` may take whatever it likes."""
    pair = MadeSignature({"fare": "float", "company": "string"})
    pair.inputs["fare"] = tensor_info("fare", "float", [-1, 2])
    uneven = COLUMNS | {"fare": np.zeros((3, 2), np.float32)}
    assert predict_inputs("raw", pair, uneven) == uneven
    assert predict_inputs("other", RAW, COLUMNS | {"fare": np.zeros(3, np.float32)})["fare"].shape == (3,)
