"""SavedModels made for tests: the "half plus two" of TensorFlow Serving's own documentation, and variations of it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import tensorflow as tf

from components.trainer.serving_sample import write_logs
from serving.model.protos import prediction_log_pb2
from serving.model.warmup import WARMUP


class HalfPlus(tf.Module):
    """y = x / 2 + b, by tensor and by tf.train.Example."""

    def __init__(self, b: float, seconds: float = 0.0):
        super().__init__()
        self.a, self.b, self.seconds = tf.Variable(0.5), tf.Variable(b), seconds

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
    def predict(self, x):
        if self.seconds:
            x = self._busy(x)
        return {"y": self.a * x + self.b}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="inputs")])
    def regress(self, inputs):
        return {"outputs": self._of(inputs)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="inputs")])
    def classify(self, inputs):
        return {"scores": self._of(inputs)}

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, 2], tf.float32, name="pair"),
            tf.TensorSpec([None], tf.string, name="word"),
        ]
    )
    def two(self, pair, word):
        return {"total": tf.reduce_sum(pair, axis=1), "word_bytes": word, "length": tf.strings.length(word)}

    def _of(self, examples):
        return self.a * tf.io.parse_example(examples, {"x": tf.io.FixedLenFeature([1], tf.float32)})["x"] + self.b

    def _busy(self, x):
        """Multiplies matrices for a while: a sleep would need Python."""
        m = tf.eye(512)
        for _ in range(int(self.seconds * 200)):
            m = tf.matmul(m, tf.eye(512))
        return x * m[0, 0]


def half_plus(folder: Path, b: float = 2.0, seconds: float = 0.0) -> Path:
    """Writes the model to `folder`; returns it.

    Args:
        folder: of the version, such as models/half_plus_two/1.
        b: what is added to the half.
        seconds: about how long a request for serving_default keeps a core busy.
    """
    model = HalfPlus(b, seconds)
    signatures = {
        "serving_default": model.predict,
        "regress_x_to_y": model.regress,
        "classify_x_to_y": model.classify,
        "two": model.two,
    }
    tf.saved_model.save(model, str(folder), signatures=signatures)
    return folder


def classic(folder: Path) -> Path:
    """Writes half plus two as TensorFlow Serving's own example has it: signatures that share one tensor of examples."""
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        examples = v1.placeholder(tf.string, [None], name="tf_example")
        x = v1.parse_example(examples, {"x": tf.io.FixedLenFeature([1], tf.float32)})["x"]
        y = x * v1.Variable(0.5) + v1.Variable(2.0)
        session.run(v1.global_variables_initializer())
        build, info = v1.saved_model.signature_def_utils.build_signature_def, v1.saved_model.utils.build_tensor_info
        signatures = {
            "serving_default": build({"x": info(x)}, {"y": info(y)}, "tensorflow/serving/predict"),
            "regress_x_to_y": build({"inputs": info(examples)}, {"outputs": info(y)}, "tensorflow/serving/regress"),
            "classify_x_to_y": build({"inputs": info(examples)}, {"scores": info(y)}, "tensorflow/serving/classify"),
        }
        builder = v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(session, ["serve"], signatures)
        builder.save()
    return folder


def warmed_up_by(folder: Path, *requests: Any) -> None:
    """Gives a version PredictRequests to be warmed up by."""
    logs = [prediction_log_pb2.PredictionLog(predict_log={"request": request}) for request in requests]
    write_logs(folder / WARMUP, logs)


def copied(template: Path, folder: Path) -> Path:
    """Copies a version, complete at once as a push is."""
    aside = folder.parent / f".{folder.name}"
    shutil.copytree(template, aside)
    aside.rename(folder)
    return folder


def odd(folder: Path) -> Path:
    """Writes a model of TensorFlow 1 with what ours never have: scalars, rare dtypes, variables and sparse tensors."""
    v1 = tf.compat.v1
    build, info = v1.saved_model.signature_def_utils.build_signature_def, v1.saved_model.utils.build_tensor_info
    with tf.Graph().as_default(), v1.Session() as session:
        x, by = v1.placeholder(tf.float32, [None], "x"), v1.placeholder(tf.float32, [], "by")
        nonzero = tf.sparse.from_dense(x)
        v = v1.get_variable("v", initializer=[3.0, 4.0], use_resource=False)
        signatures = {
            "scaled": build({"x": info(x), "by": info(by)}, {"y": info(x * by), "rank": info(tf.rank(by * 1.0))}),
            "sparse": build({"x": info(x)}, {"dense": info(x * 1.0), "nonzero": info(nonzero)}),
            "takes_sparse": build({"given": info(v1.sparse_placeholder(tf.float32))}, {"y": info(x * 2.0)}),
            "variable": build({"x": info(x)}, {"v": info(v)}),
            "takes_variable": build({"v": info(v)}, {"y": info(v * 2.0)}),
        }
        for dtype in (tf.bfloat16, tf.complex64, tf.complex128):
            given = v1.placeholder(dtype, None)
            name = f"same_{dtype.as_datatype_enum}"
            signatures[name] = build({"x": info(given)}, {"y": info(tf.identity(given))})
        signatures["scaled"].defaults["by"].CopyFrom(tf.make_tensor_proto(10.0))
        session.run(v1.global_variables_initializer())
        builder = v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(session, ["serve"], signatures)
        builder.save()
    return folder
