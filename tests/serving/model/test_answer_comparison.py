"""Answers held against the trainer's own: every row and every output has to be there."""

from __future__ import annotations

import numpy as np
import pytest

from serving.model.answer_comparison import differences, differences_alone
from serving.model.warmup import Recorded

ROWS = 3
VALUES = np.array([0.5, 1.5, 2.5], np.float32)
LABELS = np.array([b"a", b"b", b"c"], object)
ANSWER = {"value": VALUES, "label": LABELS}
RECORDED = Recorded("raw", {"x": 2 * VALUES}, ANSWER)
ALONE = [RECORDED.row(row).outputs for row in range(ROWS)]


def test_the_same_answers_are_no_difference():
    assert list(differences(RECORDED, ANSWER, ROWS)) == []
    assert list(differences(RECORDED, {name: values[:2] for name, values in ANSWER.items()}, 2)) == []
    assert list(differences_alone(RECORDED, ALONE)) == []
    assert list(differences_alone(RECORDED, ALONE[:2])) == []


@pytest.mark.parametrize("rows", [0, 1, ROWS - 1, ROWS + 1])
def test_an_answer_to_another_number_of_rows_is_a_difference(rows):
    (reason,) = differences(RECORDED, ANSWER | {"value": np.resize(VALUES, rows)}, ROWS)
    assert reason.startswith(
        f"signature 'raw', output 'value': the answer has shape [{rows}]; expected [3]; train and export it again"
    )


@pytest.mark.parametrize("answers", [{}, {"other": VALUES}])
def test_a_missing_output_is_a_difference(answers):
    reasons = [reason.split(";")[0] for reason in differences(RECORDED, answers, ROWS)]
    assert reasons == [f"signature 'raw', output '{name}': the answer does not have it" for name in ANSWER]


@pytest.mark.parametrize("recorded", [VALUES[:0], VALUES[:1], np.float32(0.5)])
def test_answers_that_the_trainer_did_not_record_prove_nothing(recorded):
    lacking = RECORDED._replace(outputs={"value": recorded})
    for answer in (recorded, VALUES):
        (reason,) = differences(lacking, {"value": answer}, ROWS)
        assert f"the trainer recorded values of shape {list(recorded.shape)} for 3 rows" in reason


@pytest.mark.parametrize(
    "values",
    [[VALUES[:0], VALUES[:2]], [VALUES[:1], VALUES[1:]], [np.float32(0.5)]],
    ids=["none and two", "one and two", "no batch"],
)
def test_each_row_alone_needs_one_answer(values):
    wrong = next(row for row, value in enumerate(values) if value.shape != (1,))
    answers = [{"value": value, "label": LABELS[row : row + 1]} for row, value in enumerate(values)]
    (reason,) = differences_alone(RECORDED, answers)
    assert reason.startswith(
        f"row {wrong + 1} alone, signature 'raw', output 'value': "
        f"the answer has shape {list(values[wrong].shape)}; expected [1]; "
    )


def test_a_missing_output_of_a_row_alone_is_a_difference():
    (reason,) = differences_alone(RECORDED, [ALONE[0], {"value": VALUES[1:2]}])
    assert reason.startswith("row 2 alone, signature 'raw', output 'label': the answer does not have it; ")
