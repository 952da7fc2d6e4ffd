"""Bodies of `:classify` and `:regress` requests as tf.train.Examples, and what of them is refused."""

import base64
import json
import math

import pytest
from google.protobuf import text_format

from serving.model.protos import example_pb2
from serving.model.request_error import INVALID_ARGUMENT, RequestError
from serving.server.rest_json import parse_examples


def feature(example, name):
    """The kind of a feature's list, and its values."""
    kind = example.features.feature[name].WhichOneof("kind")
    return (kind, list(getattr(example.features.feature[name], kind).value)) if kind else (None, [])


def parsed(body):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    name, examples = parse_examples(data)
    found = [example_pb2.Example.FromString(example) for example in examples]
    return name, [{f: feature(example, f) for f in example.features.feature} for example in found]


def refusal(body):
    with pytest.raises(RequestError) as caught:
        parsed(body)
    assert caught.value.code == INVALID_ARGUMENT
    return caught.value.message


IMAGE = {"b64": base64.b64encode(b"\xff\0 image").decode()}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (1.5, ("float_list", [1.5])),
        ([8.0, 9.0], ("float_list", [8, 9])),
        ([1.0, math.nan], ("float_list", pytest.approx([1, math.nan], nan_ok=True))),
        ([math.inf, -math.inf], ("float_list", [math.inf, -math.inf])),
        (20, ("int64_list", [20])),
        ([1, True, False], ("int64_list", [1, 1, 0])),
        ([-(2**63), 2**63 - 1], ("int64_list", [-(2**63), 2**63 - 1])),
        ("Bläu", ("bytes_list", ["Bläu".encode()])),
        (IMAGE, ("bytes_list", [b"\xff\0 image"])),
        (["baz", IMAGE], ("bytes_list", [b"baz", b"\xff\0 image"])),
        ([], (None, [])),
    ],
)
def test_a_value_becomes_a_feature(content, expected):
    assert parsed({"examples": [{"x": content}]}) == ("", [{"x": expected}])


def test_examples_have_what_they_name():
    body = {
        "signature_name": "custom",
        "examples": [{"names": ["foo", "bar"], "ratings": [8.0], "age": 20}, {"ratings": 6.0}, {}],
    }
    assert parsed(body) == (
        "custom",
        [
            {"names": ("bytes_list", [b"foo", b"bar"]), "ratings": ("float_list", [8]), "age": ("int64_list", [20])},
            {"ratings": ("float_list", [6])},
            {},
        ],
    )


def test_the_context_is_part_of_each_example():
    body = {"context": {"query": "pizza", "n": 1}, "examples": [{"x": 1.0}, {"query": "pasta"}]}
    _, (first, second) = parsed(body)
    assert first == {"query": ("bytes_list", [b"pizza"]), "n": ("int64_list", [1]), "x": ("float_list", [1])}
    assert second["query"] == ("bytes_list", [b"pasta"])


def test_the_bytes_are_those_of_a_tf_train_example():
    _, (found,) = parse_examples(b'{"examples": [{"x": [1, 2]}]}')
    expected = text_format.Parse(
        'features { feature { key: "x" value { int64_list { value: [1, 2] } } } }', example_pb2.Example()
    )
    assert example_pb2.Example.FromString(found) == expected


ELEMENT = "Feature: names has element with unexpected JSON type: "
MIXED = "Unexpected element type in feature: names expecting type: "


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([10, None], ELEMENT + "Null"),
        (None, ELEMENT + "Null"),
        ([10, {"test": 10}], ELEMENT + "Object"),
        ({"b64": 1}, ELEMENT + "Object"),
        ([[10], 20], ELEMENT + "Array"),
        ([10, 10.0], MIXED + "int64"),
        ([10.0, 10], MIXED + "float"),
        (["a", True], MIXED + "bytes"),
        ([1.0, "a"], MIXED + "float"),
        ([20, 2**64 - 13], "Feature: names has uint64 element. Only int64 is supported."),
        (1e39, "Cannot convert JSON value: 1e+39 to float without loss of precision."),
        ({"b64": "?"}, "Unable to base64 decode"),
    ],
)
def test_a_value_that_is_no_feature_is_refused(content, message):
    assert refusal({"examples": [{"fine": 1}, {"names": content}]}) == message
    assert refusal({"context": {"names": content}, "examples": [{}]}) == message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "JSON Value: {} When method is classify, key 'examples' is expected and was not found"),
        ({"examples": {}}, "JSON Value: {\n    \"examples\": {}\n} Expecting 'examples' value to be an list/array"),
        ({"examples": []}, "JSON Value: {\n    \"examples\": []\n} 'examples' value is an empty array"),
        ({"examples": [[{"a": 1}]]}, "Example must be JSON object but got JSON Array"),
        ({"examples": [{"a": 1}, None]}, "Example must be JSON object but got JSON Null"),
        ({"examples": [True]}, "Example must be JSON object but got JSON True"),
        ({"context": [{"a": 1}]}, "Example must be JSON object but got JSON Array"),
        ({"context": 1, "examples": [{}]}, "Example must be JSON object but got JSON Number"),
        (b"", "JSON Parse error: The document is empty"),
        (b"[]", "JSON Value: [] Is not object"),
    ],
)
def test_a_request_of_the_wrong_form_is_refused(body, message):
    assert refusal(body) == message


def test_a_signature_name_that_is_no_text_is_refused():
    message = refusal({"signature_name": ["hello"], "examples": [{}]})
    assert message.endswith("not formatted correctly. 'signature_name' key must be a string value.")
