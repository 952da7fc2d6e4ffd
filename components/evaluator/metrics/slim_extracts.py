"""What Evaluator reads of an example: TFMA's extractors, and two that keep from them what they need not see.

TFMA takes every batch apart, value by value, in Python: all features, raw and transformed, for each example. And where
a column is called as a model's input is, it asks the model with that column, in place of the examples.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow as tf
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.proto import config_pb2

from components.evaluator.metrics import groups
from turnstile.labels import ANSWER, PREDICTION

Extracts = Mapping[str, Any]
_ASIDE = "sliced_by"  # where the raw columns are that slices are made of, until every model has been asked


def slim_extractors(
    eval_shared_model: Any, eval_config: config_pb2.EvalConfig, tensor_adapter_config: Any = None
) -> list[tfma.extractors.Extractor]:
    """Returns TFMA's default extractors, with one more before the models are asked, and one after.

    Arguments as TFX's executor of Evaluator gives them to its `custom_extractors`.
    """
    extractors = tfma.default_extractors(
        eval_shared_model=eval_shared_model, eval_config=eval_config, tensor_adapter_config=tensor_adapter_config
    )
    stages = [extractor.stage_name for extractor in extractors]
    read = stages.index(tfma.extractors.FeaturesExtractor(eval_config).stage_name) + 1
    asked = stages.index(tfma.extractors.UnbatchExtractor().stage_name)
    columns = {column for spec in eval_config.slicing_specs for column in (*spec.feature_keys, *spec.feature_values)}
    outputs = {spec.prediction_key for spec in eval_config.model_specs}
    if PREDICTION["binary"] in outputs:
        outputs.add(ANSWER)  # of several classes, it is the likeliest one
    hide = tfma.extractors.Extractor("HideColumns", beam.Map(partial(hidden, columns=columns)))
    drop = tfma.extractors.Extractor("DropUnneeded", beam.Map(partial(needed, outputs=outputs)))
    return [*extractors[:read], hide, *extractors[read:asked], drop, *extractors[asked:]]


def hidden(batch: Extracts, columns: Collection[str]) -> dict[str, Any]:
    """Lays aside those of a batch's features that are among `columns`, and each row's group; drops the others.

    Args:
        batch: extracts of a batch: features and the raw examples, which models are asked with.
        columns: what is sliced by: raw columns.
    """
    aside = {name: values for name, values in batch[tfma.FEATURES_KEY].items() if name in columns}
    aside[groups.COLUMN] = np.array([groups.group_of(canonical(example)) for example in batch[tfma.INPUT_KEY]])
    return {**batch, tfma.FEATURES_KEY: {}, _ASIDE: aside}


def canonical(example: bytes) -> bytes:
    """Returns a serialized Example in the one order of its columns; in files, it is a random one for each row."""
    return tf.train.Example.FromString(example).SerializeToString(deterministic=True)


def needed(batch: Extracts, outputs: Collection[str]) -> dict[str, Any]:
    """Keeps what metrics and slices are made of.

    Args:
        batch: extracts of a batch: what `hidden` laid aside, transformed features, labels, predictions and the raw
            examples. (Given the transformed features too, TFMA would prefer one of a raw column's name, such as the
            label's.)
        outputs: what is evaluated of the models' outputs; a model of one output only has no names for it.

    Returns:
        The labels, of the predictions those of `outputs`, and as features what was laid aside.
    """
    return {
        tfma.FEATURES_KEY: batch[_ASIDE],
        tfma.LABELS_KEY: batch[tfma.LABELS_KEY],
        tfma.PREDICTIONS_KEY: _only(batch[tfma.PREDICTIONS_KEY], outputs),
    }


def _only(predictions: Any, outputs: Collection[str]) -> Any:
    if not isinstance(predictions, Mapping):
        return predictions
    found = {name: values for name, values in predictions.items() if name in outputs}
    return found or {model: _only(nested, outputs) for model, nested in predictions.items()}
