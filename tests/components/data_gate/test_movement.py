"""What moved since earlier data, or in requests: what stops a run, what only warns, and what chance explains."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from components.data_gate import movement
from components.data_gate.settings import DataGateConfig, DataGateSettings
from tests import made_statistics
from turnstile.model_inputs import Columns

SCHEMA = """
    feature { name: "fare" type: FLOAT drift_comparator { jensen_shannon_divergence { threshold: 0.1 } }
              skew_comparator { jensen_shannon_divergence { threshold: 0.1 } } }
    feature { name: "payment" type: BYTES drift_comparator { infinity_norm { threshold: 0.1 } } }
    feature { name: "hour" type: INT }
    feature { name: "gone" type: INT lifecycle_stage: DEPRECATED
              drift_comparator { jensen_shannon_divergence { threshold: 0.0 } } }
"""
COLUMNS = Columns.model_validate({"features": {}, "label": {"kind": "regression", "column": "hour"}})
ROWS = 500


def trips(seed, times=1.0, cash="Cash", share=0.6, rows=ROWS, cents=False):
    """Trips of a day: fares with a long tail, of which a tenth is a round one; the hour moves as it likes."""
    rng = random.Random(seed)
    fares = [times * (45.0 if rng.random() < 0.1 else rng.lognormvariate(2, 0.8)) for _ in range(rows)]
    return {
        "fare": [100 * fare for fare in fares] if cents else fares,
        "payment": [cash if rng.random() < share else "Card" for _ in range(rows)],
        "hour": [seed % 24] * rows,
        "gone": [seed] * rows,
    }


@pytest.fixture
def days(tmp_path):
    """Writes the statistics of days, and compares one with others."""

    class Days:
        def written(self, trips, split="train"):
            folder = Path(tmp_path / str(len(list(tmp_path.iterdir()))))
            return made_statistics.write(folder, **{split: trips})

        def judged(self, today, *before, served=None, allow=(), compared="train", schema=SCHEMA, path="{SPAN}.csv"):
            told = {"drift": [{"name": f"span {n}", "statistics": str(self.written(b, compared))}
                              for n, b in enumerate(before)]}  # fmt: skip
            if served:
                told["skew"] = {"statistics": str(self.written(served) / "Split-train"), "digest": "1"}
            return self.told(json.dumps(told), today, allow, compared, schema, path)

        def told(self, words, today, allow=(), compared="train", schema=SCHEMA, path="{SPAN}.csv"):
            settings = DataGateSettings(
                columns=COLUMNS,
                policy=DataGateConfig(allow=allow),
                reviewed=True,
                data_path=path,
                compared=compared,
            )
            folder = self.written(today, compared) / f"Split-{compared}"
            return movement.judged(words, {compared: folder}, text_format.Parse(schema, schema_pb2.Schema()), settings)

    return Days()


def verdicts(found):
    return {(each["column"], each["against"]): each["verdict"] for each in found.distances}


def test_another_day_of_the_same_kind_is_within_its_bounds_and_each_distance_is_told(days):
    found = days.judged(trips(1), trips(2))
    assert (found.refusals, found.warnings, found.notes) == ([], [], [])
    fare, payment = found.distances
    assert (fare["column"], fare["measure"], fare["limit"]) == ("fare", "JENSEN_SHANNON_DIVERGENCE", 0.1)
    assert (payment["column"], payment["measure"], payment["limit"]) == ("payment", "L_INFTY", 0.1)
    assert 0 < fare["value"] < fare["chance"] < 0.1
    assert 0 < payment["value"] < payment["chance"]
    assert {(each["split"], each["kind"], each["against"]) for each in found.distances} == {
        ("train", "drift", "span 0")
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"cents": True},
            ["column 'fare' has drifted: its distance from span 0 is 0.", "the schema allows 0.1. Its median was 7.",
             'allow = ["fare:DRIFT"]', "turnstile schema comparators"],
        ),
        ({"times": 2.0}, ["column 'fare' has drifted"]),
        ({"cash": "CASH"}, ["'payment' has drifted", "'CASH' was 0 % of its values and is 6", '"payment:DRIFT"']),
        ({"share": 0.3}, ["column 'payment' has drifted", "'Cash' was"]),
    ],
    ids=["fares-in-cents", "fares-doubled", "payment-types-renamed", "fewer-pay-cash"],
)  # fmt: skip
def test_a_jump_is_refused_with_its_distance_what_moved_and_what_to_do(days, change, words):
    found = days.judged(trips(1, **change), trips(2))
    (refusal,) = found.refusals
    assert [word for word in words if word not in refusal] == []
    assert sorted(verdicts(found).values()) == ["refused", "within"]
    assert found.warnings == []


@pytest.mark.parametrize("rule", ["fare:DRIFT", "*:DRIFT", "fare:*"])
def test_what_is_allowed_only_warns(days, rule):
    found = days.judged(trips(1, cents=True), trips(2), allow=(rule,))
    assert found.refusals == []
    (warning,) = found.warnings
    assert warning.endswith('"fare:DRIFT" under [data_gate] lets it pass.')
    assert verdicts(found)["fare", "span 0"] == "warned"


@pytest.mark.parametrize("rule", ["payment:DRIFT", "fare:SKEW", "fare:FLOAT_TYPE_BIG_FLOAT"])
def test_what_is_allowed_of_another_column_or_kind_does_not_count(days, rule):
    assert len(days.judged(trips(1, cents=True), trips(2), allow=(rule,)).refusals) == 1


def test_a_slow_drift_only_warns(days):
    found = days.judged(trips(1, times=1.9), trips(2, times=1.5), trips(3))
    assert found.refusals == []
    (warning,) = found.warnings
    assert "column 'fare' has drifted: its distance from span 1 is" in warning
    assert warning.endswith("it moves slowly.")
    assert verdicts(found) | {("payment", "span 0"): "", ("payment", "span 1"): ""} == {
        ("fare", "span 0"): "within",
        ("fare", "span 1"): "warned",
        ("payment", "span 0"): "",
        ("payment", "span 1"): "",
    }


def test_of_a_jump_it_is_not_told_too_that_it_was_slow(days):
    found = days.judged(trips(1, cents=True), trips(2), trips(3))
    assert (len(found.refusals), found.warnings) == (1, [])
    assert verdicts(found)["fare", "span 1"] == "warned"


def test_a_long_value_of_several_lines_is_told_on_one_and_shortened(days):
    (refusal,) = days.judged(trips(1, cash="Cash\nor " + 50 * "x"), trips(2)).refusals
    assert f"'Cash or {31 * 'x'}…' was 0 %" in refusal


def test_few_rows_that_differ_by_chance_only_warn(days):
    found = days.judged(trips(1, share=0.8, rows=40), trips(2, share=0.5, rows=40))
    assert found.refusals == []
    fare, payment = found.warnings
    assert "With so few rows, chance alone can make it 0.4." in fare
    assert "column 'payment' has drifted" in payment
    assert "With so few rows, chance alone can make it 0.37." in payment
    assert len(days.judged(trips(1, share=0.8), trips(2, share=0.5)).refusals) == 1


def test_requests_are_compared_with_the_train_split(days):
    found = days.judged(trips(1), trips(2), served=trips(3))
    assert (found.refusals, found.warnings) == ([], [])
    (skew,) = [each for each in found.distances if each["kind"] == "skew"]
    assert (skew["column"], skew["split"], skew["verdict"]) == ("fare", "train", "within")
    (refusal,) = days.judged(trips(1), trips(2), served=trips(3, cents=True)).refusals
    assert "column 'fare' is skewed: its distance from the requests that turnstile monitor has seen is 0." in refusal
    assert 'allow = ["fare:SKEW"]' in refusal
    assert "turnstile schema comparators" not in refusal
    assert days.judged(trips(1), trips(2), served=trips(3, cents=True), allow=("fare:SKEW",)).refusals == []


def test_the_newest_span_is_compared_where_it_is_the_eval_split(days):
    found = days.judged(trips(1, cents=True), trips(2), compared="eval")
    assert [each["split"] for each in found.distances] == ["eval", "eval"]
    assert len(found.refusals) == 1


@pytest.mark.parametrize(
    ("told", "path", "words"),
    [
        ('{"drift": []}', "{SPAN}.csv", "no earlier span has passed"),
        ('{"drift": []}', "trips.csv", "no other data has passed"),
        ('{"drift": null}', "{SPAN}.csv", "no records of earlier runs"),
        (None, "{SPAN}.csv", "no records of earlier runs"),
    ],
)
def test_where_there_is_nothing_to_compare_with_it_is_said(days, told, path, words):
    found = days.told(told, trips(1), path=path)
    assert (found.refusals, found.warnings, found.distances) == ([], [], [])
    (note,) = found.notes
    assert words in note


@pytest.mark.parametrize("told", [None, "{}"])
def test_a_schema_without_comparators_asks_for_nothing(days, told):
    assert days.told(told, trips(1), schema='feature { name: "fare" type: FLOAT }') == movement.Found()


def test_a_column_that_cannot_be_compared_is_named(days):
    schema = 'feature { name: "fare" drift_comparator { infinity_norm { threshold: 0.1 } } }'
    found = days.judged(trips(1, cents=True), trips(2), schema=schema)
    assert (found.refusals, found.distances) == ([], [])
    assert "write jensen_shannon_divergence into the schema" in found.notes[0]
    empty = {**trips(2), "fare": [None] * ROWS}
    note = days.judged(trips(1), empty).notes[0]
    assert "Column 'fare' was not compared with span 0: one of them has no values, or of another type." in note
