"""Models that others export: scalars, variables as outputs, sparse tensors, and dtypes that NumPy lacks."""

from __future__ import annotations

import numpy as np
import pytest

from serving.model.dtypes import BFLOAT16, COMPLEX64, COMPLEX128, FLOAT, NUMPY
from serving.model.saved_model import ModelError, SavedModel
from tests import made_models


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return SavedModel(made_models.odd(tmp_path_factory.mktemp("odd") / "1"))


@pytest.mark.parametrize("dtype", [BFLOAT16, COMPLEX64, COMPLEX128])
@pytest.mark.parametrize("shape", [(), (0,), (2, 3)])
def test_values_of_any_shape_come_back(model, dtype, shape):
    x = (np.arange(np.prod(shape, dtype=int)) - 1.5).reshape(shape).astype(NUMPY[dtype])
    found = model(f"same_{dtype}", {"x": x})["y"]
    assert (found.dtype, found.shape) == (x.dtype, x.shape)
    np.testing.assert_array_equal(found, x)


@pytest.mark.parametrize("by", [np.float32(3), np.array(3, np.float32), np.array([[1, 2]], np.float32).T[1, 0] + 1])
def test_a_scalar_is_fed_as_a_scalar(model, by):
    found = model("scaled", {"x": np.array([1.0, 2.0], np.float32), "by": by})
    assert found["rank"] == 0
    assert found["y"].tolist() == [3.0, 6.0]


def test_an_array_that_is_not_laid_out_by_rows_is_fed_by_rows(model):
    x = np.arange(6, dtype=np.complex64).reshape(2, 3).T
    np.testing.assert_array_equal(model(f"same_{COMPLEX64}", {"x": x})["y"], x)


def test_a_variable_has_the_dtype_of_its_values(model):
    assert model.signature("variable").outputs["v"].dtype == FLOAT
    assert model("variable", {"x": np.zeros(1, np.float32)})["v"].tolist() == [3.0, 4.0]
    assert model.signature("takes_variable").inputs["v"].dtype == FLOAT
    assert model("takes_variable", {"v": np.array([1.0, 2.0], np.float32)})["y"].tolist() == [2.0, 4.0]


def test_a_sparse_tensor_hinders_only_who_asks_for_it(model):
    x = {"x": np.array([0.0, 2.0], np.float32)}
    assert model("sparse", x, ["dense"])["dense"].tolist() == [0.0, 2.0]
    with pytest.raises(ModelError, match=r"^output 'nonzero' is sparse, .* Ask for other outputs") as error:
        model("sparse", x)
    assert error.value.code == 3
    with pytest.raises(ModelError, match=r"^input 'given' is sparse"):
        model("takes_sparse", {"given": x["x"]})
