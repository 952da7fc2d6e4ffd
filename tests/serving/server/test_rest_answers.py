"""The JSON of REST answers: TensorFlow Serving's documented forms, and which outputs it does not write."""

import json
import math

import numpy as np
import pytest

from serving.model.dtypes import NUMPY, STRING
from serving.model.protos import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    meta_graph_pb2,
    regression_pb2,
)
from serving.model.request_error import INVALID_ARGUMENT, RequestError
from serving.server import metadata, rest_json
from tests.made_signatures import tensor_info

INTS = np.array([[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 0], [1, 2]]], np.int32)
TEXTS = np.array([[b"foo", b"bar"], [b"baz", b"bat"]], object)
SEVERAL = {
    "double_scalar": np.array([8.0, 9.0]),
    "float_tensor": np.array([[1.0], [2.5]], np.float32),
    "int_tensor": INTS,
    "str_tensor": TEXTS,
    "str_tensor_bytes": TEXTS,
}
FOO, BAR, BAZ, BAT = ({"b64": text} for text in ("Zm9v", "YmFy", "YmF6", "YmF0"))


def rows(**outputs):
    return json.loads(rest_json.predict_response(outputs, True))["predictions"]


def columns(**outputs):
    return json.loads(rest_json.predict_response(outputs, False))["outputs"]


def refusal(row_format=True, **outputs):
    with pytest.raises(RequestError) as caught:
        rest_json.predict_response(outputs, row_format)
    assert caught.value.code == INVALID_ARGUMENT
    return caught.value.message


@pytest.mark.parametrize("answer", [rows, columns])
@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([3.5, 4.0, 5.5], np.float32), [3.5, 4, 5.5]),
        (INTS, INTS.tolist()),
        (TEXTS, [["foo", "bar"], ["baz", "bat"]]),
        (np.array([True, False]), [True, False]),
        (np.array([2**64 - 1], np.uint64), [2**64 - 1]),
        (np.array([-(2**63)], np.int64), [-(2**63)]),
        (np.array([[], []], np.float32), [[], []]),
        (np.array(["Bläu ☃".encode(), b"a\0"], object), ["Bläu ☃", "a\0"]),
        pytest.param(np.array([b"\xff null"], object), ["� null"], id="text that is no UTF-8"),
        pytest.param(np.arange(6)[::2], [0, 2, 4], id="not contiguous"),
    ],
)
def test_one_output_is_a_list(answer, array, expected):
    assert answer(y=array) == expected


def test_several_outputs_are_objects():
    assert rows(**SEVERAL) == [
        {"double_scalar": 8.0, "float_tensor": [1.0], "int_tensor": [[1, 2], [3, 4], [5, 6]],
         "str_tensor": ["foo", "bar"], "str_tensor_bytes": [FOO, BAR]},
        {"double_scalar": 9.0, "float_tensor": [2.5], "int_tensor": [[7, 8], [9, 0], [1, 2]],
         "str_tensor": ["baz", "bat"], "str_tensor_bytes": [BAZ, BAT]},
    ]  # fmt: skip
    assert columns(**SEVERAL) == {
        "double_scalar": [8.0, 9.0],
        "float_tensor": [[1.0], [2.5]],
        "int_tensor": INTS.tolist(),
        "str_tensor": [["foo", "bar"], ["baz", "bat"]],
        "str_tensor_bytes": [[FOO, BAR], [BAZ, BAT]],
    }


def test_binary_outputs_are_base64():
    assert rows(image_bytes=np.array([b"\xff\0"], object)) == [{"b64": "/wA="}]
    assert rows(of_bytes_=np.array([b"a"], object)) == ["a"]


def test_scalars_are_written_by_column():
    assert columns(y=np.array(0.5, np.float32)) == 0.5
    assert columns(y=np.array(b"a", object), z=np.array(7)) == {"y": "a", "z": 7}


@pytest.mark.parametrize("outputs", [{}, {"label": np.array([0])}, {"t": np.array([b"null"], object)}])
def test_floats_are_written_as_short_as_they_can_be(outputs):
    for row_format in (True, False):
        body = rest_json.predict_response({"p": np.array([0.07243698], np.float32), **outputs}, row_format)
        assert b"0.07243698" in body
        assert b"0.072436980" not in body
        whole = rest_json.predict_response({"p": np.array([3], np.float64), **outputs}, row_format)
        assert b"3.0" in whole


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [[4], [4, 1], [4, 1, 1]])
def test_what_is_not_finite_is_written_as_a_token(dtype, shape):
    array = np.array([math.nan, math.inf, 0.1, -math.inf], dtype).reshape(shape)
    for outputs in ({"y": array}, {"y": array, "null": np.array([b"null"] * 4, object)}):
        for row_format in (True, False):
            body = rest_json.predict_response(outputs, row_format)
            for token in (b"NaN", b"Infinity", b"0.1", b"-Infinity"):
                assert token in body
            assert b"0.1000" not in body
            assert b":null" not in body
            json.loads(body)


def test_the_form_of_the_text():
    assert rest_json.predict_response({"y": np.array([3.5, 4], np.float32)}, True) == (
        b'{\n    "predictions": [3.5,4.0]\n}'
    )
    assert rest_json.error_response("Servable not found for request: Latest(half)") == (
        b'{\n    "error": "Servable not found for request: Latest(half)"\n}'
    )


@pytest.mark.parametrize("message", ["", 'a "quoted"\n\\ text', "Bläu \0", "half a pair \ud800", "null"])
def test_every_error_can_be_written(message):
    body = json.loads(rest_json.error_response(message))
    assert body == {"error": message.replace("\ud800", "?")}


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ({}, "Cannot convert empty tensor map to JSON"),
        ({"y": np.array(1)}, "Tensor name: y has no shape information "),
        ({"y": np.array([])}, "Tensor name: y has invalid batch size: 0"),
        ({"a": np.zeros(2), "b": np.zeros(1)}, "Tensor name: b has inconsistent batch size: 1 expecting: 2"),
    ],
)
def test_outputs_that_are_no_rows_are_refused(outputs, message):
    assert refusal(**outputs) == message


@pytest.mark.parametrize(
    ("dtype", "name"),
    [(np.float16, "half"), (np.uint16, "uint16"), (np.complex64, "complex64"), (NUMPY[14], "bfloat16")],
)
def test_dtypes_that_tensorflow_serving_does_not_write(dtype, name):
    for row_format in (True, False):
        message = refusal(row_format, y=np.zeros(1, dtype))
        assert message == f"Failed to write JSON value for tensor type: {name}"


@pytest.mark.parametrize("number", sorted(set(NUMPY) - {8, 14, 17, 18, 19}))
def test_every_other_dtype_is_written(number):
    array = np.array([b"1"], object) if number == STRING else np.array([1], NUMPY[number])
    assert rows(y=array, z=array) == [{"y": array.tolist()[0], "z": array.tolist()[0]}] or number == STRING


def test_a_classification():
    result = classification_pb2.ClassificationResult()
    for scores in ((0.2, 0.7), (0.7, math.nan)):
        found = result.classifications.add()
        for label, score in zip(("car", "bike"), scores, strict=True):
            found.classes.add(label=label, score=score)
    body = rest_json.classify_response(result)
    assert body == b'{\n    "results": [[["car",0.2],["bike",0.7]],[["car",0.7],["bike",NaN]]]\n}'
    with pytest.raises(RequestError, match="Cannot convert empty ClassificationResults to JSON"):
        rest_json.classify_response(classification_pb2.ClassificationResult())


def test_a_classification_without_labels_or_scores():
    result = classification_pb2.ClassificationResult()
    result.classifications.add().classes.add(score=12)
    result.classifications.add()
    assert json.loads(rest_json.classify_response(result)) == {"results": [[["", 12.0]], []]}


def test_a_regression():
    result = regression_pb2.RegressionResult()
    for value in (0.2, math.inf, 1, -math.inf, math.nan):
        result.regressions.add(value=value)
    body = rest_json.regress_response(result)
    assert body == b'{\n    "results": [0.2,Infinity,1.0,-Infinity,NaN]\n}'
    with pytest.raises(RequestError, match="Cannot convert empty RegressionResults to JSON"):
        rest_json.regress_response(regression_pb2.RegressionResult())


STATUS = """{
 "model_version_status": [
  {
   "version": "123",
   "state": "AVAILABLE",
   "status": {
    "error_code": "OK",
    "error_message": ""
   }
  }
 ]
}
"""


def test_a_status_is_written_as_documented():
    response = get_model_status_pb2.GetModelStatusResponse()
    entry = response.model_version_status.add(version=123, state=30)
    entry.status.SetInParent()
    assert rest_json.status_response(response).decode() == STATUS


def test_a_status_that_failed():
    response = get_model_status_pb2.GetModelStatusResponse()
    entry = response.model_version_status.add(version=2**62, state=50)
    entry.status.error_code, entry.status.error_message = 14, "gone"
    (found,) = json.loads(rest_json.status_response(response))["model_version_status"]
    assert found == {
        "version": str(2**62),
        "state": "END",
        "status": {"error_code": "UNAVAILABLE", "error_message": "gone"},
    }


def test_metadata_has_all_fields():
    meta = meta_graph_pb2.MetaGraphDef()
    signature = meta.signature_def["serving_default"]
    signature.inputs["x"].CopyFrom(tensor_info("x", "float", [-1, 1]))
    signature.outputs["y"].CopyFrom(tensor_info("y", "int64", []))
    signature.method_name = "tensorflow/serving/predict"
    response = metadata.response("half_plus_two", 123, meta, ["signature_def"])
    found = json.loads(rest_json.metadata_response(response))
    assert found["model_spec"] == {"name": "half_plus_two", "signature_name": "", "version": "123"}
    signature = found["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["method_name"] == "tensorflow/serving/predict"
    assert signature["inputs"]["x"] == {
        "name": "x:0",
        "dtype": "DT_FLOAT",
        "tensor_shape": {"dim": [{"size": "-1", "name": ""}, {"size": "1", "name": ""}], "unknown_rank": False},
    }
    assert signature["outputs"]["y"] == {"name": "y:0", "dtype": "DT_INT64"}


def test_metadata_over_grpc():
    meta = meta_graph_pb2.MetaGraphDef()
    meta.signature_def["a"].method_name = "m"
    meta.signature_def["__saved_model_init_op"].method_name = ""
    response = metadata.response("taxi", 7, meta, ["signature_def", "signature_def"])
    assert (response.model_spec.name, response.model_spec.version.value) == ("taxi", 7)
    packed = response.metadata["signature_def"]
    assert packed.type_url == "type.googleapis.com/tensorflow.serving.SignatureDefMap"
    signatures = get_model_metadata_pb2.SignatureDefMap.FromString(packed.value)
    assert dict(signatures.signature_def) == dict(meta.signature_def)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ([], "GetModelMetadataRequest must specify at least one metadata_field"),
        (["signature_def", "graph"], "Metadata field graph is not supported"),
    ],
)
def test_other_metadata_is_refused(fields, message):
    with pytest.raises(RequestError) as caught:
        metadata.response("taxi", 7, meta_graph_pb2.MetaGraphDef(), fields)
    assert (caught.value.code, caught.value.message) == (INVALID_ARGUMENT, message)
