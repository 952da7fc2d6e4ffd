"""A model that begins with the weights of another: what moves where, and what makes it begin from nothing."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.trainer import warm_start
from components.trainer.model import build_model
from components.trainer.settings import TrainingConfig
from components.trainer.warm_start import Begun, begin
from turnstile.model_inputs import INDICES, NUMBERS, WORDS, Columns

FEATURES = {
    "fare": {"kind": "numeric"},
    "miles": {"kind": "bucketized", "buckets": 3},
    "company": {"kind": "vocabulary", "top_k": 3, "oov_buckets": 1},
    "payment": {"kind": "vocabulary", "top_k": 2, "oov_buckets": 1},
    "note": {"kind": "text", "top_k": 3, "terms": 2},
}
LABEL = {"kind": "binary", "column": "tips"}
SMALL = TrainingConfig(hidden_units=(4,), heads=2, embedding_dim=2, number_embedding_dim=2)
# Where each index begins among those of all columns: 4 of miles, then 5 of company, then 4 of payment.
COMPANY, PAYMENT = 4, 9


def columns(**changes):
    return Columns.model_validate({"features": FEATURES | changes, "label": LABEL})


def assets(folder, company=("Blue", "Red", "Taxi"), payment=("Cash", "Card"), note=("late", "rain", "fast")):
    """Writes the vocabularies as Transform does."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["0 ", *(f"0 {term}" for term in company), "1 ", *(f"1 {term}" for term in payment)]
    (folder / "vocabularies").write_text("".join(f"{line}\n" for line in lines))
    (folder / "note_words").write_text("".join(f"{term}\n" for term in note))
    return folder


def built(seed, training=SMALL, quantiles=None):
    return build_model(columns(), training.model_copy(update={"seed": seed}), quantiles)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A model, and the artifact of a version that has its weights."""
    model, version = built(1), tmp_path_factory.mktemp("artifact") / "Format-Serving"
    for variable in model.trainable_variables:  # those of the linear part begin as zeros
        variable.assign(np.random.default_rng(0).normal(size=variable.shape))
    saved = tf.Module()
    saved._variables = [variable.value for variable in model.weights]
    tf.saved_model.save(saved, str(version))
    assets(version / "assets")
    told(version, version=7)
    return model, version


def told(saved_model, **words):
    plain = columns().model_dump(mode="json")
    (saved_model.parent / warm_start.FILE).write_text(json.dumps({"columns": plain, "why_not": ""} | words))


def ask(model, **index):
    row = {NUMBERS: [[0.3, 0.0]], INDICES: [[1, index["company"], index["payment"]]], WORDS: [[index["note"], 0]]}
    return model({name: tf.constant(value) for name, value in row.items()}, training=False).numpy()[0, 0]


def test_with_the_same_vocabularies_it_answers_as_the_other_does(served, tmp_path):
    old, version = served
    new = built(2)
    assert begin(new, columns(), assets(tmp_path / "new"), version) == Begun(7)
    for row in ({"company": 0, "payment": 1, "note": 3}, {"company": 4, "payment": 3, "note": 0}):
        assert ask(new, **row) == pytest.approx(ask(old, **row), rel=1e-5)


def test_a_term_takes_its_weights_along_and_a_new_one_begins_as_it_would_have(served, tmp_path):
    old, version = served
    new, table = built(2), "indices_deep"
    fresh = new.get_layer(table).get_weights()[0]
    moved = assets(tmp_path / "new", company=("Taxi", "Green", "Blue"), payment=("Card", "Cash"), note=("fast", "wind"))
    begin(new, columns(), moved, version)
    same = {"payment": 3}  # that means "missing"
    assert ask(new, company=2, note=1, **same) == pytest.approx(ask(old, company=0, note=3, **same), rel=1e-5)
    assert ask(new, company=0, note=0, **same) == pytest.approx(ask(old, company=2, note=0, **same), rel=1e-5)
    assert ask(new, company=3, payment=0, note=0) == pytest.approx(ask(old, company=3, payment=1, note=0), rel=1e-5)
    unknown = new.get_layer(table).get_weights()[0][COMPANY + 1]
    assert unknown == pytest.approx(fresh[COMPANY + 1])
    assert unknown != pytest.approx(old.get_layer(table).get_weights()[0][COMPANY + 1])


def test_the_quantiles_stay_those_of_the_new_rows(served, tmp_path):
    quantiles = np.tile(np.linspace(-3, 3, 17), (2, 1))
    new = built(2, quantiles=quantiles)
    fixed = [weight.numpy() for weight in new.non_trainable_weights]
    begin(new, columns(), assets(tmp_path / "new"), served[1])
    assert all((now.numpy() == before).all() for now, before in zip(new.non_trainable_weights, fixed, strict=True))


@pytest.mark.parametrize(
    ("of", "training", "why_not"),
    [
        (columns(), {"hidden_units": (8,)}, "dense/kernel is of shape (14, 8), and (14, 4) in version 7"),
        (columns(), {"hidden_units": (4, 4)}, "the model has 17 weights, and 15 in version 7"),
        (columns(company={"kind": "vocabulary", "top_k": 9, "oov_buckets": 1}), {},
         'features.company was kind = "vocabulary", top_k = 3, oov_buckets = 1'),
        (columns(hour={"kind": "categorical", "size": 24}), {}, "it has other features: hour"),
        (Columns.model_validate({"features": FEATURES, "label": LABEL | {"column": "paid"}}), {},
         "it has another label"),
    ],
)  # fmt: skip
def test_another_architecture_begins_from_nothing_and_says_what_differs(served, tmp_path, of, training, why_not):
    new = served[0]  # of which only the weights matter here
    if training:
        keras.backend.clear_session()  # which counts the layers
        new = built(2, SMALL.model_copy(update=training))
    before = new.get_weights()
    found = begin(new, of, assets(tmp_path / "new"), served[1])
    assert (found.version, found.why_not) == (None, why_not)
    assert all((one == other).all() for one, other in zip(before, new.get_weights(), strict=True))
    assert "begins from nothing" in found.in_words


def test_what_a_model_began_with_is_written_down(tmp_path):
    empty = tmp_path / "artifact" / "Format-Serving"  # which is not there
    empty.parent.mkdir()
    told(empty, version=None, columns=None, why_not="no version serves yet")
    found = begin(keras.Sequential(), columns(), tmp_path, empty)
    warm_start.write(found, tmp_path / "run")
    assert warm_start.read(tmp_path / "run") == {"version": None, "why_not": "no version serves yet"}
    assert warm_start.read(tmp_path / "none") is None
