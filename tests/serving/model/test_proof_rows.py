"""A model that answers another number of rows than it was asked about is refused, whatever the answers are."""

from __future__ import annotations

import pytest
import tensorflow as tf

from serving.model.proof import Limits, check
from serving.model.proof_process import check_apart
from tests.made_exports import Weighing, export, sample, write_sample

LIMITS = Limits(max_size_mb=10, max_latency_ms=1000)


def first(rows):
    """Passes on so many rows of however many there are."""
    return lambda x: x[:rows]


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_a_model_that_answers_fewer_rows_than_asked_is_refused(tmp_path, rows):
    reasons = check(export(tmp_path / "model", Weighing(extra=first(rows))), sample(), LIMITS)["reasons"]
    assert [reason.split("; ")[:2] for reason in reasons] == [
        [f"signature '{name}', output 'value': the answer has shape [{rows}]", "expected [3]"]
        for name in ("serving_default", "raw")
    ]


@pytest.mark.parametrize("rows", [0, 2])
def test_a_model_that_answers_a_row_alone_with_another_number_of_rows_is_refused(tmp_path, rows):
    def batches_only(x):
        return tf.cond(tf.size(x) > 1, lambda: x, lambda: tf.tile(x, [rows]))

    reasons = check(export(tmp_path / "model", Weighing(extra=batches_only)), sample(), LIMITS)["reasons"]
    assert [reason.split("; ")[:2] for reason in reasons] == [
        [f"row 1 alone, signature '{name}', output 'value': the answer has shape [{rows}]", "expected [1]"]
        for name in ("serving_default", "raw")
    ]


def test_a_model_that_answers_nothing_is_refused_by_a_fresh_process_too(tmp_path):
    asked = write_sample(tmp_path / "requests_and_answers")
    reasons = check_apart(export(tmp_path / "model", Weighing(extra=first(0))), asked, LIMITS)["reasons"]
    assert len([reason for reason in reasons if "the answer has shape [0]; expected [3]" in reason]) == 2
