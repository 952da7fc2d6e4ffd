"""The exported SavedModel: what a server can ask a model version for.

Written as a tf.Module that holds plain variables, because a Keras 3 model saved as such loads in Python but not
in TensorFlow's C++ loader, the one TensorFlow Serving uses (docs/adr/0005-export.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
import tensorflow_transform as tft

from components.features import Columns
from pipeline.config_columns import Label, MulticlassLabel

# How the `raw` signature spells "missing" for integers; NaN does it for floats and "" for strings.
MISSING_INT = tf.int64.min

FeatureSpec = dict[str, tf.io.VarLenFeature]
Tensors = dict[str, tf.Tensor]


class ServingModel(tf.Module):
    """A trained model and its preprocessing graph, as three signatures.

    Args:
        model: the trained Keras model, from components.model.build_model.
        transform: Transform's output; its graph, vocabularies and statistics become part of the SavedModel.
        columns: features and label.
    """

    def __init__(self, model: keras.Model, transform: tft.TFTransformOutput, columns: Columns):
        super().__init__()
        self._variables = [variable.value for variable in model.weights]
        self._transform = transform.transform_features_layer()
        # Hidden from tf.Module's tracking by the closure: only plain variables may be saved.
        self._predict = lambda inputs: model(inputs, training=False)
        self._label = columns.label
        raw = transform.raw_feature_spec()
        self._feature_spec: FeatureSpec = {name: raw[name] for name in columns.features}
        self._training_spec: FeatureSpec = self._feature_spec | {c: raw[c] for c in columns.label.columns}

    def signatures(self) -> dict[str, Any]:
        """Returns the three signatures by name, traced and ready for tf.saved_model.save."""
        examples = tf.TensorSpec([None], tf.string, name="examples")
        raw = {name: tf.TensorSpec([None], f.dtype, name=name) for name, f in self._feature_spec.items()}
        return {
            "serving_default": _traced(self._serve_examples, examples),
            "raw": _traced(self._serve_raw, **raw),
            "transform_features": _traced(self._transform_examples, examples),
        }

    def ask(self, examples: tf.Tensor) -> dict[str, tuple[Tensors, Tensors]]:
        """Answers rows with the model in memory, by the same names as the signatures.

        Args:
            examples: serialized tf.train.Examples, [batch], with the label's columns.

        Returns:
            For each signature, its inputs for these rows and its outputs.
        """
        parsed = tf.io.parse_example(examples, self._feature_spec)
        raw = {name: to_dense(column) for name, column in parsed.items()}
        return {
            "serving_default": ({"examples": examples}, self._serve_examples(examples)),
            "raw": (raw, self._serve_raw(**raw)),
            "transform_features": ({"examples": examples}, self._transform_examples(examples)),
        }

    def _serve_examples(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._answer(tf.io.parse_example(examples, self._feature_spec))

    def _serve_raw(self, **columns: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._answer({name: to_sparse(values) for name, values in columns.items()})

    def _transform_examples(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._transform(tf.io.parse_example(examples, self._training_spec))

    def _answer(self, raw: dict[str, tf.SparseTensor]) -> dict[str, tf.Tensor]:
        return answer(self._predict(self._transform(raw)), self._label)


def _traced(function: Callable, *specs: tf.TensorSpec, **named: tf.TensorSpec) -> Any:
    """Traces a function as it is: there is no Python in it for AutoGraph, which would rewrite all of Keras first."""
    return tf.function(function, autograph=False).get_concrete_function(*specs, **named)


def to_sparse(values: tf.Tensor) -> tf.SparseTensor:
    """Turns a [batch] tensor into the [batch, 1] SparseTensor that parsing an example gives, without the missing."""
    if values.dtype == tf.string:
        present = tf.not_equal(values, "")
    elif values.dtype.is_floating:
        present = tf.math.is_finite(values)
    else:
        present = tf.not_equal(values, MISSING_INT)
    rows = tf.where(present)
    indices = tf.concat([rows, tf.zeros_like(rows)], axis=1)
    return tf.SparseTensor(indices, tf.boolean_mask(values, present), [tf.size(values, tf.int64), 1])


def to_dense(column: tf.SparseTensor) -> tf.Tensor:
    """Turns what parsing examples gives into the [batch] tensor of the `raw` signature; the reverse of to_sparse."""
    missing = "" if column.dtype == tf.string else math.nan if column.dtype.is_floating else MISSING_INT
    first = tf.sparse.slice(column, [0, 0], [column.dense_shape[0], 1])
    one_a_row = tf.SparseTensor(first.indices, first.values, [column.dense_shape[0], 1])
    return tf.sparse.to_dense(one_a_row, tf.constant(missing, column.dtype))[:, 0]


def answer(output: tf.Tensor, label: Label) -> dict[str, tf.Tensor]:
    """Names the model's output for what it is.

    Args:
        output: what the Keras model returns.
        label: the label of the config.

    Returns:
        binary: `probability` of 1, float32 [batch], and the likelier `label`, int64 [batch].
        multiclass: `probabilities`, float32 [batch, classes] in the order of the config, and the likeliest
        class as `label`, string or int64 [batch]. regression: `value`, float32 [batch].
    """
    if isinstance(label, MulticlassLabel):
        probabilities = tf.nn.softmax(output)
        classes = tf.constant(label.classes, tf.string if isinstance(label.classes[0], str) else tf.int64)
        return {"probabilities": probabilities, "label": tf.gather(classes, tf.argmax(output, axis=1))}
    if label.task == "regression":
        return {"value": output[:, 0]}
    probability = tf.sigmoid(output[:, 0])
    return {"probability": probability, "label": tf.cast(probability >= 0.5, tf.int64)}


# The output that is evaluated, by task.
PREDICTION = {"binary": "probability", "multiclass": "probabilities", "regression": "value"}


def export(serving: ServingModel, directory: str) -> None:
    """Writes the SavedModel to `directory`."""
    tf.saved_model.save(serving, directory, signatures=serving.signatures())
