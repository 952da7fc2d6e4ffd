"""The report of the arms: what each was asked, by whom it was answered and how fast, for people and as JSON."""

from __future__ import annotations

import json

import pytest

from serving.ab.arm_report import ArmReport, lines


def report(arm="stable", **others):
    return ArmReport(arm, **others)


@pytest.fixture
def busy():
    """An arm with four rows: two versions answered, one row failed."""
    found = report(rows=4, without_key=1)
    for version, outputs in ((7, {"value": 1.0}), (7, {"value": 2.0}), (None, {"value": 4.5})):
        found.versions[version] += 1
        found.add(outputs)
    found.errors["a:1: no answer"] += 1
    found.seconds += [0.010, 0.030]
    return found


def test_it_adds_up(busy):
    assert busy.answered + busy.errors.total() == busy.rows
    assert busy.means == {"value": 2.5}
    assert (busy.milliseconds(50), busy.milliseconds(100)) == (pytest.approx(20), pytest.approx(30))


def test_json_has_all_of_it(busy):
    assert json.loads(json.dumps(busy.as_dict(), allow_nan=False)) == {
        "rows": 4,
        "rows_without_key": 1,
        "requests": 2,
        "errors": 1,
        "error_messages": ["a:1: no answer"],
        "versions": {"7": 2, "unknown": 1},
        "latency_ms": {"p50": pytest.approx(20), "p99": pytest.approx(29.8)},
        "means": {"value": 2.5},
    }


def test_only_numbers_have_a_mean_and_only_over_the_rows_that_have_one():
    found = report()
    outputs = {"label": "rose", "probabilities": [0.5, 0.5], "yes": True, "value": 3.0}
    for value in (1.0, None, float("inf"), 2):
        found.versions[7] += 1
        found.add(outputs | {"value": value})
    assert found.means == {"value": 1.5, "yes": 1}
    json.dumps(found.as_dict(), allow_nan=False)


def test_version_0_is_a_version():
    found = report()
    found.versions[0] += 1
    assert found.as_dict()["versions"] == {"0": 1}
    assert lines([found])[1].endswith("0: 1")


def test_an_arm_that_got_nothing():
    found = report("canary")
    assert (found.answered, found.means, found.milliseconds(50)) == (0, {}, None)
    assert found.as_dict()["latency_ms"] == {"p50": None, "p99": None}
    assert lines([found])[1].split() == ["canary", "0", "0", "0", "-", "-", "-"]


def test_a_table_for_people(busy):
    other = report("canary", rows=1200)
    other.versions[8] += 1200
    other.add({"probability": 0.25})
    assert lines([busy, other]) == [
        "arm     rows   errors  requests  p50 ms  p99 ms  mean probability  mean value  versions",
        "stable  4      1       2         20.0    29.8    -                 2.5         7: 2, unknown: 1",
        "canary  1,200  0       0         -       -       0.25              -           8: 1,200",
        "stable: 1 row: a:1: no answer",
        "stable: 1 row without a key; such rows all go to this arm",
    ]


def test_of_many_different_errors_the_most_frequent_are_shown():
    found = report(rows=15)
    for number in range(1, 6):
        found.errors[f"error {number}"] += number
    notes = lines([found])[2:]
    assert notes == ["stable: 5 rows: error 5", "stable: 4 rows: error 4", "stable: 3 rows: error 3"]
    assert len(found.as_dict()["error_messages"]) == 5
