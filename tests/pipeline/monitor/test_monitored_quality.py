"""Outcomes that came later: joined by key, of each kind of label, and judged by the bounds of the release."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from pydantic import TypeAdapter

from components.evaluator.settings import ReleaseConfig
from pipeline.monitor import quality
from pipeline.monitor.quality import Asked, Outcomes
from tests import made_logs
from turnstile.errors import UsageError
from turnstile.labels import Label

BINARY = {"kind": "binary", "column": "paid"}
CLASSES = {"kind": "multiclass", "column": "kind", "classes": ["a", "b", "c"]}
NUMBER = {"kind": "regression", "column": "price"}


def judged(folder: Path, label, answers, outcomes, bounds, record=None, least=10):
    """What is said of answers and outcomes, each by key."""
    came = made_logs.outcomes(folder / "came.jsonl", [{"id": key, "came": value} for key, value in outcomes])
    label = TypeAdapter(Label).validate_python(label)
    joined = Outcomes(Asked(came, "id", "came"), label)
    joined.add([made_logs.asked(key, None, said) for key, said in answers])
    release = ReleaseConfig.model_validate({"overall": bounds, "min_examples": least})
    released = SimpleNamespace(columns=SimpleNamespace(label=label), release=release, record=record or {})
    return quality.judged(joined, released)


def binary(count=2000, seed=1, worse=0.0):
    """Answers of a model and what came true; `worse` is how far its logits are off."""
    rng = np.random.default_rng(seed)
    true = rng.normal(0, 2, count)
    said = 1 / (1 + np.exp(-true - rng.normal(0, worse, count))) if worse else 1 / (1 + np.exp(-true))
    came = rng.random(count) < 1 / (1 + np.exp(-true))
    answers = [(f"k{n}", {"probability": float(p), "label": int(p > 0.5)}) for n, p in enumerate(said)]
    return answers, [(f"k{n}", int(value)) for n, value in enumerate(came)]


def test_a_version_is_as_good_undecided_or_worse_by_the_side_of_the_bound_that_the_interval_is_on(tmp_path):
    answers, outcomes = binary()
    good = judged(tmp_path, BINARY, answers, outcomes, {"auc": {"min": 0.7}})
    assert (good.verdict, good.outcomes, good.metrics["auc"]["value"]) == (
        "as good",
        2000,
        pytest.approx(0.87, abs=0.02),
    )
    near = judged(tmp_path, BINARY, answers, outcomes, {"auc": {"min": good.metrics["auc"]["value"]}})
    assert near.verdict == "undecided"
    assert judged(tmp_path, BINARY, answers, outcomes, {"auc": {"min": 0.95}}).verdict == "worse"


def test_a_drop_is_held_against_what_the_version_was_released_with(tmp_path):
    record = {"metrics": {"auc": 0.87}, "intervals": {"auc": {"low": 0.86, "high": 0.88}}}
    bounds = {"auc": {"min": 0.5, "max_drop": 0.05}}
    assert judged(tmp_path, BINARY, *binary(), bounds, record).verdict == "as good"
    found = judged(tmp_path, BINARY, *binary(worse=4.0), bounds, record)
    assert (found.verdict, [each.bound for each in found.answers if each.verdict == "missed"]) == (
        "worse",
        ["max_drop"],
    )
    wide = {"metrics": {"auc": 0.87}, "intervals": {"auc": {"low": 0.5, "high": 1.0}}}
    assert judged(tmp_path, BINARY, *binary(worse=4.0), bounds, wide).verdict == "undecided"


def test_few_outcomes_say_nothing(tmp_path):
    answers, outcomes = binary(50)
    assert judged(tmp_path, BINARY, answers, outcomes, {"auc": {"min": 0.99}}, least=100).verdict == "too few"


def test_a_key_counts_once_with_its_first_answer_and_last_outcome(tmp_path):
    answers, outcomes = binary(200)
    twice = [*answers, *((key, {"probability": 1.5, "label": 1}) for key, _ in answers)]
    late = [*((key, 1 - came) for key, came in outcomes), *outcomes, ("unasked", 1), ("k1", None)]
    one, other = (
        judged(tmp_path, BINARY, *each, {"auc": {"min": 0.5}}) for each in ((answers, outcomes), (twice, late))
    )
    assert one.metrics == other.metrics
    assert (other.outcomes, other.without_answer, other.unusable) == (200, 1, 0)


def test_classes_and_numbers_are_judged_by_their_own_metrics(tmp_path):
    rng = np.random.default_rng(1)
    names, shares = rng.choice(["a", "b", "c"], 300), rng.dirichlet([1, 1, 1], 300)
    answers = [(str(n), {"probabilities": list(map(float, share))}) for n, share in enumerate(shares)]
    found = judged(
        tmp_path, CLASSES, answers, [(str(n), str(name)) for n, name in enumerate(names)], {"auc": {"min": 0.9}}
    )
    assert (found.verdict, found.metrics["accuracy"]["value"]) == ("worse", pytest.approx(1 / 3, abs=0.1))
    values = rng.normal(10, 3, 300)
    answers = [(str(n), {"value": float(v + rng.normal(0, 1))}) for n, v in enumerate(values)]
    found = judged(tmp_path, NUMBER, answers, [(str(n), v) for n, v in enumerate(values)], {"r_squared": {"min": 0.5}})
    assert (found.verdict, found.metrics["mean_absolute_error"]["value"]) == ("as good", pytest.approx(0.8, abs=0.1))


def test_what_is_no_outcome_or_no_answer_is_counted(tmp_path):
    answers, outcomes = binary(100)
    answers[0] = ("k0", {})
    outcomes[1] = ("k1", "perhaps")
    found = judged(tmp_path, BINARY, answers, outcomes, {"auc": {"min": 0.5}})
    assert (found.outcomes, found.unusable, found.without_answer) == (98, 2, 0)


@pytest.mark.parametrize(
    ("answers", "outcomes", "said"),
    [
        (
            [("a", {"probability": 0.5, "label": 1})],
            [("b", 1)],
            r"no 'came' for any key of the log\. Its keys are like a",
        ),
        ([(None, {"probability": 0.5, "label": 1})], [("b", 1)], "no row of the log has a key"),
        ([("a", {})], [("a", 1)], "none of 1 values of 'came' can be held against an answer"),
    ],
)
def test_outcomes_that_belong_to_nothing_are_told(tmp_path, answers, outcomes, said):
    with pytest.raises(UsageError, match=said):
        judged(tmp_path, BINARY, answers, outcomes, {"auc": {"min": 0.5}})


def test_outcomes_without_the_columns_are_told(tmp_path):
    came = made_logs.outcomes(tmp_path / "came.jsonl", [{"trip": 1, "tipped": 1}])
    with pytest.raises(UsageError, match="no column 'id'; there are: trip, tipped"):
        Outcomes(Asked(came, "id", "came"), TypeAdapter(Label).validate_python(BINARY))
