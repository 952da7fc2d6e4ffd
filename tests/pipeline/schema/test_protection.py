"""A proposed schema lets later data of the same source pass, and stops what a slip of units or a lost column makes."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest
from sklearn import datasets
from tensorflow_metadata.proto.v0 import schema_pb2

from components.data_gate.component import judge
from components.data_gate.explanations import expectation
from components.data_gate.settings import DataGateConfig, DataGateSettings
from pipeline.schema.comparison import propose
from pipeline.schema.ranges import ends
from tests import made_statistics
from turnstile.labels import RegressionLabel
from turnstile.model_inputs import Columns

_TRIPS = {"fare": float, "trip_miles": float, "trip_seconds": int, "trip_start_timestamp": int, "trip_start_hour": int}
_TRIPS |= {"pickup_latitude": float, "pickup_longitude": float, "dropoff_community_area": int}
_TRIPS |= {"payment_type": str, "company": str}


def trips():
    """Some columns of the taxi trips, by month."""
    months = defaultdict(lambda: {name: [] for name in _TRIPS})
    with Path("data/taxi/trips.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            for name, kind in _TRIPS.items():
                months[row["trip_start_month"]][name].append(kind(row[name]) if row[name] else None)
    return months


def flowers():
    iris = datasets.load_iris(as_frame=True).frame
    iris["species"] = iris["target"].map({0: "setosa", 1: "versicolor", 2: "virginica"})
    return iris.drop(columns="target")


def halves(frame, seed):
    first = frame.sample(frac=0.5, random_state=seed)
    return [half.to_dict("list") for half in (first, frame.drop(first.index))]


def proposed(folder, columns):
    """What is proposed of rows, of which a fifth is the eval split."""
    train = {name: [v for i, v in enumerate(values) if i % 5] for name, values in columns.items()}
    return propose(
        made_statistics.write(folder, train=train, eval={n: values[::5] for n, values in columns.items()}), None
    )


def told(schema, columns):
    """What DataGate refuses rows for."""
    label = RegressionLabel(kind="regression", column=next(iter(columns)))
    settings = DataGateSettings(columns=Columns(features={}, label=label), policy=DataGateConfig(), reviewed=True)
    return judge(made_statistics.statistics(columns), schema, "train", settings)[0]


def times(columns, factor):
    return {n: [v if v is None or isinstance(v, str) else v * factor for v in vs] for n, vs in columns.items()}


def test_other_months_of_the_taxi_trips_pass_and_cents_and_milliseconds_do_not(tmp_path):
    months = trips()
    schema = proposed(tmp_path, months["6"])
    assert [one for month in ("1", "4", "7", "12") for one in told(schema, months[month])] == []
    numbers = [name for name, kind in _TRIPS.items() if kind is not str]
    for factor in (100, 1000):
        refusals = told(schema, times(months["7"], factor))
        assert [name for name in numbers if not any(f"column '{name}'" in one for one in refusals)] == []
    (seconds,) = [one for one in refusals if "'trip_seconds'" in one]
    assert "The schema expects INT, from 0 to" in seconds
    assert 'allow = ["trip_seconds:INT_TYPE_BIG_INT"]' in seconds


@pytest.mark.parametrize("frame", [flowers(), datasets.load_wine(as_frame=True).frame.drop(columns="target")], ids=len)
def test_the_other_half_of_a_table_passes_and_times_a_hundred_does_not(tmp_path, frame):
    for seed in range(3):
        learned, later = halves(frame, seed)
        schema = proposed(tmp_path / str(seed), learned)
        assert told(schema, later) == []
        numbers = frame.select_dtypes("number").columns
        assert len(told(schema, times(later, 100))) == len(numbers)


@pytest.mark.parametrize(
    ("low", "high", "middle", "expected"),
    [
        (0, 23, (2, 13, 21), (0, 33)),  # hours
        (172, 231, (185, 197, 220), (147, 265)),
        (-12.5, 40, (-5, 10, 28), (-35, 70)),
        (41.66, 42.02, (41.85, 41.89, 41.95), (4.1, 42.15)),  # a tail below
        (-87.91, -87.53, (-87.66, -87.63, -87.6), (-2700, -87.43)),
        (0.5, 170, (4, 7, 31), (0, 3100)),  # a tail
        (0, 1710, (0.5, 2, 10), (0, 18000)),  # and a value that is wrong
        (0, 30, (5, 15, 25), (0, 45)),  # nothing below 0
        (1356998400, 1483228800, (1.37e9, 1.42e9, 1.46e9), (130000000, 45000000000)),  # seconds since 1970
        (2007, 2009, (2007, 2008, 2009), (200, 61000)),  # years
    ],
)
def test_a_range_has_a_margin_on_the_scale_of_the_values(low, high, middle, expected):
    assert ends(low, high, middle, rows=1000) == pytest.approx(expected)


def test_of_few_rows_a_range_is_wide():
    assert ends(0, 23, (2, 13, 21), rows=49) == (0, 690)


def feature_of(folder, values):
    schema = proposed(folder, {"x": values, "other": [1.0] * len(values)})
    (feature,) = [feature for feature in schema.feature if feature.name == "x"]
    return feature, schema


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["yes", "no"] * 100, "one of no, yes"),
        (["a"] * 99 + ["b"] * 99 + ["rare"] * 2, "in at least 80 % of the values one of a, b, rare"),
        ([f"id {i}" for i in range(90)], "BYTES, with a value in"),
        (["2015-03-01", "2015-03-02"] * 100, "BYTES, with a value in"),
        ([0, 1, 1] * 40, "INT, from 0 to 1,"),
        ([7] * 100, "INT, with a value in"),
        ([1.5, None] * 100, "FLOAT"),
        ([2.0, 3.0, 4.0, None] * 50, "in at least 42 % of the rows"),
    ],
)
def test_a_set_of_values_is_closed_where_it_is_small_and_stable(tmp_path, values, words):
    feature, schema = feature_of(tmp_path, values)
    assert words in expectation(feature, schema)
    assert feature.type != schema_pb2.TYPE_UNKNOWN


@pytest.mark.parametrize(
    ("values", "later", "words"),
    [
        (["yes", "no"] * 100, ["yes", "No"] * 100, "Unexpected string values. Seen: No"),
        (["a"] * 99 + ["b"] * 99 + ["c"] * 2, ["A"] * 60 + ["b"] * 140, "Unexpected string values. Seen: A"),
        ([1.0, 2.0] * 100, [1.0] * 180 + [None] * 20, "in at least 92 % of the rows"),
    ],
)
def test_other_spelling_and_lost_values_are_refused(tmp_path, values, later, words):
    _, schema = feature_of(tmp_path, values)
    (refusal,) = told(schema, {"other": [1.0] * len(later), "x": later})
    assert words in refusal


def test_a_column_whose_name_has_other_signs_is_told_by_its_name(tmp_path):
    schema = proposed(tmp_path, {"other": [1.0] * 50, "size (cm)": [1.0, 2.0] * 25})
    (refusal,) = told(schema, {"other": [1.0] * 50, "size (cm)": [100.0, 200.0] * 25})
    assert "column 'size (cm)': " in refusal and '["size (cm):FLOAT_TYPE_BIG_FLOAT"]' in refusal
