"""What is found in requests, and what is not: with few rows, with what is allowed, and without what to compare with."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from tensorflow_metadata.proto.v0 import schema_pb2

from components.data_gate.settings import DataGateConfig
from components.evaluator.settings import ReleaseConfig
from pipeline.monitor import answers, findings
from pipeline.monitor.columns import Columns
from pipeline.monitor.findings import Data, Refusals
from pipeline.monitor.released import Released
from pipeline.monitor.statistics import Statistics
from tests import made_statistics
from turnstile import model_inputs

SCHEMA = schema_pb2.Schema(
    default_environment=["TRAINING", "SERVING"],
    feature=[
        {
            "name": "fare",
            "type": schema_pb2.FLOAT,
            "float_domain": {"max": 1000},
            "skew_comparator": {"jensen_shannon_divergence": {"threshold": 0.1}},
        },
        {
            "name": "company",
            "type": schema_pb2.BYTES,
            "presence": {"min_fraction": 1},
            "skew_comparator": {"infinity_norm": {"threshold": 0.1}},
        },
    ],
)
COLUMNS = model_inputs.Columns.model_validate(
    {
        "features": {"fare": {"kind": "numeric"}, "company": {"kind": "vocabulary"}},
        "label": {"kind": "multiclass", "column": "kind", "classes": ["a", "b"]},
    }
)
ROWS = 2000


def rows(seed, count=ROWS, factor=1.0, company="Blue", filled=0.7):
    rng = np.random.default_rng(seed)
    fares = (rng.lognormal(2, 1, count) * factor).clip(0, 999)
    names = np.where(rng.random(count) < 0.5, company, "Red")
    return [
        {"fare": float(fare), "company": str(name) if there else None}
        for fare, name, there in zip(fares, names, rng.random(count) < filled, strict=True)
    ]


def trained_on():
    found = rows(0, 10_000)
    return made_statistics.statistics({name: [row[name] for row in found] for name in ("fare", "company")})


@pytest.fixture(scope="module")
def released():
    return Released(
        model="taxi",
        version=7,
        folder=Path("absent"),
        record={},
        columns=COLUMNS,
        release=ReleaseConfig(overall={}),
        schema=SCHEMA,
        trained_on=trained_on(),
        examples=None,
    )


def found(released, asked, refusals=(), allow=()):
    """The findings as (column, type, whether it stops)."""
    columns, statistics, refused = Columns(SCHEMA, {}), Statistics(COLUMNS.label), Refusals()
    for start in range(0, len(asked), 300):
        statistics.add(columns.batch(asked[start : start + 300]))
    for reason in refusals:
        refused.add(reason)
    data = Data(statistics.result() if asked else None, columns, refused)
    every, _ = findings.found(data, released, DataGateConfig(allow=allow))
    return [(each.column, kind, each.stops) for each in every for kind in each.types]


def test_rows_like_those_of_training_are_no_finding(released):
    assert found(released, rows(1)) == []


def test_batches_have_the_statistics_of_all_rows_together():
    asked, columns, statistics = rows(1), Columns(SCHEMA, {}), Statistics(COLUMNS.label)
    for start in range(0, ROWS, 30):
        statistics.add(columns.batch(asked[start : start + 30]))
    whole = made_statistics.statistics({name: [row[name] for row in asked] for name in ("fare", "company")})
    one, other = (each.datasets[0].features for each in (statistics.result(), whole))
    assert [f.string_stats.rank_histogram for f in one] == [f.string_stats.rank_histogram for f in other]
    assert [(f.num_stats.min, f.num_stats.max) for f in one] == [(f.num_stats.min, f.num_stats.max) for f in other]
    assert one[0].num_stats.mean == pytest.approx(other[0].num_stats.mean)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (rows(1, factor=20), [("fare", "SKEW", True)]),
        (rows(1, company="Green"), [("company", "SKEW", True)]),
        (rows(1, filled=0.5), [("company", "MISSING", True)]),
        (rows(1, filled=0.0), [("company", "MISSING", True)]),
        (rows(1, 20, factor=2), []),  # so few that chance alone may be why
        ([{"fare": 5e6}, *rows(1)], [("fare", "FLOAT_TYPE_BIG_FLOAT", True)]),
        ([{"fare": "a lot"}, *rows(1)], [("fare", "WRONG_TYPE", True)]),
    ],
    ids=["skew of numbers", "skew of text", "missing more often", "gone", "few rows", "out of range", "wrong type"],
)
def test_what_is_not_as_it_was_is_found(released, asked, expected):
    assert found(released, asked) == expected


def test_what_is_allowed_is_told_and_stops_nothing(released):
    asked = [{"fare": "a lot"}, *rows(1, factor=20, filled=0.5)]
    allow = ("fare:SKEW", "*:MISSING", "fare:*")
    assert found(released, asked, ["no column 'x'"], allow) == [
        ("requests", "REFUSED", True),
        ("fare", "WRONG_TYPE", False),
        ("company", "MISSING", False),
        ("fare", "SKEW", False),
    ]


def test_refusals_alone_are_a_finding_and_of_many_reasons_some_are_told_apart(released):
    assert found(released, [], ["no column 'x'"] * 3) == [("requests", "REFUSED", True)]
    refused = Refusals()
    for number in range(3000):
        refused.add(f"reason {number}")
    assert (refused.count, len(refused.reasons)) == (3000, 1000)


def test_without_the_statistics_of_training_only_the_schema_is_asked(released):
    alone = dataclasses.replace(released, trained_on=None)
    assert found(alone, rows(1, factor=20, filled=0.0)) == []
    assert found(alone, [{"fare": 5e6}, *rows(1)]) == [("fare", "FLOAT_TYPE_BIG_FLOAT", True)]


def test_the_answers_of_several_classes_are_their_shares_also_where_the_eval_rows_are_gone(released):
    said = answers.Answers(COLUMNS.label)
    said.add([{"label": "a"}, {"label": "b"}, {"label": "a"}, {}])
    shift = answers.shift(said, released)
    assert (shift.answers, shift.distance, shift.then) == (3, None, None)
    assert shift.now == {"a": pytest.approx(2 / 3), "b": pytest.approx(1 / 3)}
    assert answers.shift(answers.Answers(COLUMNS.label), released) is None


def test_of_ever_new_texts_only_some_are_kept():
    statistics, count = Statistics(COLUMNS.label), 100_000
    texts = pa.array([[f"text {number}".encode()] for number in range(count)], pa.large_list(pa.large_binary()))
    for start in range(0, count, 10_000):
        statistics.add(pa.RecordBatch.from_arrays([texts.slice(start, 10_000)], ["company"]))
    (column,) = statistics.result().datasets[0].features
    assert len(column.string_stats.rank_histogram.buckets) <= 1000
    assert column.string_stats.unique == pytest.approx(count, rel=0.1)
