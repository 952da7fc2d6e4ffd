"""What TFMA is asked to compute and judge, and what its answer becomes: a blessing, and every failure in words."""

from __future__ import annotations

import math

import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_model_analysis.proto import config_pb2

from components import gate_report
from components.evaluator import results
from components.evaluator.component import eval_config
from components.evaluator.settings import ReleaseConfig
from components.evaluator.tfma_metrics import MEAN_LABEL, ONLY_CLASS
from tests.made_evaluation import evaluate
from turnstile.metrics import METRICS
from turnstile.model_inputs import Columns

LABELS = {
    "binary": {"kind": "binary", "column": "y"},
    "multiclass": {"kind": "multiclass", "column": "y", "classes": ["a", "b", "c"]},
    "regression": {"kind": "regression", "column": "y"},
}


def config(task="binary", **release):
    label = Columns.model_validate({"features": {}, "label": LABELS[task]}).label
    return eval_config(ReleaseConfig.model_validate({"overall": {}, "min_examples": 1} | release), label)


def thresholds(evaluation, name):
    """A metric's thresholds as (keys, values, threshold), keys and values saying which slices."""
    found = [m for spec in evaluation.metrics_specs for m in spec.metrics if f'"{name}"' in m.config]
    assert len(found) == 1
    assert not found[0].HasField("threshold")  # it would apply to every slice
    return [
        (list(where.feature_keys), dict(where.feature_values), each.threshold)
        for each in found[0].per_slice_thresholds
        for where in each.slicing_specs
    ]


@pytest.mark.parametrize("task", sorted(LABELS))
def test_every_metric_of_the_task_is_computed_once_under_its_name(task):
    specs = config(task).metrics_specs
    names = [m.config for spec in specs for m in spec.metrics]
    # To tell slices of one class, and models that say one class only.
    helpers = {"binary": [MEAN_LABEL, ONLY_CLASS], "multiclass": [ONLY_CLASS]}.get(task, [])
    assert sorted(names) == sorted(f'{{"name": "{name}"}}' for name in [*METRICS[task], *helpers])


def test_metrics_of_single_classes_are_averaged_over_all_classes():
    (averaged,) = (spec for spec in config("multiclass").metrics_specs if spec.HasField("aggregate"))
    assert [m.class_name for m in averaged.metrics] == ["AUC", "Precision", "Recall"]
    assert averaged.aggregate.macro_average
    assert dict(averaged.aggregate.class_weights) == {0: 1.0, 1: 1.0, 2: 1.0}


def test_the_candidate_is_compared_with_the_baseline_as_it_is_served():
    models = {spec.name: spec for spec in config().model_specs}
    assert {name: spec.is_baseline for name, spec in models.items()} == {"candidate": False, "baseline": True}
    assert {spec.signature_name for spec in models.values()} == {"serving_default"}
    assert {spec.prediction_key for spec in models.values()} == {"probability"}


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ({"overall": {"auc": {"min": 0.7}}}, [([], {})]),
        ({"per_slice": [{"slice": "city", "metric": "auc", "min": 0.6}]}, [(["city"], {})]),
        ({"per_slice": [{"slice": "city", "metric": "auc", "min": 0.6, "value": "Rome"}]}, [([], {"city": "Rome"})]),
        ({"per_slice": [{"slice": "hour", "metric": "auc", "min": 0.6, "value": 4}]}, [([], {"hour": "4"})]),
        (
            {"overall": {"auc": {"min": 0.7}}, "per_slice": [{"slice": "city", "metric": "auc", "min": 0.6}]},
            [([], {}), (["city"], {})],
        ),
        ({"overall": {"accuracy": {"min": 0.7}}}, []),
    ],
)
def test_a_threshold_applies_to_its_own_slices_only(release, expected):
    assert [(keys, values) for keys, values, _ in thresholds(config(**release), "auc")] == expected


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"min": 0.7}, "value_threshold { lower_bound { value: 0.7 } }"),
        ({"max": 0.7}, "value_threshold { upper_bound { value: 0.7 } }"),
        ({"min": 0.5, "max": 2}, "value_threshold { lower_bound { value: 0.5 } upper_bound { value: 2 } }"),
        ({"max_drop": 0.1}, "change_threshold { direction: HIGHER_IS_BETTER absolute { value: -0.1 } }"),
        ({"max_drop": 0}, "change_threshold { direction: HIGHER_IS_BETTER absolute { value: -0 } }"),
        ({"max_rise": 0.1}, "change_threshold { direction: LOWER_IS_BETTER absolute { value: 0.1 } }"),
    ],
)
def test_bounds_have_the_right_direction_and_sign(bounds, expected):
    ((_, _, found),) = thresholds(config(overall={"auc": bounds}), "auc")
    assert found == text_format.Parse(expected, config_pb2.MetricThreshold())


def test_slices_are_the_overall_one_and_each_that_is_named():
    found = config(slices=["city", ["city", "hour"]], per_slice=[{"slice": "day", "metric": "auc", "min": 0.6}])
    assert [list(spec.feature_keys) for spec in found.slicing_specs] == [[], ["city"], ["city", "hour"], ["day"]]


def group(city, hour, rows, new, old=None):
    """`rows` rows of a slice, every other one positive; `new` and `old`: whether the models are right."""
    right = {True: (0.1, 0.9), False: (0.9, 0.1)}
    old = new if old is None else old
    return [
        {"city": city, "hour": hour, "y": i % 2, "new": right[new][i % 2], "old": right[old][i % 2]}
        for i in range(rows)
    ]


FINE, WORSE = group("Fine", 1, 20, new=True), group("Worse", 2, 4, new=False, old=True)
POSITIVE = [{"city": "Positive", "hour": 3, "y": 1, "new": 0.8, "old": 0.8}] * 10


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """Of 34 examples, the candidate is wrong on the 4 of Worse; of Positive's ten, all are positive."""
    release = {
        "overall": {
            "auc": {"min": 0.95, "max_drop": 0.01},
            "log_loss": {"max_rise": 0.2},
            "accuracy": {"min": 0.5, "max_drop": 0.5},
        },
        "per_slice": [
            {"slice": "city", "metric": "auc", "min": 0.9},
            {"slice": "hour", "metric": "accuracy", "min": 0.9, "value": 2},
            {"slice": "hour", "metric": "accuracy", "min": 0.9, "value": 1},
            {"slice": "hour", "metric": "accuracy", "min": 0.9, "value": 23},
        ],
    }
    return evaluate(tmp_path_factory.mktemp("compared"), [*FINE, *WORSE, *POSITIVE], config(**release))


OVERALL = [
    "auc (overall) changed by -0.1667 against the baseline; allowed is -0.0100",
    "auc (overall) is 0.8333; expected at least 0.95",
    "log_loss (overall) changed by +0.2585 against the baseline; allowed is +0.2000",
]
NEVER = ["there is no example of the slice hour=23 to judge"]
OF_WORSE = ["accuracy (hour=2) is 0.0000; expected at least 0.9", "auc (city=Worse) is 0.0000; expected at least 0.9"]


def test_metrics_are_those_of_each_model_and_slice(compared):
    found = results.metrics(compared[0], results.CANDIDATE)
    assert {key: values["example_count"] for key, values in found.items()} == {
        (): 34, (("city", "Fine"),): 20, (("city", "Worse"),): 4, (("city", "Positive"),): 10,
        (("hour", 1),): 20, (("hour", 2),): 4, (("hour", 3),): 10,
    }  # fmt: skip
    assert set(METRICS["binary"]) <= set(found[()])
    assert found[()]["accuracy"] == pytest.approx(30 / 34)
    assert found[(("city", "Worse"),)]["accuracy"] == 0
    assert results.metrics(compared[0], results.BASELINE)[()]["accuracy"] == 1


@pytest.mark.parametrize(("size", "judged"), [(1, True), (4, True), (5, False), (1000, False)])
def test_failures_of_a_slice_count_from_the_least_size_on(compared, size, judged):
    evaluation, blessed = compared
    assert not blessed
    found = [sentence for sentence in results.failures(evaluation, size) if "Positive" not in sentence]
    assert sorted(found) == sorted(OVERALL + NEVER + OF_WORSE * judged)


def test_a_metric_without_meaning_on_one_class_is_called_undefined(compared):
    found = [sentence for sentence in results.failures(compared[0], 10) if "Positive" in sentence]
    assert found == ["auc (city=Positive) cannot be computed from these rows, for example because all are of one class"]


@pytest.mark.parametrize(("size", "expected"), [(4, False), (5, True)])
def test_a_model_that_fails_only_in_slices_below_the_least_size_is_blessed(tmp_path, size, expected):
    release = {
        "overall": {"auc": {"min": 0.7, "max_drop": 0.01}},  # there is no baseline, so no drop
        "per_slice": [{"slice": "city", "metric": "auc", "min": 0.9}],
    }
    rows = [*FINE, *WORSE]
    evaluation, blessed = evaluate(tmp_path, rows, config(**release), baseline=False, min_slice_size=size)
    assert blessed is expected
    assert results.failures(evaluation, size) == OF_WORSE[1:] * (not expected)
    assert gate_report.read(tmp_path / "blessing") == {"reasons": OF_WORSE[1:] * (not expected)}
    assert results.metrics(evaluation, results.CANDIDATE)[()]["accuracy"] == pytest.approx(20 / 24)
    assert results.metrics(evaluation, results.BASELINE) == {}


def test_a_metric_that_is_not_a_number_is_called_undefined_and_refuses(tmp_path):
    rows = [{"city": "Flat", "y": 2.0, "new": 2.5, "old": 2.0}] * 10
    release = {
        "overall": {"mean_absolute_error": {"max": 1}, "r_squared": {"min": 0.1, "max_drop": 0.1}},
        "per_slice": [{"slice": "city", "metric": "r_squared", "min": 0.1}],
    }
    evaluation, blessed = evaluate(tmp_path, rows, config("regression", **release), "value", tf.float32)
    assert not blessed
    found = results.failures(evaluation, 1)
    assert {sentence.split(" cannot be computed")[0] for sentence in found} >= {
        "r_squared (overall)",
        "r_squared (city=Flat)",
    }
    assert [sentence for sentence in found if "nan" in sentence] == []
    assert math.isnan(results.metrics(evaluation, results.CANDIDATE)[()]["r_squared"])


@pytest.mark.parametrize(
    ("release", "least"),
    [
        ({"min_examples": 21}, 21),
        ({"min_examples": 21, "overall": {"example_count": {"min": 5}}}, 21),
        ({"min_examples": 1, "overall": {"example_count": {"min": 30}}}, 30),
    ],
)
def test_the_least_number_of_examples_is_a_threshold_of_the_overall_slice(release, least):
    ((keys, values, found),) = thresholds(config(**release), "example_count")
    assert (keys, values, found.value_threshold.lower_bound.value) == ([], {}, least)


def test_on_too_few_examples_no_model_is_blessed(tmp_path):
    release = {"overall": {"auc": {"min": 0.7}}, "min_examples": 21}
    _, blessed = evaluate(tmp_path, FINE, config(**release), baseline=False)
    assert not blessed
    (reason,) = gate_report.read(tmp_path / "blessing")["reasons"]
    assert reason.startswith("the eval split has 20 examples; expected at least 21: ")
    assert "write under [release]: min_examples = 20 (" in reason
