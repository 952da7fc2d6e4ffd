"""A model that serves, and that Evaluator cannot compare with as it is: converted for, refused, or left out."""

from __future__ import annotations

import pytest
import tensorflow as tf

from components import gate_report
from components.evaluator.metrics import results
from components.evaluator.metrics.names import BASELINE, CANDIDATE
from tests.made_evaluation import Copy, evaluate

# The candidate is wrong about a row in ten; the model that serves, whose column holds integers now, is always right.
ROWS = [{"y": i % 2, "new": 0.9 if i % 10 == 0 else i % 2 * 0.8, "old": i % 2} for i in range(400)]


def release(**accuracy):
    return {"overall": {"auc": {"min": 0.51}, "accuracy": accuracy}}


def test_a_baseline_of_another_type_of_column_is_compared_with(tmp_path):
    evaluation, blessed = evaluate(tmp_path, ROWS, release(max_drop=0.05))
    assert not blessed
    (reason,) = gate_report.read(tmp_path / "blessing")["reasons"]
    assert reason.startswith("accuracy (overall) changed by -0.1000 (")
    assert " at 95 % confidence) against the baseline, from 1.0000 to 0.9000; it may drop by" in reason
    assert results.metrics(evaluation, BASELINE)[()]["accuracy"] == 1


WHY = (
    "version 7, which serves, cannot be compared with this model: it was made for another kind of label: it answers "
    "value, not probability"
)


@pytest.mark.parametrize(
    ("incomparable", "least", "blessed", "report"),
    [
        ("refuse", 0.97, False, {"reasons": [f"{WHY}, so nobody can tell", "accuracy (overall) is 0.9000"]}),
        ("first", 0.8, True, {"reasons": [], "warnings": [f"{WHY}; this model was judged without that comparison"]}),
    ],
)
def test_the_config_decides_about_a_model_that_nothing_can_be_compared_with(
    incomparable, least, blessed, report, tmp_path
):
    other = Copy("new", "value", tf.int64)
    found = evaluate(tmp_path, ROWS, release(min=least) | {"incomparable": incomparable}, baseline=other)
    assert found[1] is blessed
    said = gate_report.read(tmp_path / "blessing")
    assert ("warnings" in said) == ("warnings" in report)
    for name, sentences in report.items():
        assert len(said[name]) == len(sentences)
        assert all(full.startswith(part) for full, part in zip(said[name], sentences, strict=True))
    assert all('incomparable = "first"' in sentence for sentence in said["reasons"][:1]) or incomparable == "first"
    assert results.metrics(found[0], CANDIDATE)[()]["accuracy"] == pytest.approx(0.9)
