"""The exported SavedModel: what a server can ask a model version for.

Written as a tf.Module that holds plain variables, because a Keras 3 model saved as such loads in Python but not
in TensorFlow's C++ loader, the one TensorFlow Serving uses (docs/adr/0005-export.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
import tensorflow_transform as tft

from components.missing_values import one_a_row, to_dense, to_sparse
from turnstile.labels import ANSWER, Label, MulticlassLabel, RegressionLabel
from turnstile.model_inputs import LABEL, Columns

_EVEN = 0.5  # the probability from which on 1 is likelier than 0
_LARGEST_LOG = 88.0  # float32 ends at the exponential of 88.7

FeatureSpec = dict[str, tf.io.VarLenFeature]
Tensors = dict[str, tf.Tensor]


class ServingModel(tf.Module):
    """A trained model and its preprocessing graph, as three signatures.

    Args:
        model: the trained Keras model, from components.trainer.model.build_model.
        transform: Transform's output; its graph, vocabularies and statistics become part of the SavedModel.
        columns: features and label.
        decision: the probability from which a binary model says 1.
    """

    def __init__(
        self,
        model: keras.Model,
        transform: tft.TFTransformOutput,
        columns: Columns,
        decision: float | None = None,
    ):
        super().__init__()
        self._variables = [variable.value for variable in model.weights]
        # Not transform.transform_features_layer(): saving a Keras layer traces it again, for longer than all the rest.
        self._transform_graph = tf.saved_model.load(transform.transform_savedmodel_dir)
        # Hidden from tf.Module's tracking by the closure: only plain variables may be saved.
        self._predict = lambda inputs: model(inputs, training=False)
        self._label, self._decision = columns.label, decision
        raw = self._raw_spec = transform.raw_feature_spec()
        self._columns = {alias: name for name, alias in columns.aliases.items()}  # of the inputs of `raw`
        self._feature_spec: FeatureSpec = {name: raw[name] for name in columns.features}
        self._training_spec: FeatureSpec = self._feature_spec | {c: raw[c] for c in columns.label.columns}

    def signatures(self) -> dict[str, Any]:
        """Returns the three signatures by name, traced and ready for tf.saved_model.save."""
        examples = tf.TensorSpec([None], tf.string, name="examples")
        raw = {
            alias: tf.TensorSpec([None], self._feature_spec[name].dtype, name=alias)
            for alias, name in self._columns.items()
        }
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
        shape = one_a_row(parsed.values())
        raw = {alias: to_dense(parsed[name], shape)[:, 0] for alias, name in self._columns.items()}
        return {
            "serving_default": ({"examples": examples}, self._serve_examples(examples)),
            "raw": (raw, self._serve_raw(**raw)),
            "transform_features": ({"examples": examples}, self._transform_examples(examples)),
        }

    def _serve_examples(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._answer(tf.io.parse_example(tf.ensure_shape(examples, [None]), self._feature_spec))

    def _serve_raw(self, **columns: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._answer({self._columns[alias]: to_sparse(c) for alias, c in of_one_length(columns).items()})

    def _transform_examples(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._transform(tf.io.parse_example(tf.ensure_shape(examples, [None]), self._training_spec))

    def _transform(self, raw: dict[str, tf.SparseTensor]) -> Tensors:
        """Applies Transform's graph; columns that it knows and `raw` has not are missing in every row."""
        rows = next(iter(raw.values())).dense_shape[0]
        none = {
            name: tf.SparseTensor(tf.zeros([0, 2], tf.int64), tf.zeros([0], f.dtype), [rows, 1])
            for name, f in self._raw_spec.items()
            if name not in raw
        }
        # A table hides from TensorFlow's optimizer what shape its values have, and of a softmax it warns then.
        found = self._transform_graph.transform_fn(raw | none)
        return {name: tf.ensure_shape(values, values.shape) for name, values in found.items()}

    def _answer(self, raw: dict[str, tf.SparseTensor]) -> dict[str, tf.Tensor]:
        inputs = self._transform(raw)
        del inputs[LABEL]  # made of columns that requests do not have
        return answer(self._predict(inputs), self._label, self._decision)


def _traced(function: Callable, *specs: tf.TensorSpec, **named: tf.TensorSpec) -> Any:
    """Traces a function as it is: there is no Python in it for AutoGraph, which would rewrite all of Keras first."""
    return tf.function(function, autograph=False).get_concrete_function(*specs, **named)


def of_one_length(columns: Tensors) -> Tensors:
    """Makes a graph refuse columns that are no list of values, or differ in length, as INVALID_ARGUMENT.

    Without it the rows of a short column would be taken for missing, and those of a long one for more than there are.
    """
    # No server holds what it feeds to the shape that a signature declares; tf.rank would believe the declaration.
    lists = {name: tf.ensure_shape(values, [None]) for name, values in columns.items()}
    sizes = tf.stack([tf.size(values) for values in lists.values()])
    fault = f"the inputs of signature 'raw' differ in length; there are, for {', '.join(columns)}:"
    same = tf.debugging.Assert(tf.reduce_all(sizes == sizes[0]), [fault, sizes], summarize=len(columns))
    with tf.control_dependencies([same]):
        return {name: tf.identity(values) for name, values in lists.items()}


def answer(output: tf.Tensor, label: Label, decision: float | None = None) -> dict[str, tf.Tensor]:
    """Names the model's output for what it is.

    Args:
        output: what the Keras model returns.
        label: the label of the config.
        decision: the probability from which a binary label is 1; None for 0.5.

    Returns:
        binary: `probability` of 1, float32 [batch], and the `label`, int64 [batch].
        multiclass: `probabilities`, float32 [batch, classes] in the order of the config, and the likeliest
        class as `label`, string or int64 [batch]. regression: `value`, float32 [batch].
    """
    if isinstance(label, MulticlassLabel):
        probabilities = tf.nn.softmax(output)
        classes = tf.constant(label.classes, tf.string if isinstance(label.classes[0], str) else tf.int64)
        return {"probabilities": probabilities, ANSWER: tf.gather(classes, tf.argmax(output, axis=1))}
    if isinstance(label, RegressionLabel):
        value = output[:, 0]
        # As the labels, not below 0; and finite, however far a request is from what was learned.
        return {"value": tf.math.expm1(tf.clip_by_value(value, 0, _LARGEST_LOG)) if label.log else value}
    probability = tf.sigmoid(output[:, 0])
    return {"probability": probability, ANSWER: tf.cast(probability >= (decision or _EVEN), tf.int64)}


def export(serving: ServingModel, directory: str) -> None:
    """Writes the SavedModel to `directory`."""
    tf.saved_model.save(serving, directory, signatures=serving.signatures())
