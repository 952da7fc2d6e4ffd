"""Which trials there are: the config first, then others, some of them after the command was stopped in between."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import tensorflow as tf

from components.trainer.labels import Labels
from components.trainer.settings import TrainingConfig
from components.tuner import search, space
from components.tuner.settings import RESULT, TunerSettings
from turnstile.model_inputs import Columns

COLUMNS = Columns.model_validate({"features": {"x": {"kind": "numeric"}}, "label": {"kind": "binary", "column": "y"}})
SPACE = {
    "hidden_units": [[8], [64, 32]],
    "dropout": {"low": 0.2, "high": 0.5},
    "learning_rate": {"low": 1e-4, "high": 1.0, "log": True},
    "batch_size": {"low": 32, "high": 64, "log": True},
}
ROWS = 100


class Split:
    """Rows of the train split, of which a model here only asks how many there are, and which fold it is."""

    labels = Labels.of(np.zeros(ROWS, np.int64))

    def __init__(self, fold):
        self.fold = fold

    def held_out(self):
        return None

    def judged(self):
        return tf.data.Dataset.from_tensors(({}, np.zeros((ROWS, 1), np.int64)))


class Model:
    """A model whose loss is lower the nearer its learning rate is to 0.1, and has some noise of its seed."""

    def __init__(self, training):
        self.training, self.loss = training, self

    def __call__(self, inputs, training):
        return None

    def call(self, target, output):
        far = math.log10(self.training.learning_rate) + 1
        return far**2 + np.random.default_rng(self.training.seed).normal(0, 0.1, len(target))


@pytest.fixture
def tune(tmp_path, monkeypatch):
    """Tunes; returns the result, and what the trials were trained with. `stop_at` is the trial that is interrupted."""

    trained, checked = [], []

    def tune_(trials, deadline=math.inf, stop_at=None, model=Model, **training):
        trained.clear(), checked.clear()

        def fitted(split, held_out, columns, training, callbacks):
            if split.fold:
                checked.append((split.fold, training))
                return model(training)
            trained.append(training)
            if len(trained) == stop_at:
                raise KeyboardInterrupt
            return model(training)

        monkeypatch.setattr(search, "fitted", fitted)
        tuning = {"trials": trials, "space": SPACE}
        settings = TunerSettings.model_validate({"columns": COLUMNS, "training": training, "tuning": tuning})
        tuner = search.resumed(settings, Split, deadline, tmp_path / "key")
        try:
            tuner.search()
        except KeyboardInterrupt:
            return None, trained[:]
        return json.loads((tmp_path / RESULT).read_text()), trained[:]

    tune_.checked = checked
    return tune_


def test_the_first_trial_is_the_config_even_outside_of_the_space_and_the_best_is_better(tune):
    found, trained = tune(10, hidden_units=(3,), dropout=0.0)
    config = {"hidden_units": [3], "dropout": 0.0, "learning_rate": 0.005, "batch_size": None}
    assert trained[0] == TrainingConfig(hidden_units=(3,), dropout=0.0)
    assert found["trials"][0]["values"] == found["config"] == config
    assert len(found["trials"]) == 10
    for training in trained[1:]:
        assert list(training.hidden_units) in [[8], [64, 32], [3]]
        assert 0.2 <= training.dropout <= 0.5
        assert 32 <= training.batch_size <= 64
    assert found["better"]
    best = min(found["trials"], key=lambda trial: trial["loss"])
    assert found["best"] == best["values"]


def test_the_best_is_checked_on_every_other_fold_with_other_seeds_and_once(tune):
    found, _ = tune(3)
    assert found["better"]
    assert sorted(fold for fold, _ in tune.checked) == [1, 1, 2, 2, 3, 3, 4, 4]
    assert all(training.seed == TrainingConfig().seed + fold for fold, training in tune.checked)
    rates = {training.learning_rate for _, training in tune.checked}
    assert rates == {found["config"]["learning_rate"], found["best"]["learning_rate"]}
    assert tune(3)[0] == found
    assert tune.checked == []


def test_more_trials_go_on_after_those_that_are_there(tune):
    first, _ = tune(3)
    more, trained = tune(5)
    assert more["trials"][:3] == first["trials"]
    assert len(trained) == 2
    again, trained = tune(5)
    assert (again, trained) == (more, [])


def test_an_interrupted_trial_is_done_again(tune):
    _, before = tune(4, stop_at=3)
    found, after = tune(4)
    assert before[2] == after[0]
    assert len(after) == 2
    assert len(found["trials"]) == 4


@pytest.mark.parametrize("file", ["oracle.json", "trial_1/trial.json", "tuner0.json"])
def test_a_file_that_was_half_written_costs_the_trials_and_not_the_command(tune, tmp_path, file):
    first, _ = tune(2)
    (tmp_path / "key" / file).write_text('{"ongoing')
    assert tune(2)[0] == first


def test_after_the_deadline_only_the_config_is_tried(tune):
    found, _ = tune(4, deadline=0)
    assert len(found["trials"]) == 1
    assert not found["better"]


class Diverging(Model):
    def call(self, target, output):
        return super().call(target, output) if self.training.learning_rate == 0.005 else np.full(len(target), np.nan)


def test_a_trial_without_a_loss_is_never_the_best(tune):
    found, _ = tune(4, model=Diverging)
    assert [trial["loss"] is None for trial in found["trials"]] == [False, True, True, True]
    assert (found["best"], found["better"]) == (found["config"], False)


def test_a_suggestion_beyond_its_range_is_brought_back():
    settings = TunerSettings.model_validate({"columns": COLUMNS, "training": {}, "tuning": {"space": SPACE}})
    suggested = {"batch_size": 65, "dropout": 0.50001, "learning_rate": 0.0012345, "hidden_units": "[8]"}
    training = space.training_of(suggested, settings)
    assert (training.batch_size, training.dropout, training.learning_rate) == (64, 0.5, 0.00123)
    assert training.hidden_units == (8,)
