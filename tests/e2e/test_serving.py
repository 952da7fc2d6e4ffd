"""The pushed model in TensorFlow's C++ runtime: every signature, and the same numbers as offline and in Python."""

from __future__ import annotations

import csv

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft

from components.trainer.model import build_model
from serving.model.dtypes import NAMES
from serving.model.saved_model import ModelError, SavedModel
from serving.rows import reading as reader
from turnstile.model_inputs import INDICES, LABEL, NUMBERS, Columns, model_inputs

ROWS = 500
# Agreement of float32 sums in another order.
TOLERANCE = 1e-6


@pytest.fixture(scope="module")
def rows(trips):
    with trips.open(newline="") as handle:
        return [row for _, row in zip(range(ROWS), csv.DictReader(handle), strict=False)]


@pytest.fixture(scope="module")
def model(trained):
    return SavedModel(trained[1].model_dir)


def example(row, dtypes):
    """A serialized tf.Example of one row, without its missing values."""
    features = {}
    for name, dtype in dtypes.items():
        if row[name] == "":
            continue
        if dtype == "string":
            features[name] = tf.train.Feature(bytes_list=tf.train.BytesList(value=[row[name].encode()]))
        elif dtype == "int64":
            features[name] = tf.train.Feature(int64_list=tf.train.Int64List(value=[int(row[name])]))
        else:
            features[name] = tf.train.Feature(float_list=tf.train.FloatList(value=[float(row[name])]))
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


@pytest.fixture(scope="module")
def dtypes(model):
    return {name: NAMES[info.dtype] for name, info in model.signature("raw").inputs.items()}


@pytest.fixture(scope="module")
def examples(rows, dtypes):
    return np.array([example(row, dtypes | {"tips": "float"}) for row in rows], object)


@pytest.fixture(scope="module")
def served(model, examples):
    return model("serving_default", {"examples": examples})


def test_the_signatures_are_those_of_the_design(model):
    assert list(model.signatures) == ["raw", "serving_default", "transform_features"]


def test_raw_answers_what_serving_default_answers(model, rows, dtypes, served):
    raw = model("raw", reader.to_arrays(rows, dtypes, first_row=1))
    assert np.abs(raw["probability"] - served["probability"]).max() < TOLERANCE
    assert raw["label"].tolist() == served["label"].tolist()
    assert np.ptp(served["probability"]) > 0.5


@pytest.mark.parametrize("change", [lambda values: values[:1], lambda values: values[:, np.newaxis]])
def test_a_column_that_does_not_fit_the_others_is_refused_by_the_graph_itself(model, rows, dtypes, change):
    inputs = reader.to_arrays(rows, dtypes, first_row=1)
    for name in inputs:
        with pytest.raises(ModelError, match=r"differ in length|is not compatible with expected shape") as error:
            model("raw", inputs | {name: change(inputs[name])})
        assert error.value.code == 3  # INVALID_ARGUMENT


def test_transform_then_the_weights_of_the_export_answer_the_same(model, trained, small, examples, served):
    """The Keras model, filled with the exported variables and fed with transform_features."""
    workspace, _ = trained
    config = workspace.config(small)
    columns = Columns(features=config.features, label=config.label)
    transformed = model("transform_features", {"examples": examples})
    layout = model_inputs(columns)
    assert {name: values.shape[1] for name, values in transformed.items()} == {
        NUMBERS: len(layout.numbers), INDICES: len(layout.indices), LABEL: 1,
    }  # fmt: skip

    offline = build_model(columns, config.training)
    exported = tf.saved_model.load(trained[1].model_dir)
    offline.set_weights([variable.numpy() for variable in exported._variables])
    logits = offline({name: transformed[name] for name in transformed if name != LABEL}, training=False)
    probability = keras.ops.sigmoid(logits[:, 0])
    assert np.abs(probability - served["probability"]).max() < TOLERANCE


def test_the_evaluators_label_is_the_one_the_rows_say(model, rows, examples):
    labels = model("transform_features", {"examples": examples})[LABEL][:, 0]
    expected = [float(row["tips"]) > 0.2 * float(row["fare"]) + 1e-9 for row in rows]
    assert labels.tolist() == expected


def test_requests_without_the_label_or_with_nothing_at_all_are_answered(model, dtypes):
    nothing = np.array([tf.train.Example().SerializeToString()], object)
    from_example = model("serving_default", {"examples": nothing})["probability"]
    from_raw = model("raw", reader.to_arrays([{}], dtypes, first_row=1))["probability"]
    assert np.isfinite(from_example).all()
    assert np.abs(from_example - from_raw).max() < TOLERANCE


def test_training_saw_what_serving_sees(trained, model):
    """Transform's materialized examples, with which the model was trained, equal the transform_features signature."""
    workspace, _ = trained
    root = workspace.output / "small"
    (graph,) = (root / "Transform" / "transform_graph").iterdir()
    spec = tft.TFTransformOutput(str(graph)).transformed_feature_spec()

    def read(folder):
        files = [str(path) for path in folder.glob("*/Split-eval/*")]
        return list(tf.data.TFRecordDataset(files, compression_type="GZIP").as_numpy_iterator())

    materialized = tf.io.parse_example(read(root / "Transform" / "transformed_examples"), spec)
    raw = np.array(read(root / "ExampleGen" / "examples"), object)
    for name, values in model("transform_features", {"examples": raw}).items():
        assert sorted(values[:, 0].tolist()) == pytest.approx(sorted(materialized[name].numpy()[:, 0].tolist())), name


@pytest.mark.parametrize("signature", ["raw", "serving_default", "transform_features"])
def test_tensorflows_python_answers_the_same(trained, model, rows, dtypes, examples, signature):
    inputs = reader.to_arrays(rows, dtypes, first_row=1) if signature == "raw" else {"examples": examples}
    in_python = tf.saved_model.load(trained[1].model_dir).signatures[signature]
    expected = in_python(**{name: tf.constant(values) for name, values in inputs.items()})
    found = model(signature, inputs)
    assert set(found) == set(expected)
    for name, values in expected.items():
        assert np.abs(found[name] - values.numpy()).max() < TOLERANCE, name
