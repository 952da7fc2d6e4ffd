"""Explanations of rows by a model's answers: each kind of label, missing values, text, and what the background is."""

import numpy as np
import pytest

from benchmarks.exact_shapley import exact
from serving.client.base import RawSignature
from serving.explain.background import spread
from serving.explain.explaining import Explainer
from serving.explain.scores import LEAST_PROBABILITY, Scale, scale
from serving.explain.settings import Settings
from serving.model.dtypes import FLOAT, INT64, STRING
from turnstile.errors import UsageError
from turnstile.null_values import MISSING_INT

INPUTS = {"city": "string", "floor": "int64", "size": "float"}
BACKGROUND = {
    "city": np.array([b"Rome", b"", b"Oslo", b"Rome"], object),
    "floor": np.array([1, 2, MISSING_INT, 0]),
    "size": np.array([50, np.nan, 70, 90], np.float32),
}
ROW = {"city": np.array([b"Oslo"], object), "floor": np.array([3]), "size": np.array([120.5], np.float32)}
MISSING = {
    "city": np.array([b""], object),
    "floor": np.array([MISSING_INT]),
    "size": np.array([np.nan], np.float32),
}


def score(rows):
    """All three features act together, and missing values count."""
    oslo, missing = rows["city"] == b"Oslo", rows["floor"] == MISSING_INT
    size = np.nan_to_num(rows["size"], nan=10.0) / 50
    return np.where(missing, -1.0, rows["floor"] * size * (1 + oslo)) + (rows["city"] == b"")


def of_regression(rows):
    return {"value": score(rows).astype(np.float32)}


def of_binary(rows):
    probability = (1 / (1 + np.exp(-score(rows)))).astype(np.float32)
    return {"label": (probability > 0.5).astype(np.int64), "probability": probability}


def of_classes(rows):
    logits = np.stack([score(rows), -score(rows), np.full(len(rows["size"]), 0.5)], axis=1)
    found = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    names = np.array([b"a", b"b", b"c"], object)[found.argmax(axis=1)]
    return {"label": names, "probabilities": found.astype(np.float32)}


KINDS = {
    "regression": (of_regression, {"value": FLOAT}),
    "binary": (of_binary, {"label": INT64, "probability": FLOAT}),
    "multiclass": (of_classes, {"label": STRING, "probabilities": FLOAT}),
}


def explainer(task, pairs=500, background=BACKGROUND, ask=None, **more):
    function, outputs = KINDS[task]
    return Explainer(ask or function, RawSignature(INPUTS, outputs), background, Settings(pairs=pairs), **more)


def truth(task, row):
    function, _ = KINDS[task]
    of = Scale(task)
    place = of.place(function(row)[of.output][0])

    def score(own):
        mixed = [
            {name: np.where(own[:, j], row[name], BACKGROUND[name][k]) for j, name in enumerate(INPUTS)}
            for k in range(4)
        ]
        return np.mean([of.of(function(rows)[of.output], place) for rows in mixed], axis=0)

    return exact(score, len(INPUTS))


@pytest.mark.parametrize("row", [ROW, MISSING], ids=["whole", "missing"])
@pytest.mark.parametrize("task", KINDS)
def test_sampled_values_are_near_the_exact_ones_and_add_up(task, row):
    explained = explainer(task)
    found = explained(row)
    values, errors = found.contributions
    assert np.abs(values - truth(task, row)).max() < 4 * errors.max() + 1e-6
    assert found.base + values.sum() == pytest.approx(found.score, abs=1e-9)
    function, _ = KINDS[task]
    answer = function(row)[explained.scale.output]
    assert found.score == explained.scale.of(answer, explained.scale.place(answer[0]))[0]


def test_the_answer_stands_beside_it_as_predict_has_it():
    assert explainer("regression", 2)(ROW).answer == {"value": pytest.approx(14.46)}
    assert explainer("binary", 2)(ROW).answer["label"] == 1
    assert explainer("multiclass", 2)(ROW).answer["label"] == "a"
    assert explainer("multiclass", 2)(MISSING).answer["label"] == "c"


def test_of_several_classes_the_one_that_is_answered_is_explained():
    found = explainer("multiclass", 2)(MISSING)
    of_c = of_classes(MISSING)["probabilities"][0, 2]
    assert found.score == pytest.approx(np.log(of_c / (1 - of_c)), abs=1e-5)


def test_a_probability_that_was_rounded_to_1_has_finite_log_odds():
    assert Scale("binary").of(np.array([0, 0.5, 1], np.float32)) == pytest.approx(
        [np.log(LEAST_PROBABILITY), 0, -np.log(LEAST_PROBABILITY)], abs=1e-6
    )


def test_a_rows_explanation_depends_on_nothing_but_the_row_and_the_seed():
    first, second = explainer("binary", 8), explainer("binary", 8)
    first(MISSING)
    assert (first(ROW).contributions.values == second(ROW).contributions.values).all()
    other = Explainer(of_binary, RawSignature(INPUTS, KINDS["binary"][1]), BACKGROUND, Settings(pairs=8, seed=2))
    assert (other(ROW).contributions.values != first(ROW).contributions.values).any()


def test_it_is_one_request_unless_a_server_takes_fewer_rows():
    sizes = []

    def ask(rows):
        sizes.append(len(rows["size"]))
        return of_binary(rows)

    whole = explainer("binary", 2, ask=ask)(ROW)
    assert sizes == [4, 4 * 2 * 2 * 2 + 1]
    sizes.clear()
    parts = explainer("binary", 2, ask=ask, rows_of_a_request=3)(ROW)
    assert sizes == [3, 1, *[3] * 11]
    assert (parts.contributions.values == whole.contributions.values).all()


def test_the_background_is_spread_over_all_rows_that_there_are():
    assert spread(10, 4).tolist() == [0, 2, 5, 7]
    assert spread(4, 10).tolist() == [0, 1, 2, 3]
    many = {name: np.repeat(column, 16) for name, column in BACKGROUND.items()}
    explained = explainer("binary", 2, many)
    assert (explained.compared, explainer("binary", 2).compared) == (32, 4)
    scores = Scale("binary").of(of_binary(BACKGROUND)["probability"])
    assert explained(ROW).base == pytest.approx(scores.mean(), abs=1e-9)
    assert explained(ROW).base_error == pytest.approx(np.repeat(scores, 8).std(ddof=1) / np.sqrt(32))


def test_a_single_row_of_a_background_will_do():
    found = explainer("regression", 2, {name: column[:1] for name, column in BACKGROUND.items()})(ROW)
    assert found.base + found.contributions.values.sum() == pytest.approx(found.score)
    assert found.base_error is None


def test_a_model_that_answers_something_else_is_refused():
    with pytest.raises(
        UsageError, match=r"^the model answers total; expected one of: probability, probabilities, value"
    ):
        scale({"total": FLOAT})
