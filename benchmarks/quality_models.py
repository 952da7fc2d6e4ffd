"""What each model answers to the eval rows of a run: the exported one, and those it is compared with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from components.trainer import simple_models
from components.trainer.example_files import records
from turnstile.labels import PREDICTION, MulticlassLabel
from turnstile.model_inputs import LABEL, Columns

OURS, BOOSTINGS, LINEAR = "turnstile", ("boosting", "lightgbm"), "linear"
_READ_ROWS = 4_096


def answers(run: Path, columns: Columns, seed: int, packages: Path) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Asks the model that a run exported, and fits the others to the same train rows.

    Args:
        run: the run's folder, <output>/<name>.
        columns: features and label.
        seed: number that the boostings' random numbers start from.
        packages: the folder with LightGBM.

    Returns:
        The labels of the eval rows, [rows], and each model's answers by its name, [rows] or [rows, classes].
    """
    task = columns.label.task
    model = tf.saved_model.load(str(latest(run / "Trainer/model") / "Format-Serving"))
    raw = list(records([str(latest(run / "ExampleGen/examples") / "Split-eval/*")]).batch(_READ_ROWS))
    ours = [model.signatures["serving_default"](examples=rows)[PREDICTION[task]].numpy() for rows in raw]
    parts = [model.signatures["transform_features"](examples=rows) for rows in raw]
    judged = {name: np.concatenate([part[name].numpy() for part in parts]) for name in parts[0]}
    label = judged.pop(LABEL)[:, 0]

    transform = tft.TFTransformOutput(str(latest(run / "Transform/transform_graph")))
    files = [str(latest(run / "Transform/transformed_examples") / "Split-train/*")]
    return label, {OURS: np.concatenate(ours), **others(files, judged, transform, columns, seed, packages)}


def others(
    files: list[str],
    judged: dict[str, np.ndarray],
    transform: tft.TFTransformOutput,
    columns: Columns,
    seed: int,
    packages: Path | None = None,
) -> dict[str, np.ndarray]:
    """Fits the models that the network is compared with, and returns their answers by name.

    Args:
        files: patterns of gzipped TFRecord files of transformed examples to learn from.
        judged: the inputs of the rows to answer, [rows, width] each.
        transform: Transform's output.
        columns: features and label.
        seed: number that the boostings' random numbers start from.
        packages: the folder with LightGBM; without it, there is no LightGBM.
    """
    inputs, label = simple_models.rows_of(files, transform)
    models = simple_models.models(columns, seed)
    if packages and "boosting" in models:
        models["lightgbm"] = _lightgbm(columns, seed, packages), simple_models.side_by_side
    return {
        name: _answers(fit(lay_out(inputs), label), lay_out(judged), columns) for name, (fit, lay_out) in models.items()
    }


def latest(folder: Path) -> Path:
    """Returns what a component's last execution wrote, of all that are in its folder."""
    return max(folder.iterdir(), key=lambda execution: int(execution.name))


def _lightgbm(columns: Columns, seed: int, packages: Path) -> simple_models.Fit:
    sys.path.append(str(packages))
    import lightgbm

    kind = lightgbm.LGBMRegressor if columns.label.task == "regression" else lightgbm.LGBMClassifier
    categories = [int(place) for place in np.flatnonzero(simple_models.categorical(columns))]

    def fit(values: np.ndarray, target: np.ndarray) -> Any:
        return kind(random_state=seed, n_jobs=1, verbose=-1).fit(values, target, categorical_feature=categories)

    return fit


def _answers(model: Any, values: Any, columns: Columns) -> np.ndarray:
    if columns.label.task == "regression":
        return model.predict(values)
    probabilities = model.predict_proba(values)
    if not isinstance(columns.label, MulticlassLabel):
        return probabilities[:, 1]
    # A class that no train row has is none to scikit-learn.
    every = np.zeros((len(probabilities), len(columns.label.classes)))
    every[:, model.classes_.astype(int)] = probabilities
    return every
