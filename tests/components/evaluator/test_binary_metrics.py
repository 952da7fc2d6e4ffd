"""Metrics of a binary label as TFMA computes them: the numbers of its own classes, from one pass."""

from __future__ import annotations

import numpy as np
import pytest
from tensorflow_model_analysis.metrics import metric_types
from tensorflow_model_analysis.proto import config_pb2

from components.evaluator import binary_metrics, results
from components.evaluator.component import eval_config
from components.evaluator.settings import ReleaseConfig
from tests.made_evaluation import evaluate
from turnstile.model_inputs import Columns

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


def config(tfmas=False):
    label = Columns.model_validate({"features": {}, "label": {"kind": "binary", "column": "y"}}).label
    made = eval_config(ReleaseConfig.model_validate(RELEASE), label)
    for metric in made.metrics_specs[0].metrics if tfmas else ():
        for name in TFMAS:
            if f'"{name}"' in metric.config:
                metric.class_name = TFMAS[name]
                metric.ClearField("module")
    return made


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
def evaluations(tmp_path_factory):
    """The metrics of both models by slice, ours and TFMA's own classes' on the same rows."""
    examples = [row for case in cases().values() for row in case]
    folders = [evaluate(tmp_path_factory.mktemp("of"), examples, config(tfmas))[0] for tfmas in (False, True)]
    return [
        {
            (model, key): found
            for model in (results.CANDIDATE, results.BASELINE)
            for key, found in results.metrics(folder, model).items()
        }
        for folder in folders
    ]


def test_both_find_the_same_slices_and_metrics(evaluations):
    ours, theirs = evaluations
    assert {key: set(found) for key, found in ours.items()} == {key: set(found) for key, found in theirs.items()}
    assert len(ours) == 2 * (1 + len(cases()))
    assert set(TFMAS) <= set(ours["candidate", ()])


@pytest.mark.parametrize("case", [None, *cases()])
@pytest.mark.parametrize("model", ["candidate", "baseline"])
@pytest.mark.parametrize("name", TFMAS)
def test_ours_is_what_tfma_computes(evaluations, name, model, case):
    key = (model, (("case", case),) if case else ())
    ours, theirs = (found[key][name] for found in evaluations)
    assert ours == pytest.approx(theirs, abs=1e-4 if name == "auc" else 1e-6, nan_ok=True)


def test_differences_between_the_models_are_what_tfma_computes(evaluations):
    ours, theirs = ({n: v for n, v in found["candidate", ()].items() if n.endswith("_diff")} for found in evaluations)
    assert ours == pytest.approx(theirs, abs=2e-4)
    assert ours["auc_diff"] > 0.05


def test_a_single_model_is_judged_by_what_it_says_at_its_own_decision(tmp_path):
    examples = cases()["random"]
    evaluation, _ = evaluate(tmp_path, examples, config(), baseline=False, decision=0.3)
    found = results.metrics(evaluation, results.CANDIDATE)[()]
    labels, answers = (np.array([row[name] for row in examples], np.float32) for name in ("y", "new"))
    assert found["accuracy"] == pytest.approx(np.mean((answers > 0.3) == labels))
    assert found["recall"] == pytest.approx(np.mean(answers[labels == 1] > 0.3))
    assert found["calibration"] == pytest.approx(answers.sum() / labels.sum())


def computations(**arguments):
    specs = config().metrics_specs[0].metrics
    return [c for m in specs for c in getattr(binary_metrics, m.class_name)(m.config).computations(**arguments)]


def test_all_metrics_of_a_model_share_one_pass():
    found = computations(eval_config=config(), model_names=["candidate", "baseline"])
    assert len({c for c in found if isinstance(c, metric_types.MetricComputation)}) == 2
    derived = {c for c in found if isinstance(c, metric_types.DerivedMetricComputation)}
    assert len(derived) == 2 * len(config().metrics_specs[0].metrics)


def test_example_weights_are_refused_not_left_out_silently():
    with pytest.raises(ValueError, match="does not support example weights"):
        computations(eval_config=config_pb2.EvalConfig(), example_weighted=True)


@pytest.mark.parametrize("value", [None, np.array([0.2, 0.8])])
def test_an_example_without_one_number_is_named(value):
    (preprocessor,) = computations()[0].preprocessors
    with pytest.raises(ValueError, match="one number among an example's predictions"):
        list(preprocessor.process({"labels": np.array([1]), "predictions": value}))
