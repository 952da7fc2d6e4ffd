"""Can the model that serves be asked what the candidate is asked? Found out on real rows, before TFMA compares them.

TFMA fails as a whole when one of two models cannot answer. And where both answer, but each derives another label from
the same row, the numbers that it compares are about different questions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf

from components.evaluator.comparing import aligned_columns
from components.trainer.example_files import records
from turnstile.model_inputs import LABEL
from turnstile.places import Place

PREDICTING, TRANSFORMING = "serving_default", "transform_features"  # the signatures that TFMA asks
# Rows that are looked at, so many that no class is overlooked. 3,000 take two hundredths of a second.
_ROWS = 100_000
_BATCH_ROWS = 4_096
# By the names that TensorFlow has for them in what it says of a column, next.
_DTYPES = {"float": tf.float32, "int64": tf.int64, "string": tf.string}
# What TensorFlow says of a column that has another type than the model's parser asks for; in other words for columns
# that may be absent than for those that may not.
_OTHER_TYPE = re.compile(r"Key: (.+?)(?:, Index: \d+)?\.\s+Data types don't match\.(.*)")
_EXPECTED, _ACTUAL = re.compile(r"[Ee]xpected type: (\w+)"), re.compile(r"(?:Actual|Data) type: (\w+)")
# What stands around its messages: where in the graph it was.
_FRAME = re.compile(r"Graph execution error|Detected at node|<stack traces|\[\[")
_NODE = re.compile(r"^\{\{.*?\}\} *")

Arrays = dict[str, np.ndarray]
Rows = Iterator[tf.Tensor]


class IncomparableError(Exception):
    """The two models cannot be compared; the message says why, of "that version"."""


@dataclass(frozen=True)
class Served:
    """A model that can be compared with, if some columns are converted for it.

    Attributes:
        model: what tf.saved_model.load gave.
        inputs: the name of the input of each signature.
        types: the columns to convert; see aligned_columns.converted.
    """

    model: Any
    inputs: Mapping[str, str]
    types: dict[str, tf.DType] = field(default_factory=dict)

    def export(self, directory: str) -> None:
        """Writes it as a model that takes the rows as they are."""
        aligned_columns.export(self.model, self.types, self.inputs, directory)

    def ask(self, signature: str, rows: tf.Tensor) -> Arrays:
        """Answers rows; notes the columns that had to be converted.

        Raises:
            IncomparableError: it cannot.
        """
        while True:
            try:
                return _asked(self.model, signature, self.inputs[signature], self.converted(rows))
            except IncomparableError:
                raise
            except Exception as error:  # of whatever kind: what serves must not end a run
                found = _OTHER_TYPE.search(str(error))
                if not found:
                    raise IncomparableError(f"signature '{signature}' does not answer: {_words(error)}") from error
                expected, actual = (pattern.search(found[2]) for pattern in (_EXPECTED, _ACTUAL))
                self._convert(found[1], expected and expected[1], actual and actual[1])

    def converted(self, rows: tf.Tensor) -> tf.Tensor:
        """The rows as this model takes them.

        Raises:
            IncomparableError: a number of a column that is to be an integer is none.
        """
        for column, dtype in self.types.items():
            if dtype == tf.int64:
                _check_whole(column, aligned_columns.values(rows, column, tf.float32).numpy())
        return aligned_columns.converted(rows, self.types) if self.types else rows

    def _convert(self, column: str, expected: str | None, actual: str | None) -> None:
        dtype = _DTYPES.get(expected or "")
        if dtype is None or column in self.types or _DTYPES.get(actual or "") != aligned_columns.OTHER[dtype]:
            raise IncomparableError(f"column '{column}' is {actual} in the data, and {expected} to it")
        self.types[column] = dtype


def check(candidate: Place, baseline: Place, patterns: list[str], prediction: str) -> Served:
    """Says how the model that serves can be compared with a candidate.

    Args:
        candidate: its SavedModel.
        baseline: the folder of the model that serves.
        patterns: the patterns of the files of rows, gzipped TFRecord files of Examples.
        prediction: the output that is evaluated.

    Raises:
        IncomparableError: it cannot be.
    """
    new, served = tf.saved_model.load(str(candidate)), _loaded(baseline)
    labels: list[tuple[np.ndarray, np.ndarray]] = []
    for rows in records(patterns).take(_ROWS).batch(_BATCH_ROWS):
        mine = {name: _asked(new, name, "examples", rows) for name in (PREDICTING, TRANSFORMING)}
        theirs = {name: served.ask(name, rows) for name in (TRANSFORMING, PREDICTING)}
        for output in dict.fromkeys((prediction, *mine[PREDICTING])):
            _check_shape(output, mine[PREDICTING], theirs[PREDICTING])
        _check_shape(LABEL, mine[TRANSFORMING], theirs[TRANSFORMING])
        labels.append((mine[TRANSFORMING][LABEL], theirs[TRANSFORMING][LABEL]))
    if labels:
        _check_labels(*(np.concatenate(found) for found in zip(*labels, strict=True)))
    return served


def _loaded(folder: Place) -> Served:
    try:
        model = tf.saved_model.load(str(folder))
    except Exception as error:  # TensorFlow has many kinds of them
        raise IncomparableError(f"TensorFlow cannot load it: {_words(error)}") from error
    signatures = getattr(model, "signatures", {})
    return Served(model, {name: _input(signatures, name) for name in (PREDICTING, TRANSFORMING)})


def _input(signatures: Mapping[str, Any], name: str) -> str:
    """The name of a signature's one input, which takes rows."""
    if name not in signatures:
        raise IncomparableError(f"it has no signature '{name}', only: {', '.join(signatures) or 'none'}")
    inputs = signatures[name].structured_input_signature[1]
    if [spec.dtype for spec in inputs.values()] != [tf.string]:
        raise IncomparableError(f"its signature '{name}' takes {', '.join(inputs)}; expected serialized Examples only")
    return next(iter(inputs))


def _asked(model: Any, signature: str, name: str, rows: tf.Tensor) -> Arrays:
    return {output: values.numpy() for output, values in model.signatures[signature](**{name: rows}).items()}


def _check_whole(column: str, numbers: np.ndarray) -> None:
    fractions = numbers[np.isfinite(numbers) & (numbers != np.round(numbers))]
    if len(fractions):
        raise IncomparableError(f"column '{column}' is float in the data, such as {fractions[0]:g}, and int64 to it")


def _check_shape(output: str, mine: Arrays, theirs: Arrays) -> None:
    """Both must answer the same question: another task has other outputs, and another class makes a row longer."""
    if output not in theirs:
        raise IncomparableError(f"it was made for another kind of label: it answers {', '.join(theirs)}, not {output}")
    here, there = mine[output].shape[1:], theirs[output].shape[1:]
    if here != there:
        raise IncomparableError(f"it has another number of classes: its '{output}' has shape {[*there]}, not {[*here]}")


def _check_labels(mine: np.ndarray, theirs: np.ndarray) -> None:
    """Raises IncomparableError if a row has one label by the candidate's definition and another by the other's."""
    equal: Callable = np.isclose if np.issubdtype(mine.dtype, np.floating) else np.equal
    wrong = np.flatnonzero(~equal(mine, theirs).reshape(len(mine), -1).all(axis=1))
    if len(wrong):
        first = wrong[0]
        raise IncomparableError(
            f"[label] meant something else to it: {len(wrong):,} of {len(mine):,} rows have another label, "
            f"the first of them {theirs[first].item():g} instead of {mine[first].item():g}"
        )


def _words(error: Exception) -> str:
    """What TensorFlow says, without where in its graph."""
    lines = [line.strip() for line in str(error).splitlines()]
    said = [_NODE.sub("", line) for line in lines if line and not _FRAME.match(line)]
    return said[0] if said else type(error).__name__
