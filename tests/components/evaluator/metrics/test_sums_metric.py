"""Metrics as TFMA computes them: the numbers of its own classes, from one pass."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_model_analysis.metrics import metric_types
from tensorflow_model_analysis.proto import config_pb2

from components.evaluator.metrics import results
from components.evaluator.metrics.names import BASELINE, CANDIDATE
from components.evaluator.metrics.sums_metric import SUMS, FromSums
from tests.made_evaluation import evaluate

TFMAS = {
    "auc": "AUC",
    "accuracy": "BinaryAccuracy",
    "precision": "Precision",
    "recall": "Recall",
    "log_loss": "BinaryCrossEntropy",
    "calibration": "Calibration",
    "example_count": "ExampleCount",
    "mean_label": "MeanLabel",
}
RELEASE = {"overall": {"auc": {"min": 0.6, "max_drop": 0.5}}, "slices": ["case"]}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def rows(case, labels, new, old=None):
    old = new if old is None else old
    return [
        {"case": case, "y": int(y), "new": float(n), "old": float(o)} for y, n, o in zip(labels, new, old, strict=True)
    ]


def cases():
    """Rows of each case, by its name; the candidate answers otherwise than the baseline in the first one."""
    rng = np.random.default_rng(1)
    labels = rng.random(1500) < 0.3
    return {
        "random": rows("random", labels, sigmoid(rng.normal(labels, 1)), sigmoid(rng.normal(labels, 2))),
        "ties": rows("ties", labels, np.round(sigmoid(rng.normal(labels, 1)), 1).clip(0.1, 0.9)),
        "constant": rows("constant", [0, 1, 0], [0.3] * 3),
        "at the threshold": rows("at the threshold", [0, 1, 1], [0.5] * 3),
        "positive only": rows("positive only", [1, 1], [0.7, 0.2]),
        "negative only": rows("negative only", [0, 0], [0.7, 0.2]),
        "predicted negative": rows("predicted negative", [0, 1, 0], [0.1, 0.4, 0.2]),
        "one positive": rows("one positive", [1], [0.9]),
        "one negative": rows("one negative", [0], [0.9]),
    }


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory):
    """The metrics of both models by slice, ours and TFMA's own classes' on the same rows."""
    examples = [row for case in cases().values() for row in case]
    folder, _ = evaluate(tmp_path_factory.mktemp("of"), examples, RELEASE, more_metrics=TFMAS.values())
    return {
        (model, key): found for model in (CANDIDATE, BASELINE) for key, found in results.metrics(folder, model).items()
    }


@pytest.mark.parametrize("case", [None, *cases()])
@pytest.mark.parametrize("model", ["candidate", "baseline"])
@pytest.mark.parametrize("name", TFMAS)
def test_ours_is_what_tfma_computes(evaluation, name, model, case):
    found = evaluation[model, (("case", case),) if case else ()]
    assert found[name] == pytest.approx(found[TFMAS[name]], abs=1e-4 if name == "auc" else 1e-6, nan_ok=True)


def test_differences_between_the_models_are_what_tfma_computes(evaluation):
    found = evaluation["candidate", ()]
    for name, theirs in TFMAS.items():
        assert found[f"{name}_diff"] == pytest.approx(found[f"{theirs}_diff"], abs=2e-4)
    assert found["auc_diff"] > 0.05


def of_rows(folder, rows, output, dtype, theirs):
    evaluation, _ = evaluate(folder, rows, {}, output, dtype, baseline=False, more_metrics=theirs.values())
    return results.metrics(evaluation, CANDIDATE)[()]


def test_metrics_of_several_classes_are_what_tfma_computes(tmp_path):
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 3, 900)
    scores = np.exp(rng.normal(0, 1, [900, 3]) + 1.5 * np.eye(3)[labels])
    scores /= scores.sum(axis=1, keepdims=True)
    rows = [{"y": int(y), "new": s.tolist()} for y, s in zip(labels, scores, strict=True)]
    theirs = {"accuracy": "SparseCategoricalAccuracy", "log_loss": "SparseCategoricalCrossentropy"}
    found = of_rows(tmp_path, rows, "probabilities", tf.int64, theirs)
    for name, their in theirs.items():
        assert found[name] == pytest.approx(found[their], abs=1e-5)
    said = scores.argmax(axis=1)
    classes = [labels == number for number in range(3)]
    assert found["recall"] == pytest.approx(np.mean([np.mean(said[c] == labels[c]) for c in classes]))
    of_said = [np.mean(labels[said == n] == n) for n in range(3)]
    assert found["precision"] == pytest.approx(np.mean(of_said))
    areas = [np.mean(np.heaviside(scores[c, n][:, None] - scores[~c, n], 0.5)) for n, c in enumerate(classes)]
    assert found["auc"] == pytest.approx(np.mean(areas), abs=1e-4)
    assert (found["only_class"], found["rarer_rows"]) == (-1, 900 - max(map(np.sum, classes)))


def test_metrics_of_a_number_are_what_tfma_computes(tmp_path):
    rng = np.random.default_rng(3)
    labels = rng.normal(50, 10, 500)
    answers = 5 + 0.8 * labels + rng.normal(0, 5, 500)
    rows = [{"y": float(y), "new": float(p)} for y, p in zip(labels, answers, strict=True)]
    theirs = {"mean_absolute_error": "MeanAbsoluteError", "mean_squared_error": "MeanSquaredError"}
    theirs["calibration"] = "Calibration"
    found = of_rows(tmp_path, rows, "value", tf.float32, theirs)
    for name, their in theirs.items():
        assert found[name] == pytest.approx(found[their], rel=1e-5)
    new = np.array([row["new"] for row in rows])
    assert found["r_squared"] == pytest.approx(1 - np.mean((labels - new) ** 2) / np.var(labels), abs=1e-6)
    assert found["calibration_slope"] == pytest.approx(np.polyfit(new, labels, 1)[0], abs=1e-5)


def test_a_single_model_is_judged_by_what_it_says_at_its_own_decision(tmp_path):
    examples = cases()["random"]
    evaluation, _ = evaluate(tmp_path, examples, RELEASE, baseline=False, decision=0.3)
    found = results.metrics(evaluation, CANDIDATE)[()]
    labels, answers = (np.array([row[name] for row in examples], np.float32) for name in ("y", "new"))
    assert found["accuracy"] == pytest.approx(np.mean((answers > 0.3) == labels))
    assert found["recall"] == pytest.approx(np.mean(answers[labels == 1] > 0.3))
    assert found["calibration"] == pytest.approx(answers.sum() / labels.sum())


def computations(**arguments):
    return FromSums("binary").computations(**arguments)


def test_all_metrics_of_a_model_are_one_pass():
    found = computations(eval_config=config_pb2.EvalConfig(), model_names=["candidate", "baseline"])
    assert len(found) == 2
    assert {isinstance(each, metric_types.MetricComputation) for each in found} == {True}
    assert {len(each.keys) for each in found} == {len(SUMS["binary"].METRICS) + 1}


def test_example_weights_are_refused_not_left_out_silently():
    with pytest.raises(ValueError, match="does not support example weights"):
        computations(eval_config=config_pb2.EvalConfig(), example_weighted=True)


@pytest.mark.parametrize("value", [None, np.array([0.2, 0.8])])
def test_an_example_without_one_number_is_named(value):
    (preprocessor,) = computations()[0].preprocessors
    extracts = {"features": {"_group": np.array([3])}, "labels": np.array([1]), "predictions": value}
    with pytest.raises(ValueError, match="one number among an example's predictions"):
        list(preprocessor.process(extracts))
