"""Asks the model about eval rows, in batches: for the curves, and for what the model leans on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from serving.model.saved_model import SavedModel
from turnstile.labels import PREDICTION
from turnstile.model_inputs import LABEL
from turnstile.places import Place

# Of more rows, curves look the same: an area under the ROC curve of 20,000 rows is right to half a hundredth.
MOST_ROWS = 20_000
_BATCH = 4_000  # rows in one question; more are no faster, and take memory
# A sample is drawn of so many times as many rows, the first ones: to read all of a large split takes too long.
_READ = 5 * MOST_ROWS


@dataclass(frozen=True)
class Answers:
    """What a model says of some eval rows.

    Attributes:
        model: the model.
        task: of the label.
        examples: the rows, as serialized tf.train.Examples.
        labels: what is true of each; of several classes, the number of the class.
        predictions: float64 [rows], the probability of 1 or the number; of several classes, [rows, classes].
    """

    model: SavedModel
    task: str
    examples: Sequence[bytes]
    labels: np.ndarray
    predictions: np.ndarray


def of_eval_rows(model: SavedModel, task: str, examples: Place) -> Answers:
    """Asks about the eval split, or about a sample of it.

    Args:
        model: the exported model.
        task: of the label.
        examples: the folder of ExampleGen's examples.
    """
    rows = _sampled(examples / "Split-eval")
    labels = _labels(model, rows)
    return Answers(model, task, rows, labels, predictions(model, task, rows))


def predictions(model: SavedModel, task: str, rows: Sequence[bytes]) -> np.ndarray:
    """Returns what a model predicts of serialized rows; see Answers."""
    output = PREDICTION[task]
    found = [model("serving_default", {"examples": batch}, [output])[output] for batch in _batches(rows)]
    return np.concatenate(found).astype(np.float64)


def _labels(model: SavedModel, rows: Sequence[bytes]) -> np.ndarray:
    found = [model("transform_features", {"examples": batch}, [LABEL])[LABEL] for batch in _batches(rows)]
    return np.concatenate(found)[:, 0].astype(np.float64)


def _batches(rows: Sequence[bytes]) -> list[np.ndarray]:
    return [np.array(rows[start : start + _BATCH], object) for start in range(0, len(rows), _BATCH)]


def _sampled(folder: Place) -> list[bytes]:
    from components.trainer import example_files  # imports TensorFlow

    batches = example_files.records([str(folder / "*")]).take(_READ).batch(_BATCH).as_numpy_iterator()
    rows = [row for batch in batches for row in batch.tolist()]
    if len(rows) <= MOST_ROWS:
        return rows
    chosen = np.random.default_rng(0).choice(len(rows), MOST_ROWS, replace=False)
    return [rows[number] for number in np.sort(chosen)]
