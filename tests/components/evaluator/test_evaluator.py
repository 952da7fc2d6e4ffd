"""What TFMA is asked to compute, and what its answer becomes: a verdict, a blessing, and sentences."""

from __future__ import annotations

import json
import math
import random

import pytest
import tensorflow as tf

from components import gate_report
from components.evaluator.component import eval_config
from components.evaluator.metrics import results
from components.evaluator.metrics.names import BASELINE, CANDIDATE
from components.evaluator.settings import ReleaseConfig
from tests.made_evaluation import evaluate
from turnstile.labels import BinaryLabel
from turnstile.metrics import METRICS

LABEL = BinaryLabel(kind="binary", column="y")


def config(**release):
    return eval_config(ReleaseConfig.model_validate({"overall": {}, "min_examples": 1} | release), LABEL)


def test_the_candidate_is_compared_with_the_baseline_as_it_is_served():
    models = {spec.name: spec for spec in config().model_specs}
    assert {name: spec.is_baseline for name, spec in models.items()} == {"candidate": False, "baseline": True}
    assert {spec.signature_name for spec in models.values()} == {"serving_default"}
    assert {spec.prediction_key for spec in models.values()} == {"probability"}


def test_slices_are_the_overall_one_and_each_that_is_named():
    found = config(
        slices=["city", ["city", "hour"]],
        per_slice=[{"slice": "day", "metric": "auc", "min": 0.6}],
        gap=[{"column": "age", "metric": "auc", "max": 0.1}],
    )
    columns = [list(spec.feature_keys) for spec in found.slicing_specs]
    assert columns == [[], ["city"], ["city", "hour"], ["day"], ["age"]]


@pytest.mark.parametrize(
    ("release", "least"),
    [
        ({"min_examples": 21}, 21),
        ({"min_examples": 21, "overall": {"example_count": {"min": 5}}}, 21),
        ({"min_examples": 1, "overall": {"example_count": {"min": 30}}}, 30),
    ],
)
def test_tfma_itself_judges_the_number_of_examples_only(release, least):
    ((metric,),) = (spec.metrics for spec in config(**release).metrics_specs)
    (threshold,) = metric.per_slice_thresholds
    assert json.loads(metric.config) == {"task": "binary", "name": "example_count"}
    assert (len(threshold.slicing_specs), threshold.slicing_specs[0].feature_keys) == (1, [])
    assert threshold.threshold.value_threshold.lower_bound.value == least


def group(city, hour, rows, new, old=None):
    """`rows` rows of a slice, every other one positive; `new` and `old`: whether the models are right."""
    right = {True: (0.1, 0.9), False: (0.9, 0.1)}
    old = new if old is None else old
    return [
        {"city": city, "hour": hour, "y": i % 2, "new": right[new][i % 2], "old": right[old][i % 2], "id": i}
        for i in range(rows)
    ]


FINE, WORSE = group("Fine", 1, 200, new=True), group("Worse", 2, 40, new=False, old=True)
POSITIVE = [{"city": "Positive", "hour": 3, "y": 1, "new": 0.8, "old": 0.8, "id": i} for i in range(100)]
ROWS = [*FINE, *WORSE, *POSITIVE]
COMPARED = {
    "overall": {
        "auc": {"min": 0.95, "max_drop": 0.01},
        "log_loss": {"max_rise": 0.1},
        "accuracy": {"min": 0.5, "max_drop": 0.5},
    },
    "per_slice": [
        {"slice": "city", "metric": "auc", "min": 0.9},
        {"slice": "hour", "metric": "accuracy", "min": 0.9, "value": 2},
        {"slice": "hour", "metric": "accuracy", "min": 0.9, "value": 1},
        {"slice": "hour", "metric": "accuracy", "min": 0.9, "value": 23},
    ],
    "min_slice_size": 10,
    "max_flips": 0.05,
    "max_new_errors": 0.05,
    "gap": [{"column": "city", "metric": "accuracy", "max": 0.2}],
}


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """Of 340 examples, the candidate is wrong on the 40 of Worse; of Positive's 100, all are positive."""
    folder = tmp_path_factory.mktemp("compared")
    evaluation, blessed = evaluate(folder, ROWS, COMPARED)
    return evaluation, blessed, gate_report.read(folder / "blessing")


def test_metrics_are_those_of_each_model_and_slice(compared):
    found = results.metrics(compared[0], CANDIDATE)
    assert {key: values["example_count"] for key, values in found.items()} == {
        (): 340, (("city", "Fine"),): 200, (("city", "Worse"),): 40, (("city", "Positive"),): 100,
        (("hour", 1),): 200, (("hour", 2),): 40, (("hour", 3),): 100,
    }  # fmt: skip
    assert set(METRICS["binary"]) <= set(found[()])
    assert found[()]["accuracy"] == pytest.approx(300 / 340)
    assert found[(("city", "Worse"),)]["accuracy"] == 0
    assert results.metrics(compared[0], BASELINE)[()]["accuracy"] == 1


def test_every_bound_that_is_missed_is_a_reason_with_its_evidence(compared):
    _, blessed, report = compared
    assert (blessed, report["verdict"]) == (False, "refused")
    beginnings = [
        "auc (overall) is 0.8333 (0.",
        "auc (overall) changed by -0.1667 (-0.",
        "log_loss (overall) changed by +0.2585 (+0.",
        "the share of new errors (rows that the serving model has right and this one gets wrong) is 0.1176 (0.",
        "the share of flips (rows of which this model predicts another class than the serving one) is 0.1176 (0.",
        "auc (city=Worse) is 0.0000",
        "accuracy (hour=2) is 0.0000 (0.0000 to 0.",
        "the largest gap of accuracy between slices of city is 1.0000 (0.",
        "there is no example of the slice hour=23 to judge",
    ]
    assert len(report["reasons"]) == len(beginnings)
    for reason, beginning in zip(report["reasons"], beginnings, strict=True):
        assert reason.startswith(beginning)
    ends = [
        "expected at least 0.95",
        "it may drop by at most 0.01",
        "it may rise by at most 0.1",
        "expected at most 0.05",
    ]
    assert [reason.split("; ")[1] for reason in report["reasons"][:4]] == ends


def test_the_report_has_each_interval_and_each_bound(compared):
    report = compared[2]
    accuracy = report["intervals"]["accuracy"]
    assert accuracy["low"] < 300 / 340 < accuracy["high"]
    assert report["differences"]["accuracy"]["value"] == pytest.approx(-40 / 340)
    assert report["slices"]["city=Fine"]["intervals"]["accuracy"]["high"] == 1
    (fine,) = (b for b in report["bounds"] if (b["slice"], b["bound"]) == ("hour=1", "min"))
    assert (fine["verdict"], fine["limit"], fine["examples"]) == ("reached", 0.9, 200)


def test_a_metric_without_meaning_in_a_slice_is_told_and_refuses_nothing(compared):
    (note,) = compared[2]["notes"]
    assert note.startswith("auc by city: 1 of 3 slices have too few rows to tell whether it is at least 0.9: Positive")


def test_the_same_rows_in_another_order_and_in_other_files_are_judged_the_same(compared, tmp_path):
    shuffled = random.Random(1).sample(ROWS, len(ROWS))
    evaluate(tmp_path, shuffled, COMPARED)
    found = gate_report.read(tmp_path / "blessing")
    assert json.dumps(found) == json.dumps(compared[2]) or found["intervals"] == {
        name: pytest.approx(interval) for name, interval in compared[2]["intervals"].items()
    }


@pytest.mark.parametrize(("size", "passes"), [(40, False), (41, True)])
def test_a_slice_is_judged_from_the_least_size_on(tmp_path, size, passes):
    release = {
        "overall": {"auc": {"min": 0.7, "max_drop": 0.01}},  # there is no baseline, so no drop
        "per_slice": [{"slice": "city", "metric": "auc", "min": 0.9}],
        "min_slice_size": size,
    }
    evaluation, blessed = evaluate(tmp_path, [*FINE, *WORSE], release, baseline=False)
    report = gate_report.read(tmp_path / "blessing")
    assert blessed is passes
    assert report["verdict"] == ("passed" if passes else "refused")
    assert len(report["reasons"]) == (0 if passes else 1)
    assert report["differences"] == results.metrics(evaluation, BASELINE) == {}


MIXED = [*group("Fine", 1, 180, new=True, old=True), *group("Worse", 2, 20, new=False, old=True)]


@pytest.mark.parametrize(("undecided", "passes"), [("canary", True), ("pass", True), ("refuse", False)])
def test_the_config_decides_about_a_model_that_the_rows_leave_undecided(tmp_path, undecided, passes):
    release = {"overall": {"accuracy": {"min": 0.89}}, "undecided": undecided}
    _, blessed = evaluate(tmp_path, MIXED, release, baseline=False)
    report = gate_report.read(tmp_path / "blessing")
    assert (blessed, report["verdict"]) == (passes, "undecided")
    (sentence,) = report["warnings"] if passes else report["reasons"]
    assert sentence.startswith("accuracy (overall) is 0.9000 (0.8")
    assert ": 200 eval rows cannot tell whether it is at least 0.89; about " in sentence


def test_a_metric_that_is_not_a_number_refuses_and_is_called_undefined(tmp_path):
    rows = [{"city": "Flat", "y": 2.0, "new": 2.5, "old": 2.0}] * 10
    release = {"overall": {"mean_absolute_error": {"max": 1}, "r_squared": {"min": 0.1, "max_drop": 0.1}}}
    evaluation, blessed = evaluate(tmp_path, rows, release, "value", tf.float32)
    assert not blessed
    found = gate_report.read(tmp_path / "blessing")["reasons"]
    assert {sentence.split(" cannot be computed")[0] for sentence in found} == {"r_squared (overall)"}
    assert [sentence for sentence in found if "nan" in sentence] == []
    assert math.isnan(results.metrics(evaluation, CANDIDATE)[()]["r_squared"])


def test_on_too_few_examples_no_model_is_blessed(tmp_path):
    release = {"overall": {"auc": {"min": 0.7}}, "min_examples": 201}
    _, blessed = evaluate(tmp_path, FINE, release, baseline=False)
    assert not blessed
    (reason,) = gate_report.read(tmp_path / "blessing")["reasons"]
    assert reason.startswith("the eval split has 200 examples; expected at least 201: ")
    assert "write under [release]: min_examples = 200 (" in reason
