"""A SavedModel is asked by signature; what cannot be loaded or is not there is said in words."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import tensorflow as tf

from pipeline.errors import UsageError
from serving.saved_model import SavedModel


class Scale(tf.Module):
    """Multiplies by a variable, and greets: two signatures with inputs of three types."""

    def __init__(self):
        super().__init__()
        self.factor = tf.Variable(3.0)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, "x"), tf.TensorSpec([None], tf.int64, "shift")])
    def scale(self, x, shift):
        return {"scaled": self.factor * x, "shifted": x + tf.cast(shift, tf.float32)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "names")])
    def greet(self, names):
        return {"greeting": tf.strings.join(["hello ", names])}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "1"
    module = Scale()
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.scale, "greet": module.greet})
    return folder


@pytest.fixture
def copy(exported, tmp_path):
    return shutil.copytree(exported, tmp_path / "model")


@pytest.fixture(scope="module")
def model(exported):
    return SavedModel(exported)


def test_a_signature_answers_by_the_names_of_its_outputs(model):
    found = model("serving_default", {"x": np.array([1.0, -2.0], "float32"), "shift": np.array([10, 20])})
    assert {name: values.tolist() for name, values in found.items()} == {"scaled": [3.0, -6.0], "shifted": [11.0, 18.0]}
    assert model("greet", {"names": ["you"]})["greeting"].tolist() == [b"hello you"]


def test_the_signatures_are_those_that_were_exported(model):
    assert model.signatures == ["greet", "serving_default"]


@pytest.mark.parametrize(
    ("signature", "inputs"),
    [("serving_default", {"x": tf.float32, "shift": tf.int64}), ("greet", {"names": tf.string})],
)
def test_inputs_have_their_types(model, signature, inputs):
    assert model.inputs(signature) == inputs


def test_two_models_are_open_at_once(model, copy):
    asked = {"x": np.array([1.0], "float32"), "shift": np.array([0])}
    assert SavedModel(str(copy))("serving_default", asked) == model("serving_default", asked)


@pytest.mark.parametrize("ask", [lambda m: m.inputs("predict"), lambda m: m("predict", {})])
def test_an_unknown_signature_is_answered_with_those_there_are(model, ask):
    with pytest.raises(UsageError, match="no signature 'predict'; the model has: greet, serving_default"):
        ask(model)


@pytest.mark.parametrize("name", [".", "absent", "variables"])
def test_a_folder_without_a_saved_model_is_told(tmp_path, name):
    (tmp_path / "variables").mkdir()
    with pytest.raises(UsageError) as error:
        SavedModel(tmp_path / name)
    assert str(error.value) == f"{tmp_path / name}: no SavedModel here (saved_model.pb is missing)"


def truncate(folder):
    file = folder / "saved_model.pb"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def empty(folder):
    (folder / "saved_model.pb").write_bytes(b"")


def forget_variables(folder):
    shutil.rmtree(folder / "variables")


def forget_weights(folder):
    (folder / "variables" / "variables.data-00000-of-00001").unlink()


def cut_weights(folder):
    (folder / "variables" / "variables.data-00000-of-00001").write_bytes(b"")


@pytest.mark.parametrize("damage", [truncate, empty, forget_variables, forget_weights, cut_weights])
def test_a_damaged_model_is_refused_in_one_line(copy, damage):
    damage(copy)
    with pytest.raises(UsageError) as error:
        SavedModel(copy)
    assert str(error.value).startswith(f"{copy}: cannot be loaded: ")
    assert len(str(error.value).splitlines()) == 1
    assert len(str(error.value)) > len(f"{copy}: cannot be loaded: ")
