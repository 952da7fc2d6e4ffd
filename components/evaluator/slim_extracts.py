"""What Evaluator reads of an example: TFMA's extractors, and one that drops what is needed no more.

TFMA takes every batch apart, value by value, in Python: all features, raw and transformed, for each example.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

import apache_beam as beam
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.proto import config_pb2

Extracts = Mapping[str, Any]


def slim_extractors(
    eval_shared_model: Any, eval_config: config_pb2.EvalConfig, tensor_adapter_config: Any = None
) -> list[tfma.extractors.Extractor]:
    """Returns TFMA's default extractors, with one more before the batches are taken apart.

    Arguments as TFX's executor of Evaluator gives them to its `custom_extractors`.
    """
    extractors = tfma.default_extractors(
        eval_shared_model=eval_shared_model, eval_config=eval_config, tensor_adapter_config=tensor_adapter_config
    )
    stages = [extractor.stage_name for extractor in extractors]
    place = stages.index(tfma.extractors.UnbatchExtractor().stage_name)
    columns = {column for spec in eval_config.slicing_specs for column in (*spec.feature_keys, *spec.feature_values)}
    outputs = {spec.prediction_key for spec in eval_config.model_specs}
    drop = tfma.extractors.Extractor("DropUnneeded", beam.Map(partial(needed, columns=columns, outputs=outputs)))
    return [*extractors[:place], drop, *extractors[place:]]


def needed(batch: Extracts, columns: Collection[str], outputs: Collection[str]) -> dict[str, Any]:
    """Keeps what metrics and slices are made of.

    Args:
        batch: extracts of a batch: features, transformed features, labels, predictions and the raw examples.
        columns: what is sliced by: raw columns. (Given the transformed features too, TFMA would prefer one of the
            same name, such as the label's.)
        outputs: what is evaluated of the models' outputs; a model of one output only has no names for it.

    Returns:
        The labels, of the predictions those of `outputs`, and of the features those of `columns`.
    """
    features = {name: values for name, values in batch[tfma.FEATURES_KEY].items() if name in columns}
    return {
        tfma.FEATURES_KEY: features,
        tfma.LABELS_KEY: batch[tfma.LABELS_KEY],
        tfma.PREDICTIONS_KEY: _only(batch[tfma.PREDICTIONS_KEY], outputs),
    }


def _only(predictions: Any, outputs: Collection[str]) -> Any:
    if not isinstance(predictions, Mapping):
        return predictions
    found = {name: values for name, values in predictions.items() if name in outputs}
    return found or {model: _only(nested, outputs) for model, nested in predictions.items()}
