"""What a tree or a line would do on the same rows: gradient boosting and a linear model, to compare the network with.

They are fitted while the network trains, judged on the eval split, and never served.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft
from scipy import sparse
from threadpoolctl import threadpool_limits

from components import boosting
from components.trainer.example_files import records
from components.trainer.sample import Sample
from components.trainer.settings import TrainerSettings
from turnstile.model_inputs import INDICES, LABEL, NUMBERS, WORDS, Columns, model_inputs
from turnstile.places import Place, place

# In the exported model, beside what TensorFlow does not read either; so it travels with every copy.
FILE = Path("assets.extra") / "simple_models.json"
# Of more rows, evenly spaced ones are taken: neither model gets visibly better by more, and both take seconds on half.
_ROWS = 200_000
_READ_ROWS = 4_096
_CATEGORIES = 255  # the largest number of categories that scikit-learn's boosting tells apart
_STEPS = 200  # of the linear model's solver; it is near its optimum after a few dozen

logger = logging.getLogger("turnstile.trainer")

LayOut = Callable[[dict[str, np.ndarray]], Any]  # inputs by name, as a model of scikit-learn wants them
Fit = Callable[[Any, np.ndarray], Any]  # what rows are laid out as, and the label; returns a model of scikit-learn
Rows = tuple[dict[str, np.ndarray], np.ndarray]  # inputs by name, each [rows, width], and the label, [rows]


@contextmanager
def beside(fn_args: Any, transform: tft.TFTransformOutput, settings: TrainerSettings) -> Iterator[None]:
    """Fits the models in a thread while the `with` block trains and exports the network; writes what they reach.

    A fault in them must not cost anyone the network, so it only goes to the log.

    Args:
        fn_args: what TFX gives run_fn.
        transform: Transform's output, for the feature spec of its examples.
        settings: features and label, and whether there are simple models at all.
    """
    if not settings.simple_models.enabled:
        yield
        return
    with ThreadPoolExecutor(1) as thread:
        found = thread.submit(_scores_of_files, fn_args, transform, settings.columns)
        yield
        try:
            _write(place(fn_args.serving_model_dir), found.result())
        except Exception:  # whatever it is, it must not cost anyone the network
            logger.exception("what boosting and a linear model would reach is not known")


def _scores_of_files(fn_args: Any, transform: tft.TFTransformOutput, columns: Columns) -> dict[str, dict[str, float]]:
    return scores(rows_of(fn_args.train_files, transform), rows_of(fn_args.eval_files, transform), columns)


def _write(model_dir: Place, found: dict[str, dict[str, float]]) -> None:
    file = model_dir / FILE
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(found))


def rows_of(files: list[str], transform: tft.TFTransformOutput) -> Rows:
    """Reads transformed examples, or evenly spaced ones if there are very many.

    Args:
        files: patterns of gzipped TFRecord files.
        transform: Transform's output, for their feature spec.
    """
    sample = Sample(_ROWS)
    for rows in records(files).batch(_READ_ROWS).as_numpy_iterator():
        sample.add(rows)
    parsed = tf.io.parse_example(sample.rows(), transform.transformed_feature_spec())
    inputs = {name: values.numpy() for name, values in parsed.items()}
    return inputs, inputs.pop(LABEL)[:, 0]


def scores(train: Rows, judged: Rows, columns: Columns) -> dict[str, dict[str, float]]:
    """Returns the metrics of each model by name.

    Args:
        train: the rows to learn from.
        judged: the rows to judge by.
        columns: features and label.
    """
    found = {name: _score(fit, lay_out, train, judged) for name, (fit, lay_out) in models(columns).items()}
    # Of a float32 label, scikit-learn returns some metrics as NumPy's float32, which JSON does not take.
    return {name: {metric: float(value) for metric, value in values.items()} for name, values in found.items()}


def read(model_dir: str | Place) -> dict[str, dict[str, float]]:
    """Returns what `scores` said when a model was trained; empty if nothing was compared."""
    file = place(model_dir) / FILE
    return json.loads(file.read_text()) if file.exists() else {}


def models(columns: Columns, seed: int = 0) -> dict[str, tuple[Fit, LayOut]]:
    """Returns by name how each model is fitted, and how the rows are laid out for it.

    Args:
        columns: features and label.
        seed: number that boosting's random numbers start from.
    """
    found: dict[str, tuple[Fit, LayOut]] = {"linear": (_linear(columns).fit, partial(_one_hot, columns))}
    layout = model_inputs(columns)
    if layout.numbers or layout.indices:  # trees do not see text
        regression = columns.label.task == "regression"
        trees = partial(boosting.fitted, categorical=categorical(columns), regression=regression, seed=seed)
        found = {"boosting": (trees, side_by_side), **found}
    return found


def categorical(columns: Columns) -> np.ndarray:
    """Returns which columns of `side_by_side` are categories to boosting."""
    layout = model_inputs(columns)
    ordered = {f"{columns.aliases[name]} bucket" for name in columns.bucketized()}
    # A category with more values than boosting tells apart is taken as a number: frequent values have low indices.
    found = [False] * len(layout.numbers)
    found += [name not in ordered and size <= _CATEGORIES for name, size in layout.indices.items()]
    return np.array(found)


def _linear(columns: Columns) -> Any:
    from sklearn import linear_model

    if columns.label.task == "regression":
        return linear_model.Ridge()
    return linear_model.LogisticRegression(max_iter=_STEPS)


def side_by_side(inputs: dict[str, np.ndarray]) -> np.ndarray:
    """Lays out rows for trees: the numbers, then the indices, [rows, width]."""
    return np.hstack([inputs[name] for name in (NUMBERS, INDICES) if name in inputs])


def _one_hot(columns: Columns, inputs: dict[str, np.ndarray]) -> sparse.csr_matrix:
    """Lays out rows for a line: the numbers, then a column for each index of each integer input."""
    parts = [sparse.csr_matrix(inputs[NUMBERS])] if NUMBERS in inputs else []
    if INDICES in inputs:
        sizes = np.array([*model_inputs(columns).indices.values()])
        hits = inputs[INDICES] + (sizes.cumsum() - sizes)
        rows, width = hits.shape
        row_starts = np.arange(0, hits.size + 1, width)
        ones = np.ones(hits.size, np.float32)
        parts.append(sparse.csr_matrix((ones, hits.ravel(), row_starts), (rows, sizes.sum())))
    if WORDS in inputs:
        parts.append(_bags(columns, inputs[WORDS]))
    return sparse.hstack(parts, format="csr")


def _bags(columns: Columns, words: np.ndarray) -> sparse.csr_matrix:
    """Lays out texts: a column for each term of each, 1 / sqrt(terms in the row) where it is there."""
    texts = model_inputs(columns).words.values()
    begins = np.repeat(np.cumsum([0, *(text.top_k for text in texts)])[:-1], [text.terms for text in texts])
    row, place = np.nonzero(words)
    share = 1 / np.sqrt(np.count_nonzero(words, axis=1)[row])
    width = sum(text.top_k for text in texts)
    return sparse.csr_matrix((share, (row, (words - 1 + begins)[row, place])), (len(words), width))


def _score(fit: Fit, lay_out: LayOut, train: Rows, judged: Rows) -> dict[str, float]:
    from sklearn import metrics

    with threadpool_limits(1):  # the other cores are the network's
        model = fit(lay_out(train[0]), train[1])
    inputs, label = lay_out(judged[0]), judged[1]
    if not hasattr(model, "classes_"):
        value = model.predict(inputs)
        return {
            "r_squared": metrics.r2_score(label, value),
            "mean_absolute_error": metrics.mean_absolute_error(label, value),
            "mean_squared_error": metrics.mean_squared_error(label, value),
        }
    probabilities = model.predict_proba(inputs)
    found = {
        "accuracy": metrics.accuracy_score(label, model.classes_[probabilities.argmax(axis=1)]),
        "log_loss": metrics.log_loss(label, probabilities, labels=model.classes_),
    }
    if len(np.unique(label)) == len(model.classes_) == 2:
        found["auc"] = metrics.roc_auc_score(label, probabilities[:, 1])
    elif len(np.unique(label)) == len(model.classes_):
        found["auc"] = metrics.roc_auc_score(label, probabilities, multi_class="ovr")
    return found
