"""Gives a model the weights of another, term by term and piece by piece, if both are of one architecture."""

from __future__ import annotations

import itertools
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from components.trainer.model import INDICES_TABLES, words_tables
from turnstile.model_inputs import Columns, model_inputs
from turnstile.places import Place, place
from turnstile.vocabulary_files import read_vocabularies, read_words

FILE = "warm_start.json"  # in the folder of the model_run: what a model began with

logger = logging.getLogger("turnstile.trainer")


@dataclass(frozen=True)
class Begun:
    """What a model began with.

    Attributes:
        version: the version whose weights it has; None if it has none of another.
        why_not: why not; "" if it has.
    """

    version: int | None
    why_not: str = ""

    @property
    def in_words(self) -> str:
        """A line for the progress of a run."""
        if self.version is None:
            return f"begins from nothing, and not with the model that serves: {self.why_not}"
        return f"begins with the weights of version {self.version}"


def begin(model: keras.Model, columns: Columns, assets: Place, base_model: Place) -> Begun:
    """Gives a model the trainable weights of another.

    A number's weights stand for the pieces between the quantiles of its column, and a bucket's for its rank: they keep
    their places, whatever the boundaries of the new rows are. A term's weights stand for the term, and move to where
    the new vocabulary has it; a term that is new begins as it would have.

    Args:
        model: the model, as built.
        columns: features and label.
        assets: the folder of the vocabularies of the new rows.
        base_model: the SavedModel that has the weights, in an artifact of components.warm_start.
    """
    told = json.loads((base_model.parent / FILE).read_text())
    fault = told["why_not"] or _other_columns(columns, told["columns"] or {})
    if fault:
        return Begun(None, fault)
    weights = _weights(base_model)
    if fault := _other_shapes(model, weights):
        return Begun(None, f"{fault} in version {told['version']}")
    moves = _moves(columns, assets, base_model / "assets")
    for variable, old in zip(model.weights, weights, strict=True):
        if variable.trainable:
            layer = variable.path.split("/")[0]
            variable.assign(_moved(variable.numpy(), old, moves[layer]) if layer in moves else old)
    return Begun(told["version"])


def write(begun: Begun, folder: str | Place) -> None:
    """Writes down what a model began with, into the folder of its model_run."""
    place(folder).mkdir(parents=True, exist_ok=True)
    (place(folder) / FILE).write_text(json.dumps({"version": begun.version, "why_not": begun.why_not}) + "\n")
    logger.info(begun.in_words)


def read(folder: str | Place) -> dict[str, Any] | None:
    """Returns what `write` wrote; None if there is no such file."""
    file = place(folder) / FILE
    return json.loads(file.read_text()) if file.exists() else None


def _other_columns(columns: Columns, told: Mapping[str, Any]) -> str:
    """Says which features or label differ; "" if none do."""
    ours = columns.model_dump(mode="json")
    theirs = told.get("features") or {}
    if list(ours["features"]) != list(theirs) or ours["label"] != told.get("label"):
        names = [name for name in {**ours["features"], **theirs} if (name in theirs) != (name in ours["features"])]
        what = f"features: {', '.join(names)}" if names else "features in another order"
        return f"it has {'another label' if list(ours['features']) == list(theirs) else f'other {what}'}"
    changed = [name for name, feature in ours["features"].items() if feature != theirs[name]]
    return f"features.{changed[0]} was {_short(theirs[changed[0]])}" if changed else ""


def _short(feature: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {json.dumps(value)}" for name, value in feature.items() if value is not None)


def _weights(saved_model: Place) -> list[np.ndarray]:
    """The weights in the order of the model's: components/trainer/signatures.py keeps them in a list."""
    reader = tf.train.load_checkpoint(str(saved_model / "variables" / "variables"))
    names = (f"_variables/{i}/.ATTRIBUTES/VARIABLE_VALUE" for i in itertools.count())
    return [reader.get_tensor(name) for name in itertools.takewhile(reader.has_tensor, names)]


def _other_shapes(model: keras.Model, weights: Sequence[np.ndarray]) -> str:
    """Says which layer differs; "" if none does."""
    if len(model.weights) != len(weights):
        return f"the model has {len(model.weights)} weights, and {len(weights)}"
    for variable, old in zip(model.weights, weights, strict=True):
        if tuple(variable.shape) != old.shape:
            return f"{variable.path} is of shape {tuple(variable.shape)}, and {old.shape}"
    return ""


def _moves(columns: Columns, new: Place, old: Place) -> dict[str, np.ndarray]:
    """For each table of embeddings, the old row of each new one; -1 for one that is new."""
    layout = model_inputs(columns)
    found = dict.fromkeys(INDICES_TABLES, _index_moves(columns, new, old)) if layout.indices else {}
    for number, (alias, text) in enumerate(layout.words.items()):
        now, before = (read_words(folder, alias) for folder in (new, old))
        found |= dict.fromkeys(words_tables(number), _term_moves(now, before, text.top_k))
    return found


def _index_moves(columns: Columns, new: Place, old: Place) -> np.ndarray:
    layout, vocabularies = model_inputs(columns).indices, columns.vocabularies()
    begins = dict(zip(layout, itertools.accumulate(layout.values(), initial=0), strict=False))
    moves = np.arange(sum(layout.values()))
    if vocabularies:
        found = zip(vocabularies.items(), read_vocabularies(new), read_vocabularies(old), strict=True)
        for (name, feature), now, before in found:
            begin = begins[columns.aliases[name]]
            rows = _term_moves(now, before, feature.top_k)
            moves[begin : begin + feature.top_k] = np.where(rows < 0, -1, begin + rows)
    return moves


def _term_moves(new: Sequence[bytes], old: Sequence[bytes], size: int) -> np.ndarray:
    places = {term: place for place, term in enumerate(old)}
    return np.array([places.get(term, -1) for term in new] + [-1] * (size - len(new)))


def _moved(fresh: np.ndarray, old: np.ndarray, moves: np.ndarray) -> np.ndarray:
    return np.where(moves[:, None] < 0, fresh, old[moves])
