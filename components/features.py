"""What each raw column becomes after Transform: the one place that derives names and index ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from pipeline.config_columns import Bucketized, Categorical, Feature, Label, Numeric, Vocabulary

LABEL = "label"  # the transformed label; no transformed feature has this name, they all carry a suffix


class Columns(BaseModel):
    """The features and the label: all that Transform, Trainer and the signatures need of a config."""

    model_config = ConfigDict(frozen=True)

    features: dict[str, Feature]
    label: Label


@dataclass(frozen=True)
class ModelInput:
    """One input of the Keras model, shape [batch, 1].

    `cardinality` is the number of indices for an integer input, and 0 for a float input.
    """

    name: str
    cardinality: int


def value_name(column: str) -> str:
    """Name of a numeric column's z-score, or of a vocabulary's or categorical's index."""
    return f"{column}_xf"


def bucket_name(column: str) -> str:
    """Name of a column's quantile bucket."""
    return f"{column}_bucket"


def missing_name(column: str) -> str:
    """Name of the 0/1 indicator that a numeric value is missing."""
    return f"{column}_missing"


def missing_index(feature: Feature) -> int:
    """The index that means "missing", the last one of an embedding's table.

    Bucketized and numeric: 0..buckets-1 are buckets. Vocabulary: the known strings, then the out-of-vocabulary
    buckets, come first. Categorical: 0..size-1 are values and `size` is any other integer.
    """
    if isinstance(feature, Vocabulary):
        return feature.top_k + feature.oov_buckets
    if isinstance(feature, Categorical):
        return feature.size + 1
    return feature.buckets


def model_inputs(features: Mapping[str, Feature]) -> list[ModelInput]:
    """Lists the model's inputs, in the order of the config."""
    inputs = []
    for column, feature in features.items():
        if isinstance(feature, Numeric):
            inputs += [ModelInput(value_name(column), 0), ModelInput(missing_name(column), 0)]
        if isinstance(feature, Vocabulary | Categorical):
            inputs.append(ModelInput(value_name(column), missing_index(feature) + 1))
        if isinstance(feature, Bucketized) or (isinstance(feature, Numeric) and feature.buckets):
            inputs.append(ModelInput(bucket_name(column), missing_index(feature) + 1))
    return inputs
