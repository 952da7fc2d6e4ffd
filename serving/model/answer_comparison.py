"""Where an exported model is not the one that was trained: its signatures and answers, against the trainer's own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np

from serving.model.dtypes import BFLOAT16, NAMES, NUMPY, number
from serving.model.saved_model import Signature
from serving.model.warmup import PREDICTING, Arrays, Recorded

SIGNATURES = (*PREDICTING, "transform_features")

# Float32 has 7 digits. The C++ runtime adds the same products in another order than Keras, and in yet another for
# another batch size, which costs a digit or two; a wrong weight or vocabulary changes answers by percents.
_RELATIVE, _ABSOLUTE = 1e-4, 1e-5

TRAIN_AGAIN = "train and export it again: turnstile run --no-cache"


def missing(signatures: Collection[str], sample: list[Recorded]) -> Iterator[str]:
    """Says which signatures the model, or the trainer's sample, should have but lacks."""
    sampled = {recorded.signature for recorded in sample}
    for name in SIGNATURES:
        if name not in signatures:
            has = ", ".join(signatures) or "none"
            how = "Export it, as components/trainer/signatures.py does"
            yield f"signature '{name}' is missing; the model has: {has}. {how}"
        elif name not in sampled:
            yield f"signature '{name}' cannot be proven: the trainer recorded no answers of it; {TRAIN_AGAIN}"


def misfits(signature: Signature, recorded: Recorded) -> Iterator[str]:
    """Says which inputs and outputs of a signature are not those that the trainer's own model has."""
    pairs = (("input", signature.inputs, recorded.inputs), ("output", signature.outputs, recorded.outputs))
    for kind, infos, arrays in pairs:
        has = {name: NAMES.get(info.dtype, f"dtype {info.dtype}") for name, info in infos.items()}
        expected = {name: NAMES[number(values)] for name, values in arrays.items()}
        for name in sorted(has.keys() | expected.keys()):
            if has.get(name) != expected.get(name):
                yield (
                    f"signature '{recorded.signature}': {kind} '{name}' is {has.get(name, 'missing')}; "
                    f"expected: {expected.get(name, f'no {kind} of this name')}. See components/trainer/signatures.py"
                )


def differences(recorded: Recorded, answers: Arrays, rows: int) -> Iterator[str]:
    """Says, for each output, where an answer is not the trainer's: the first such row, and both values.

    Args:
        recorded: what was asked, and the trainer's answers.
        answers: the model's, to the first `rows` rows of it.
        rows: how many were asked about; never taken from the answers, which may be too few.
    """
    for name, recorded_values in recorded.outputs.items():
        where = f"signature '{recorded.signature}', output '{name}'"
        if wrong_shape := _wrong_shape(recorded, name, answers.get(name), rows):
            yield f"{where}: {wrong_shape}; {TRAIN_AGAIN}"
            continue
        found, expected = answers[name], recorded_values[:rows]
        if len(wrong := np.argwhere(~_equal(found, expected))):
            first, differing = tuple(wrong[0]), len(np.unique(wrong[:, 0]))
            yield (
                f"row {first[0] + 1}, {where}: the model answers {_plain(found[first])}, the trainer's own "
                f"{_plain(expected[first])} ({differing} of {rows} rows differ). This is not the model that was "
                f"trained; {TRAIN_AGAIN}"
            )


def differences_alone(recorded: Recorded, answers: Sequence[Arrays]) -> Iterator[str]:
    """As differences, of rows that were asked one at a time.

    Args:
        recorded: what was asked, and the trainer's answers.
        answers: the model's: to the first row, to the second, and so on.
    """
    # Each by itself: joined, an answer of no row and one of two would pass for two answers.
    for row, answer in enumerate(answers):
        asked = recorded.row(row)
        for name in recorded.outputs:
            if wrong_shape := _wrong_shape(asked, name, answer.get(name), 1):
                where = f"row {row + 1} alone, signature '{recorded.signature}', output '{name}'"
                yield f"{where}: {wrong_shape}; {TRAIN_AGAIN}"
                return
    joined = {name: np.concatenate([answer[name] for answer in answers]) for name in recorded.outputs}
    yield from differences(recorded, joined, len(answers))


def _wrong_shape(recorded: Recorded, name: str, found: np.ndarray | None, rows: int) -> str | None:
    """Says in what an output is no answer to so many rows; None if it is one."""
    values = recorded.outputs[name]
    if values.shape[:1] != (recorded.rows,):
        return f"the trainer recorded values of shape {list(values.shape)} for {recorded.rows} rows"
    if found is None:
        return "the answer does not have it"
    if found.shape != (expected := (rows, *values.shape[1:])):
        return f"the answer has shape {list(found.shape)}; expected {list(expected)}"
    return None


def _equal(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Element by element; NaN equals nothing, for no client can use it."""
    if expected.dtype == found.dtype == NUMPY[BFLOAT16]:
        found, expected = found.astype(np.float32), expected.astype(np.float32)
    if np.issubdtype(expected.dtype, np.inexact):
        return np.isclose(found, expected, rtol=_RELATIVE, atol=_ABSOLUTE)
    return found == expected


def _plain(value: Any) -> str:
    return repr(value.decode(errors="replace")) if isinstance(value, bytes) else f"{value:.7g}"
