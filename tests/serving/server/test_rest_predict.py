"""Bodies of `:predict` requests: what TensorFlow Serving documents and tests, and each of its refusals."""

import base64
import json
import math

import numpy as np
import pytest

from serving.model.dtypes import NAMES, NUMPY
from serving.model.request_error import INVALID_ARGUMENT, UNIMPLEMENTED, RequestError
from serving.server.rest_json import parse_predict
from tests.made_signatures import MadeSignature

DTYPES = {name: NUMPY[number] for number, name in NAMES.items()}
B64 = {"b64": base64.b64encode(b"hello").decode()}
DEEP = 2000


def parsed(body, **inputs):
    """Parses a body (an object, or text) for a signature with these inputs."""
    text = body if isinstance(body, bytes | str) else json.dumps(body)
    data = text if isinstance(text, bytes) else text.encode()
    signature = MadeSignature(inputs)
    found = parse_predict(data, lambda _: signature)
    for name, array in found.inputs.items():
        assert array.dtype == DTYPES[inputs[name]]
        assert all(type(value) is bytes for value in array.ravel()) or array.dtype != object
    return found


def arrays(body, **inputs):
    return {name: array.tolist() for name, array in parsed(body, **inputs).inputs.items()}


def refusal(body, **inputs):
    with pytest.raises(RequestError) as caught:
        parsed(body, **inputs)
    assert caught.value.code == INVALID_ARGUMENT
    return caught.value.message


NAMED = {"tag": "string", "signal": "int64", "sensor": "float"}
NAMED_ROWS = [
    {"tag": "foo", "signal": [1, 2, 3, 4, 5], "sensor": [[1, 2], [3, 4]]},
    {"tag": "bar", "signal": [3, 4, 1, 2, 5], "sensor": [[4, 5], [6, 8]]},
]
NAMED_COLUMNS = {
    "tag": ["foo", "bar"],
    "signal": [[1, 2, 3, 4, 5], [3, 4, 1, 2, 5]],
    "sensor": [[[1, 2], [3, 4]], [[4, 5], [6, 8]]],
}
NAMED_ARRAYS = {**NAMED_COLUMNS, "tag": [b"foo", b"bar"]}


@pytest.mark.parametrize(
    ("body", "inputs", "expected"),
    [
        pytest.param({"instances": ["foo", "bar", "baz"]}, {"x": "string"}, {"x": [b"foo", b"bar", b"baz"]}, id="text"),
        ({"instances": [[[1, 2]], [[3, 4]]]}, {"x": "int32"}, {"x": [[[1, 2]], [[3, 4]]]}),
        ({"instances": [1.0, 2.0, 5.0]}, {"x": "float"}, {"x": [1, 2, 5]}),
        pytest.param({"instances": NAMED_ROWS}, NAMED, NAMED_ARRAYS, id="documented rows"),
        pytest.param({"inputs": NAMED_COLUMNS}, NAMED, NAMED_ARRAYS, id="documented columns"),
        ({"instances": [{"x": [[1, 2], [3, 4], [5, 6]]}]}, {"x": "int32"}, {"x": [[[1, 2], [3, 4], [5, 6]]]}),
        ({"instances": [B64, B64]}, {"x": "string"}, {"x": [b"hello"] * 2}),
        ({"instances": [[B64], [B64]]}, {"x": "string"}, {"x": [[b"hello"]] * 2}),
        ({"instances": [{"x": [[B64], ["a"]]}]}, {"x": "string"}, {"x": [[[b"hello"], [b"a"]]]}),
        ({"instances": [1, 2.0, 3, 4, 5.5]}, {"x": "float"}, {"x": [1, 2, 3, 4, 5.5]}),
        ({"instances": [{"a": 1, "b": "x"}, {"b": "y", "a": 2}]}, {"a": "int64", "b": "string"},
         {"a": [1, 2], "b": [b"x", b"y"]}),
        ({"instances": [{"a": 1, "b": [True]}]}, {"a": "float", "b": "bool"}, {"a": [1], "b": [[True]]}),
        ({"inputs": [[1, 2], [3, 4]]}, {"x": "double"}, {"x": [[1, 2], [3, 4]]}),
        ({"inputs": 5}, {"x": "int64"}, {"x": 5}),
        ({"inputs": B64}, {"x": "string"}, {"x": b"hello"}),
        ({"inputs": {"x": B64}}, {"x": "string"}, {"x": b"hello"}),
        ({"inputs": {"x": [1, 2], "y": [["a", "b"]]}}, {"x": "int32", "y": "string"},
         {"x": [1, 2], "y": [[b"a", b"b"]]}),
        pytest.param({"inputs": {"x": [1], "more": 5}}, {"x": "int32"}, {"x": [1]}, id="unknown columns are no matter"),
        ({"inputs": []}, {"x": "float"}, {"x": []}),
        ({"inputs": {"x": [], "y": []}}, {"x": "float", "y": "string"}, {"x": [], "y": []}),
        ({"instances": [[], []]}, {"x": "float"}, {"x": [[], []]}),
        ({"instances": [{"b64": "aGVsbG8="}]}, {"b64": "string"}, {"b64": [b"hello"]}),
        ({"instances": ["Bläu", ""]}, {"x": "string"}, {"x": ["Bläu".encode(), b""]}),
        ({"instances": ["a\0b"]}, {"x": "string"}, {"x": [b"a\0b"]}),
    ],
)  # fmt: skip
def test_values_become_arrays(body, inputs, expected):
    found = parsed(body, **inputs)
    assert {name: array.tolist() for name, array in found.inputs.items()} == expected
    assert found.row_format == ("instances" in body)
    assert found.signature_name == ""


def test_the_signature_is_the_named_one():
    asked = []
    signature = MadeSignature({"x": "float"})
    for body in (b'{"signature_name": "raw", "instances": [1]}', b'{"instances": [1]}'):
        found = parse_predict(body, lambda name: asked.append(name) or signature)
        assert found.signature_name == asked[-1]
    assert asked == ["raw", ""]


def test_a_signature_that_is_not_there_is_refused_by_whoever_knows():
    def unknown(name):
        raise RequestError(INVALID_ARGUMENT, f'Serving signature name: "{name}" not found in signature def')

    with pytest.raises(RequestError, match='"other" not found'):
        parse_predict(b'{"signature_name": "other", "instances": [1]}', unknown)


@pytest.mark.parametrize(
    ("dtype", "json_value", "expected"),
    [
        ("float", "NaN", math.nan),
        ("float", "-NaN", math.nan),
        ("float", "Infinity", math.inf),
        ("float", "-Infinity", -math.inf),
        ("float", "Inf", math.inf),
        ("float", "-Inf", -math.inf),
        ("float", "16777215", 2**24 - 1),
        ("float", "16777216.0", 2**24),
        ("float", "100000000000000000000", np.float32(1e20)),
        ("float", "3.4028234663852886e38", np.finfo(np.float32).max),
        ("float", "1e-400", 0),
        ("double", "9007199254740991", 2**53 - 1),
        ("double", "-1.5e300", -1.5e300),
        ("double", "Infinity", math.inf),
        ("int64", "-9223372036854775808", -(2**63)),
        ("int64", "9223372036854775807", 2**63 - 1),
        ("int64", "-0", 0),
        ("uint64", "18446744073709551615", 2**64 - 1),
        ("uint32", "4294967295", 2**32 - 1),
        ("int32", "-2147483648", -(2**31)),
        ("int16", "32767", 32767),
        pytest.param("int8", "300", 44, id="wrapped, as TensorFlow does"),
        pytest.param("uint8", "-1", 255, id="wrapped too"),
        ("bool", "true", True),
        ("string", '"\\ud83d\\ude00"', "😀".encode()),
        ("string", '"NaN Inf -NaN"', b"NaN Inf -NaN"),
    ],
)
@pytest.mark.parametrize("form", ['{"instances": [%s]}', '{"instances": [[%s]]}', '{"inputs": %s}', '{"inputs": [%s]}'])
def test_a_value_at_the_edge_is_taken(dtype, json_value, expected, form):
    found = parsed(form % json_value, x=dtype).inputs["x"]
    np.testing.assert_array_equal(found.ravel(), np.array([expected], DTYPES[dtype]))


TYPE_ERROR = "JSON Value: {} Type: {} is not of expected type: {}"
LOSSY = "Cannot convert JSON value: {} to {} without loss of precision."


@pytest.mark.parametrize(
    ("dtype", "json_value", "message"),
    [
        ("float", '"1.5"', TYPE_ERROR.format('"1.5"', "String", "float")),
        ("float", "null", TYPE_ERROR.format("null", "Null", "float")),
        ("float", "true", TYPE_ERROR.format("true", "True", "float")),
        ("float", '{"b64": "aGVsbG8="}', TYPE_ERROR.format('{\n    "b64": "aGVsbG8="\n}', "Object", "float")),
        ("float", "16777216", LOSSY.format("16777216", "float")),
        ("float", "-16777216", LOSSY.format("-16777216", "float")),
        ("float", "1e39", LOSSY.format("1e+39", "float")),
        ("float", "1.7976931348623157e308", LOSSY.format("1.7976931348623157e+308", "float")),
        ("double", "9007199254740992", LOSSY.format("9007199254740992", "double")),
        ("int64", "1.0", TYPE_ERROR.format("1.0", "Number", "int64")),
        ("int64", "1e5", TYPE_ERROR.format("100000.0", "Number", "int64")),
        ("int64", "NaN", TYPE_ERROR.format("NaN", "Number", "int64")),
        ("int64", "false", TYPE_ERROR.format("false", "False", "int64")),
        ("int64", "9223372036854775808", TYPE_ERROR.format("9223372036854775808", "Number", "int64")),
        ("int64", "18446744073709551616", TYPE_ERROR.format("1.8446744073709552e+19", "Number", "int64")),
        ("int64", "-9223372036854775809", TYPE_ERROR.format("-9.2233720368547758e+18", "Number", "int64")),
        ("int32", "2147483648", TYPE_ERROR.format("2147483648", "Number", "int32")),
        ("uint8", "2147483648", TYPE_ERROR.format("2147483648", "Number", "uint8")),
        ("uint64", "-1", TYPE_ERROR.format("-1", "Number", "uint64")),
        ("bool", "1", TYPE_ERROR.format("1", "Number", "bool")),
        ("string", "1", TYPE_ERROR.format("1", "Number", "string")),
        ("string", "null", TYPE_ERROR.format("null", "Null", "string")),
        ("string", '{"b64": "a"}', "Unable to base64 decode"),
        ("string", '{"b64": "äöüß"}', "Unable to base64 decode"),
        ("string", '{"b64": "aGVsbG8=="}', "Unable to base64 decode"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(dtype, json_value, message):
    assert refusal(f'{{"inputs": [{json_value}]}}', x=dtype) == message
    row = f"Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: {message}"
    assert refusal(f'{{"instances": [{json_value}]}}', x=dtype) == row
    named = row.replace(" of 'instances'", " key: x of 'instances'")
    assert refusal(f'{{"instances": [{{"x": {json_value}}}]}}', x=dtype) == named


def test_an_object_that_is_no_base64_is_refused():
    for value in ({"b64": 5}, {"b64": "", "more": 1}, {}):
        message = refusal({"instances": [["a"], [value]]}, x="string")
        assert message.endswith(f"JSON Value: {json.dumps(value, indent=4)} not formatted correctly for base64 data")


@pytest.mark.parametrize("text", ["aGVsbG8=", "aGVsbG8", "aGVs\nbG8=", " aGVsbG8 = ", "aGVsbG8."])
def test_base64_as_abseil_takes_it(text):
    assert arrays({"inputs": {"b64": text}}, x="string") == {"x": b"hello"}


@pytest.mark.parametrize("dtype", ["half", "uint16", "14"])
def test_dtypes_that_tensorflow_serving_does_not_convert(dtype):
    signature = MadeSignature({"x": dtype})
    for body, begin in ((b'{"inputs": [1.5]}', ""), (b'{"instances": [1.5]}', "Failed to process element: 0 of ")):
        with pytest.raises(RequestError) as caught:
            parse_predict(body, lambda _: signature)
        name = "bfloat16" if dtype == "14" else dtype
        assert caught.value.message.startswith(begin)
        assert caught.value.message.endswith(f"Conversion of JSON Value: 1.5 to type: {name}")
        assert caught.value.code == (INVALID_ARGUMENT if begin else UNIMPLEMENTED)


INSTANCE_0, INSTANCE_1 = (f"Failed to process element: {i} of 'instances' list. " for i in (0, 1))
REFUSED = "Error: INVALID_ARGUMENT: "


@pytest.mark.parametrize(
    ("body", "inputs", "message"),
    [
        ({"instances": [[1, 2], [3, 4], [5, 6, 7]]}, {"x": "int32"},
         "Failed to process element: 2 of 'instances' list. " + REFUSED + "Expecting tensor size: 2 but got: 3"),
        ({"instances": [[1, 2], [[3, 4]]]}, {"x": "int32"},
         INSTANCE_1 + REFUSED + "Expecting shape [2] but got: [1,2]"),
        ({"instances": [1, [1]]}, {"x": "int32"}, INSTANCE_1 + REFUSED + "Expecting shape [] but got: [1]"),
        ({"instances": [[1, [2]]]}, {"x": "int32"},
         INSTANCE_0 + REFUSED + "Encountered list at unexpected level: 1 expected < 1"),
        ({"instances": [[[2], 1]]}, {"x": "int32"}, INSTANCE_0 + REFUSED
         + "JSON Value: 1 found at incorrect level: 2 in the JSON DOM. Expected at level: 2"),
        ({"inputs": [[1, 2], [3]]}, {"x": "int32"},
         "Encountered list at unexpected size: 1 at level: 1 expected size: 2"),
        ({"inputs": [[], [1]]}, {"x": "int32"}, "Encountered list at unexpected size: 1 at level: 1 expected size: 0"),
        ({"instances": [1]}, {"x": "int32", "y": "int32"}, "instances is a plain list, but expecting list of objects "
         "as multiple input tensors required as per tensorinfo_map"),
        ({"inputs": [1]}, {"x": "int32", "y": "int32"}, "inputs is a plain value/list, but expecting an object as "
         "multiple input tensors required as per tensorinfo_map"),
        ({"inputs": {"x": [1]}}, {"x": "int32", "y": "int32"}, "Missing named input: y in 'inputs' object."),
        ({"inputs": {}}, {"x": "int32"}, "Missing named input: x in 'inputs' object."),
        ({"instances": [{"x": 1, "y": 1}, [1, 2]]}, {"x": "int32", "y": "int32"},
         "Expecting object but got list at item 1 of input list"),
        ({"instances": [{"x": 1, "y": 1}, 3]}, {"x": "int32", "y": "int32"},
         "Expecting object but got list at item 1 of input list"),
        ({"instances": [{"x": 1}, "x"]}, {"x": "int32"}, "Expecting object but got list at item 1 of input list"),
        ({"instances": [["a", "b"], {"x": ["a", "b"]}]}, {"x": "string"},
         "Expecting value/list but got object at item 1 of input list"),
        ({"instances": [{"age": 46}]}, {"x": "int32"}, "Failed to process element: 0 key: age of 'instances' list. "
         + REFUSED + "JSON object: does not have named input: age"),
        ({"instances": [{"x": 1, "y": 2}, {"x": 1}]}, {"x": "int32", "y": "int32"}, INSTANCE_1
         + 'JSON object: {\n    "x": 1\n} must only have keys: x,y'),
        ({"instances": [{}]}, {"x": "int32"}, INSTANCE_0 + "JSON object: {} must only have keys: x"),
        ({"instances": [{"x": 1, "y": 2}, {"x": 1, "z": 2}]}, {"x": "int32", "y": "int32"}, "Failed to process "
         "element: 1 key: z of 'instances' list. " + REFUSED + "JSON object: does not have named input: z"),
        ({"instances": [{"x": [1, 2]}, {"x": [1]}]}, {"x": "int32"}, "Failed to process element: 1 key: x of "
         "'instances' list. " + REFUSED + "Expecting tensor size: 2 but got: 1"),
        ({"instances": [], "inputs": []}, {"x": "int32"}, 'JSON Value: {\n    "instances": [],\n    "inputs": []\n} '
         "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist "),
        ({"instances": 5}, {"x": "int32"},
         'JSON Value: {\n    "instances": 5\n} Excepting \'instances\' to be an list/array'),
        ({"instances": None}, {"x": "int32"},
         'JSON Value: {\n    "instances": null\n} Excepting \'instances\' to be an list/array'),
        ({"instances": []}, {"x": "int32"}, 'JSON Value: {\n    "instances": []\n} No values in \'instances\' array'),
        ({}, {"x": "int32"}, "Missing 'inputs' or 'instances' key"),
        ({"signature_name": 5, "instances": [1]}, {"x": "int32"}, 'JSON Value: {\n    "signature_name": 5,\n    '
         '"instances": [\n        1\n    ]\n} not formatted correctly. \'signature_name\' key must be a string value.'),
        ({"instances": [1]}, {}, "Failed to get input map for signature: DEFAULT"),
        ({"signature_name": "s", "instances": [1]}, {}, "Failed to get input map for signature: s"),
        ([1], {"x": "int32"}, "JSON Value: [\n    1\n] Is not object"),
        ("instances", {"x": "int32"}, 'JSON Value: "instances" Is not object'),
        (1.5, {"x": "int32"}, "JSON Value: 1.5 Is not object"),
        (None, {"x": "int32"}, "JSON Value: null Is not object"),
    ],
)  # fmt: skip
def test_a_request_of_the_wrong_form_is_refused(body, inputs, message):
    assert refusal(json.dumps(body), **inputs) == message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "The document is empty"),
        (b" \n", "The document is empty. at offset: 2"),
        (b"instances = [1, 2]", "Invalid value. at offset: 0"),
        (b'{"instances": [1, 2]} x', "The document root must not be followed by other values. at offset: 22"),
        (b'{"instances": [1, 2}', "Missing a comma or ] after an array element. at offset: 19"),
        (b'{"instances": [1, 2]', "Missing a comma or } after an object member. at offset: 20"),
        (b'{"a[": 1 "b"', "Missing a comma or } after an object member. at offset: 9"),
        (b'{"instances": [1, 2, ]}', "Invalid value. at offset: 21"),
        (b"{1: 2}", "Missing a name for object member. at offset: 1"),
        (b'{"a" 2}', "Missing a colon after a name of object member. at offset: 5"),
        (b'{"a": "b', "Missing a closing quotation mark in string. at offset: 8"),
        ('{"ä": "b'.encode(), "Missing a closing quotation mark in string. at offset: 9"),
        (b'{"a": "\n"}', "Invalid encoding in string. at offset: 7"),
        (b'{"a": "\xff"}', "Invalid encoding in string. at offset: 7"),
        (b'{"a": "\\x"}', "Invalid escape character in string. at offset: 7"),
        (b'{"a": "\\u12z4"}', "Incorrect hex digit after \\u escape in string. at offset: 7"),
        (b'{"a": "\\ud800"}', "The surrogate pair in string is invalid. at offset: 7"),
        (b'{"a": 1e999}', "Number too big to be stored in double. at offset: 6"),
        (b'{"a": %s}' % (b"9" * 400), "Number too big to be stored in double. at offset: 6"),
        (b'{"a": %s}' % (b"9" * 9999), "Number too big to be stored in double. at offset: 6"),
        (b"\0", "Invalid value. at offset: 0"),
    ],
)
def test_a_body_that_is_no_json_is_refused(body, message):
    assert refusal(body, x="float") == f"JSON Parse error: {message}"


def test_a_byte_order_mark_is_passed_over():
    assert arrays(b'\xef\xbb\xbf{"instances": [1]}', x="float") == {"x": [1]}


def test_of_a_name_that_is_there_twice_the_last_value_counts():
    assert arrays(b'{"instances": [1], "instances": [{"x": 2, "x": 3}]}', x="float") == {"x": [3]}


@pytest.mark.parametrize("value", ["1", "NaN"])
@pytest.mark.parametrize("form", ['{"instances": %s}', '{"inputs": %s}', '{"inputs": {"x": %s}}', "%s"])
def test_lists_nested_too_deeply_are_refused(form, value):
    for depth in (40, DEEP, 300_000):
        assert refusal(form % ("[" * depth + value + "]" * depth), x="float")
        assert refusal(form % ("[" * depth), x="float")
        assert refusal(form % ('{"a":' * depth + value + "}" * depth), x="string")


def test_as_many_dimensions_as_numpy_has():
    nested: object = 1
    for _ in range(31):
        nested = [nested]
    assert parsed({"inputs": nested}, x="float").inputs["x"].shape == (1,) * 31
    assert parsed({"instances": [nested]}, x="float").inputs["x"].shape == (1,) * 32


def test_a_message_shows_a_screenful_of_a_large_request():
    message = refusal({"instances": [1] * 100_000, "inputs": []}, x="float")
    assert message.startswith('JSON Value: {\n    "instances": [\n        1,')
    assert len(message) < 1200


def test_many_rows_at_once():
    rows = [{"a": i, "b": i / 2, "c": str(i), "d": [i, i]} for i in range(500)]
    found = arrays({"instances": rows}, a="int64", b="float", c="string", d="double")
    assert found["a"] == list(range(500))
    assert found["b"] == [i / 2 for i in range(500)]
    assert found["c"] == [str(i).encode() for i in range(500)]
    assert found["d"] == [[i, i] for i in range(500)]
