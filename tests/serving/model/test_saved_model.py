"""A SavedModel is asked by signature; what cannot be loaded or is not there is said in words."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import tensorflow as tf

from serving.model.dtypes import FLOAT, INT64, STRING
from serving.model.saved_model import ModelError, SavedModel
from turnstile.errors import UsageError


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

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, "x")])
    def shorten(self, x):
        return {"short": tf.bitcast(tf.cast(x, tf.int8), tf.qint8), "long": x}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "1"
    module = Scale()
    signatures = {"serving_default": module.scale, "greet": module.greet, "shorten": module.shorten}
    tf.saved_model.save(module, str(folder), signatures=signatures)
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
    assert model("greet", {"names": np.array([b"you"], object)})["greeting"].tolist() == [b"hello you"]


def test_the_signatures_are_those_that_were_exported(model):
    assert list(model.signatures) == ["greet", "serving_default", "shorten"]


@pytest.mark.parametrize(
    ("signature", "inputs"),
    [("serving_default", {"x": FLOAT, "shift": INT64}), ("greet", {"names": STRING})],
)
def test_inputs_have_their_types(model, signature, inputs):
    assert {name: info.dtype for name, info in model.signature(signature).inputs.items()} == inputs


def test_two_models_are_open_at_once(model, copy):
    asked = {"x": np.array([1.0], "float32"), "shift": np.array([0])}
    assert SavedModel(str(copy))("serving_default", asked) == model("serving_default", asked)


@pytest.mark.parametrize("ask", [lambda m: m.signature("predict"), lambda m: m("predict", {})])
def test_an_unknown_signature_is_answered_with_those_there_are(model, ask):
    with pytest.raises(UsageError, match="no signature 'predict'; the model has: greet, serving_default, shorten"):
        ask(model)


@pytest.mark.parametrize("name", [".", "absent", "variables"])
def test_a_folder_without_a_saved_model_is_told(tmp_path, name):
    (tmp_path / "variables").mkdir()
    with pytest.raises(UsageError) as error:
        SavedModel(tmp_path / name)
    assert (
        str(error.value)
        == f"{tmp_path / name}: no SavedModel here (saved_model.pb is missing). Name the folder of a version"
    )


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


@pytest.mark.parametrize("damage", [truncate, empty, forget_weights, cut_weights])
def test_a_damaged_model_is_refused_in_one_line(copy, damage):
    damage(copy)
    with pytest.raises(UsageError) as error:
        SavedModel(copy)
    assert str(error.value).startswith(f"{copy}: cannot be loaded: ")
    assert len(str(error.value).splitlines()) == 1
    assert len(str(error.value)) > len(f"{copy}: cannot be loaded: ")


def test_a_model_without_its_variables_is_loaded_as_in_tensorflow_serving_but_answers_nothing(copy):
    forget_variables(copy)
    with pytest.raises(ModelError, match=r"(?i)uninitialized|not find variable|not exist"):
        SavedModel(copy)("serving_default", {"x": np.array([1.0], "float32"), "shift": np.array([0])})


def test_an_output_of_a_dtype_that_no_array_is_for_is_refused(model):
    asked = {"x": np.array([0.5], np.float32)}
    with pytest.raises(ModelError, match=r"^an output has dtype qint8; expected one of: float, .* Cast it ") as error:
        model("shorten", asked)
    assert error.value.code == 12  # UNIMPLEMENTED
    assert model("shorten", asked, ["long"])["long"].tolist() == [0.5]


def test_a_model_whose_signature_names_no_operation_is_refused(copy):
    from tensorflow.core.protobuf import saved_model_pb2

    file = copy / "saved_model.pb"
    changed = saved_model_pb2.SavedModel.FromString(file.read_bytes())
    changed.meta_graphs[0].signature_def["greet"].outputs["greeting"].name = "nowhere:0"
    file.write_bytes(changed.SerializeToString())
    with pytest.raises(UsageError, match="cannot be loaded: the graph has no operation 'nowhere'"):
        SavedModel(copy)
