"""Any body at all: it is read or refused, never more; and the fast way gives what looking at each value gives."""

import json
import math
import random

import numpy as np
import pytest

from serving.model.dtypes import NAMES, NUMPY
from serving.model.request_error import INVALID_ARGUMENT, UNIMPLEMENTED, RequestError
from serving.server import input_plan, rest_json
from tests.made_signatures import MadeSignature

DTYPES = {name: NUMPY[number] for number, name in NAMES.items()}
SIGNATURES = [
    MadeSignature({"x": "float"}),
    MadeSignature({"x": "string"}),
    MadeSignature({"b64": "string"}),
    MadeSignature({"a": "int64", "b": "string", "x": "float"}),
    MadeSignature({name: name for name in NAMES.values()}),
]
NAMES_SEEN = ["x", "a", "b", "b64", "instances", "inputs", "examples", "context", "signature_name", *NAMES.values()]
SCALARS = [
    0, 1, -1, 1.5, 0.0, -0.0, 16777216, 2**31, 2**53, 2**63 - 1, -(2**63), 2**63, 2**64, 10**30, 1e39, -1e39, 1e308,
    math.nan, math.inf, -math.inf, True, False, None, "", "a", "Bläu", "\ud800", "\0", "NaN", {"b64": "aGVsbG8="},
    {"b64": "!"}, {"b64": 1}, {"b64": "", "x": 1}, {},
]  # fmt: skip
VALID = [
    b'{"signature_name": "s", "instances": [{"a": 1, "b": "two", "x": 3.5}, {"a": 4, "b": {"b64": "aGk="}, "x": 5}]}',
    b'{"inputs": {"a": [1, 2], "b": ["x", "y"], "x": [NaN, -Infinity]}}',
    b'{"examples": [{"x": [1.5, 2], "s": "\\u00e4"}], "context": {"c": true}}',
]


def parse(body, signature):
    """Parses a body as every kind of request; returns what came of it as a predict request."""
    for function in (rest_json.parse_examples, lambda data: rest_json.parse_predict(data, lambda _: signature)):
        try:
            found = function(body)
        except RequestError as error:
            assert error.code in (INVALID_ARGUMENT, UNIMPLEMENTED)
            assert "error" in json.loads(rest_json.error_response(error.message))
            found = error.message
    if isinstance(found, rest_json.PredictRequest):
        for name, array in found.inputs.items():
            info = signature.inputs[name]
            assert array.dtype == NUMPY[info.dtype]
            assert array.dtype != object or all(type(value) is bytes for value in array.ravel())
    return found


def tree(generator, depth):
    """A random JSON value."""
    kind = generator.random()
    if depth == 0 or kind < 0.3:
        return generator.choice(SCALARS)
    if kind < 0.65:
        item = tree(generator, depth - 1)
        alike = generator.random() < 0.7
        return [item if alike else tree(generator, depth - 1) for _ in range(generator.randrange(4))]
    return {generator.choice(NAMES_SEEN): tree(generator, depth - 1) for _ in range(generator.randrange(4))}


def test_random_bytes():
    generator = random.Random(1)
    for _ in range(1500):
        body = generator.randbytes(generator.randrange(200))
        assert isinstance(parse(body, generator.choice(SIGNATURES)), str)


def test_random_bytes_of_json():
    generator = random.Random(2)
    alphabet = [
        *'{}[]:,"\\ \n-+.eE0123456789',
        "true",
        "null",
        "NaN",
        "Inf",
        "instances",
        "inputs",
        '"x":',
        "\\ud800",
        "ä",
    ]
    for _ in range(3000):
        text = "".join(generator.choices(alphabet, k=generator.randrange(60)))
        parse(text.encode(), generator.choice(SIGNATURES))
        parse(f'{{"instances": {text}}}'.encode(), generator.choice(SIGNATURES))


def test_valid_bodies_with_a_few_bytes_changed():
    generator = random.Random(3)
    for _ in range(3000):
        body = bytearray(generator.choice(VALID))
        for _ in range(generator.randrange(1, 4)):
            position = generator.randrange(len(body))
            change = generator.random()
            if change < 0.3:
                del body[position : position + generator.randrange(1, 9)]
            elif change < 0.6:
                body[position:position] = body[generator.randrange(len(body)) :][:9]
            else:
                body[position] = generator.randrange(256)
            if not body:
                break
        parse(bytes(body), generator.choice(SIGNATURES))


@pytest.mark.parametrize("key", [None, "instances", "inputs", "examples"])
def test_random_trees(key):
    generator = random.Random(4)
    for _ in range(1500):
        value = tree(generator, 5)
        body = json.dumps(value if key is None else {key: value})
        parse(body.encode(), generator.choice(SIGNATURES))


def plausible(generator, signature):
    """A random request that is right but for some of its values."""
    shapes = {name: generator.choice([[], [], [2], [1, 2], [0]]) for name in signature.inputs}
    common = generator.choice([None, []])
    wrong = generator.choice([0, 0, 0.02, 0.2])

    def scalar(dtype):
        if generator.random() < wrong:
            return generator.choice([s for s in SCALARS if s != "\ud800"])
        if dtype == "string":
            return generator.choice(["", "a", "Bläu", {"b64": "aGVsbG8"}])
        if dtype == "bool":
            return generator.random() < 0.5
        if dtype in ("float", "double", "half"):
            return generator.choice([1.5, -2.25, 3, 0, math.nan, math.inf, 1e10])
        return generator.choice([0, 1, 100, 300])

    def value(dtype, shape):
        if generator.random() < wrong / 10:
            return tree(generator, 2)
        return [value(dtype, shape[1:]) for _ in range(shape[0])] if shape else scalar(dtype)

    def inputs(*batch):
        return {
            name: value(NAMES[info.dtype], [*batch, *(shapes[name] if common is None else common)])
            for name, info in signature.inputs.items()
        }

    if generator.random() < 0.5:
        return {"inputs": inputs(generator.randrange(4))}
    rows = [inputs() for _ in range(generator.randrange(1, 5))]
    if len(signature.inputs) == 1 and generator.random() < 0.5:
        rows = [next(iter(row.values())) for row in rows]
    return {"instances": rows}


def test_the_fast_way_gives_what_looking_at_each_value_gives(monkeypatch):
    generator, fast, taken = random.Random(5), input_plan.convert, 0
    signatures = [
        *(MadeSignature({"x": dtype}) for dtype in ("float", "double", "string", "int64", "uint8", "bool", "uint64")),
        MadeSignature({"a": "int64", "b": "string", "x": "float", "y": "float", "z": "double"}),
        MadeSignature({name: name for name in NAMES.values() if name not in ("half", "uint16")}),
    ]
    for _ in range(4000):
        signature = generator.choice(signatures)
        body = json.dumps(plausible(generator, signature)).encode()
        monkeypatch.setattr(input_plan, "convert", lambda *_: None)
        expected = parse(body, signature)
        monkeypatch.setattr(input_plan, "convert", fast)
        found = parse(body, signature)
        if isinstance(expected, str):
            assert found == expected, body
            continue
        taken += 1
        assert found.inputs.keys() == expected.inputs.keys(), body
        for name, array in expected.inputs.items():
            assert found.inputs[name].dtype == array.dtype, body
            np.testing.assert_array_equal(found.inputs[name], array, err_msg=str(body))
    assert 1000 < taken < 3900
