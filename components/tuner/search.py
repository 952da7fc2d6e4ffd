"""Tuner: transformed examples in, the best of several trials out. The first trial is the config as it is."""

from __future__ import annotations

import hashlib
import json
import logging
import math
import shutil
import time
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tensorflow_transform as tft
from keras_tuner import Objective
from keras_tuner.engine.base_tuner import BaseTuner
from keras_tuner.engine.trial import Trial, TrialStatus
from keras_tuner.errors import FatalError
from keras_tuner.oracles import BayesianOptimizationOracle
from tfx.components.tuner.component import TunerFnResult

from components.trainer.settings import TrainingConfig
from components.trainer.targets import class_weights, targets
from components.trainer.train_split import FOLDS, TrainSplit, read_train_split
from components.trainer.training import StopAtBest, fitted
from components.tuner import space
from components.tuner.comparison import Comparison, compare
from components.tuner.settings import RESULT, TunerSettings
from turnstile import files

_CHOOSING = 0  # the fold of the train split whose loss chooses the best trial; the others check it
# Trials before Bayesian optimisation begins, the config's among them: by fewer, a Gaussian process knows too little.
_RANDOM_TRIALS = 8
# Variance of the loss from one seed to the next, as a share of its variance over the space. On the bundled trips, seeds
# change the loss as much as values do; by keras-tuner's default, 1e-4, their noise would be something to follow.
_NOISE = 0.3
_LOSS = "loss"

logger = logging.getLogger("turnstile.tuner")


def tuner_fn(fn_args: Any) -> TunerFnResult:
    """The function TFX Tuner calls: reads the train split, and goes on where an earlier call was stopped.

    Args:
        fn_args: tfx.components.trainer.fn_args_utils.FnArgs; custom_config holds TunerSettings as JSON ("settings"),
            the folder of all tunings ("folder"), the version of the code ("code"), and when the command began, in
            seconds since 1970 ("began").
    """
    custom = fn_args.custom_config
    settings = TunerSettings.model_validate_json(custom["settings"])
    transform = tft.TFTransformOutput(fn_args.transform_graph_path)
    split = partial(read_train_split, fn_args.train_files, transform, settings.training)
    minutes = settings.tuning.minutes
    deadline = math.inf if minutes is None else custom["began"] + 60 * minutes
    folder = Path(custom["folder"]) / _key(settings, custom["code"], fn_args.train_files)
    return TunerFnResult(resumed(settings, split, deadline, folder), {})


def resumed(settings: TunerSettings, split: Callable[[int], TrainSplit], deadline: float, folder: Path) -> Tuner:
    """Returns a tuner that knows the trials in its folder, if they can be read."""
    try:
        return Tuner(settings, split, deadline, folder)
    except json.JSONDecodeError:  # a command was killed just as keras-tuner wrote a file
        logger.warning("the trials in %s cannot be read; starting anew", folder)
        shutil.rmtree(folder)
        return Tuner(settings, split, deadline, folder)


def _key(settings: TunerSettings, code: str, patterns: list[str]) -> str:
    """What trials must have in common to be compared: the data, the code, and all settings but how many there are."""
    fixed = settings.model_dump_json(exclude={"tuning": {"trials", "minutes"}})
    found = hashlib.sha256(f"{code} {fixed}".encode())
    for path in sorted(path for pattern in patterns for path in tf.io.gfile.glob(pattern)):
        with Path(path).open("rb") as file:
            found.update(hashlib.file_digest(file, "sha256").digest())
    return found.hexdigest()[:16]


class Oracle(BayesianOptimizationOracle):
    """Bayesian optimisation that begins with the config's own values, and suggests nothing after the deadline."""

    def __init__(self, settings: TunerSettings, deadline: float):
        trials = settings.tuning.trials
        super().__init__(
            objective=Objective(_LOSS, "min"),
            max_trials=trials,
            num_initial_points=_RANDOM_TRIALS,
            alpha=_NOISE,
            seed=settings.training.seed + 1,  # it takes 0 for none
            hyperparameters=space.hyperparameters(settings),
            max_consecutive_failed_trials=trials + 1,  # a part of the space may make training diverge
        )
        self._deadline = deadline

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Returns the values of the next trial, or that there is none."""
        if not self.trials:
            values = {one.name: one.default for one in self.get_space().space}
            return {"status": TrialStatus.RUNNING, "values": values}
        if time.time() > self._deadline:
            logger.info("the time is up after %d trials", len(self.trials))
            return {"status": TrialStatus.STOPPED, "values": None}
        return super().populate_space(trial_id)


class Tuner(BaseTuner):
    """Trains a model in each trial, and judges it by rows that neither fit it nor told when to stop.

    Args:
        settings: the config's values, and the space.
        split: reads the train split, given the fold that judges.
        deadline: when the last trial may begin, in seconds since 1970.
        folder: where finished trials are kept; those that are there already count.
    """

    def __init__(self, settings: TunerSettings, split: Callable[[int], TrainSplit], deadline: float, folder: Path):
        self._settings, self._split, self._folder = settings, lru_cache(maxsize=1)(split), folder
        super().__init__(Oracle(settings, deadline), directory=str(folder.parent), project_name=folder.name)

    def on_search_begin(self) -> None:
        """Says how many trials are there from before; raises UsageError if there are too few rows."""
        self._split(_CHOOSING)
        if done := len(self.oracle.end_order):
            logger.info("trials from before: %d", done)

    def run_trial(self, trial: Trial, *_: Any, **__: Any) -> dict[str, float]:
        """Returns the loss of one trial."""
        try:
            return {_LOSS: self._loss(self._training(trial), _CHOOSING)}
        except Exception as error:  # or keras-tuner would go on with other values
            raise FatalError(f"the trial with {self._values(trial)} failed") from error

    def on_trial_end(self, trial: Trial) -> None:
        """Keeps what came of a trial, and says it."""
        super().on_trial_end(trial)
        number, of = len(self.oracle.end_order), self.oracle.max_trials
        loss = self.oracle.get_trial(trial.trial_id).score
        best = self.oracle.get_best_trials()[0].score
        logger.info("trial %d of %d: held-out loss %s, best %s", number, of, _shown(loss), _shown(best))

    def on_search_end(self) -> None:
        """Checks the best trial, and writes what all have come to, for the command to tell."""
        trials = [self.oracle.get_trial(id_) for id_ in self.oracle.end_order]
        config, best = trials[0], self.oracle.get_best_trials()[0]
        compared = None if best is config else self._compared(config, best)
        found = {
            "trials": [{"loss": _number(trial.score), "values": self._values(trial)} for trial in trials],
            "config": self._values(config),
            "best": self._values(best),
            "losses": {} if compared is None else {
                "config": _number(compared.config),
                "best": _number(compared.best),
                "standard_error": _number(compared.standard_error),
            },
            "better": compared is not None and compared.better,
        }  # fmt: skip
        files.replace(self._folder.with_name(RESULT), json.dumps(found))

    def _compared(self, config: Trial, best: Trial) -> Comparison:
        """Compares a trial with the config's on the folds that did not choose it."""
        losses: list[tuple[float, float]] = []
        for fold in range(_CHOOSING + 1, FOLDS):
            losses.append((self._checked(config, fold), self._checked(best, fold)))
            of_config, of_best = map(_shown, losses[-1])
            logger.info("check %d of %d: loss %s, with the config %s", fold, FOLDS - 1, of_best, of_config)
        return compare(*zip(*losses, strict=True))

    def _checked(self, trial: Trial, fold: int) -> float:
        """Returns the loss on another fold, with another seed; it is kept, as a trial is."""
        file = Path(self.get_trial_dir(trial.trial_id)) / f"fold_{fold}.json"
        if not file.exists():
            training = self._training(trial)
            loss = self._loss(training.model_copy(update={"seed": training.seed + fold}), fold)
            files.replace(file, json.dumps(loss))
        return json.loads(file.read_text())

    def _training(self, trial: Trial) -> TrainingConfig:
        if int(trial.trial_id) == 0:  # which keras-tuner knows by the nearest values of the space
            return self._settings.training
        return space.training_of(trial.hyperparameters.values, self._settings)

    def _values(self, trial: Trial) -> dict[str, Any]:
        values = self._training(trial).model_dump(mode="json")
        return {key: values[key] for key in self._settings.tuning.space}

    def _loss(self, training: TrainingConfig, fold: int) -> float:
        """Trains a model, and returns its mean loss on a fold, with the weights of the training."""
        keras.backend.clear_session()
        split, columns = self._split(fold), self._settings.columns
        model = fitted(split, split.held_out(), columns, training, [StopAtBest(training.patience)])
        losses = []
        for inputs, target, *weight in targets(
            split.judged(), columns.label, class_weights(split.labels, columns.label, training)
        ):
            loss = np.asarray(model.loss.call(target, model(inputs, training=False)))
            losses.append(loss * np.asarray(weight[0]) if weight else loss)
        return float(np.concatenate(losses).mean())


def _number(value: float | None) -> float | None:
    """Returns a number as JSON can hold it."""
    return value if value is not None and math.isfinite(value) else None


def _shown(loss: float | None) -> str:
    return "no number" if _number(loss) is None else f"{loss:.4f}"
