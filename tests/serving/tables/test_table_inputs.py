"""Whole columns become a model's inputs as `conversion.converted` makes them of one value after another."""

from __future__ import annotations

import datetime
import random
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from serving.model.texts import Texts
from serving.rows.conversion import converted
from serving.tables import inputs
from turnstile.errors import UsageError

TEXTS = [
    "", "7", "-12", "0.5", "1e3", "7.0", "007", "+3", " 4 ", "1_000", "nan", "NA", "N/A", " ", "-", "\\N", "None",
    "null", "-nan", "+nan", "nan(1)", "0x1f", "inf", "-Infinity", "true", "False", "5.5e-320", "1e400", "3.4028236e38",
    "16777217", "9007199254740993", "9007199254740993.0", "9223372036854775807",
    "-9223372036854775808", "9223372036854775808", "Bläu", "seven", "1,5",
    "1.234,5", "٣", ".5", "5.", "1e", "--", "\u00a07", "K",
]  # fmt: skip
COLUMNS = {
    "text": pa.array([*TEXTS, None]),
    "large text": pa.array([*TEXTS, None], pa.large_string()),
    "dictionary": pa.array([*TEXTS, None]).dictionary_encode(),
    "int16": pa.array([7, None, -3], pa.int16()),
    "int64": pa.array([7, None, 2**53 + 1, -(2**63), 2**63 - 1]),
    "uint64": pa.array([7, None, 2**64 - 1], pa.uint64()),
    "bool": pa.array([True, None, False]),
    "float": pa.array([7.0, None, 0.1, float("nan"), float("inf"), 3e38], pa.float32()),
    "double": pa.array([7.0, None, 0.1, float("nan"), -1e300, 2.0**53, 2.0**63, 1e-320]),
    "decimal": pa.array([Decimal("1.50"), None, Decimal("3.00")]),
    "day": pa.array([datetime.date(2026, 1, 2), None]),
    "time": pa.array([datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC), None]),
    "bytes": pa.array([b"Blue", None]),
    "list": pa.array([[7], None]),
    "nothing": pa.nulls(3),
}


def one_by_one(values, dtype, decimal):
    """What each value is, and which are wrong."""
    found, wrong = [], []
    for value in values:
        try:
            found.append(converted(value, dtype, 1, "x", decimal))
            wrong.append(False)
        except UsageError:
            found.append(None)
            wrong.append(True)
    return found, wrong


def at_once(column, dtype, decimal="."):
    rows = pa.RecordBatch.from_arrays([column], ["x"])
    made, wrong = inputs.of_columns(rows, {"x": "x"}, {"x": dtype}, decimal)
    return made["x"], wrong.tolist()


def as_list(made):
    """The strings that TensorFlow would find."""
    if not isinstance(made, Texts):
        return made.tolist()
    import ctypes

    return [ctypes.string_at(int(place), int(size) >> 2) for size, place, _ in made.as_views()]


def check(column, dtype, decimal="."):
    expected, wrong = one_by_one(column.to_pylist(), dtype, decimal)
    made, found_wrong = at_once(column, dtype, decimal)
    assert found_wrong == wrong
    right = [value for value, bad in zip(expected, wrong, strict=True) if not bad]
    made_right = [value for value, bad in zip(as_list(made), wrong, strict=True) if not bad]
    if dtype == "string":
        assert made_right == right
    else:
        assert made.dtype == {"int64": np.int64, "float": np.float32}[dtype]
        np.testing.assert_array_equal(made_right, np.array(right, made.dtype))


@pytest.mark.parametrize("dtype", ["string", "int64", "float"])
@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_is_converted_as_its_values_are(name, dtype):
    check(COLUMNS[name], dtype)
    check(COLUMNS[name].slice(1), dtype)


@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("dtype", ["int64", "float"])
def test_any_few_texts_together_are_converted_as_each_alone(dtype, decimal):
    rng = random.Random(7)
    for _ in range(300):
        check(pa.array(rng.choices([*TEXTS, None], k=rng.randrange(1, 5))), dtype, decimal)


def test_a_column_that_is_not_there_is_missing():
    rows = pa.RecordBatch.from_arrays([pa.array(["5", "6"])], ["fare (usd)"])
    dtypes = {"fare_usd": "float", "company": "string", "hour": "int64"}
    made, wrong = inputs.of_columns(rows, {"fare_usd": "fare (usd)"}, dtypes, ".")
    assert (as_list(made["fare_usd"]), as_list(made["company"]), wrong.any()) == ([5.0, 6.0], [b"", b""], False)
    assert made["hour"].tolist() == [np.iinfo(np.int64).min] * 2
