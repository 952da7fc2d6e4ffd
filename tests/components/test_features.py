"""Names and index ranges of the model's inputs, for every kind of feature."""

import itertools

import pytest

from components.features import LABEL, ModelInput, missing_index, model_inputs
from pipeline.config_columns import Bucketized, Categorical, Numeric, Vocabulary

NUMERIC = Numeric(kind="numeric")
NUMERIC_BUCKETS = Numeric(kind="numeric", buckets=10)
BUCKETIZED = Bucketized(kind="bucketized", buckets=5)
VOCABULARY = Vocabulary(kind="vocabulary", top_k=100, oov_buckets=3)
CATEGORICAL = Categorical(kind="categorical", size=24)
KINDS = (NUMERIC, NUMERIC_BUCKETS, BUCKETIZED, VOCABULARY, CATEGORICAL)


@pytest.mark.parametrize(
    ("feature", "expected"),
    [
        (NUMERIC, [("x_xf", 0), ("x_missing", 0)]),
        (NUMERIC_BUCKETS, [("x_xf", 0), ("x_missing", 0), ("x_bucket", 11)]),
        (BUCKETIZED, [("x_bucket", 6)]),
        (VOCABULARY, [("x_xf", 104)]),
        (CATEGORICAL, [("x_xf", 26)]),
    ],
)
def test_inputs_of_a_kind(feature, expected):
    assert model_inputs({"x": feature}) == [ModelInput(*pair) for pair in expected]


@pytest.mark.parametrize(
    ("feature", "index"), [(NUMERIC_BUCKETS, 10), (BUCKETIZED, 5), (VOCABULARY, 103), (CATEGORICAL, 25)]
)
def test_missing_has_the_last_index_of_the_table(feature, index):
    assert missing_index(feature) == index
    assert model_inputs({"x": feature})[-1].cardinality == index + 1


def test_inputs_keep_the_order_of_the_config():
    names = [model_input.name for model_input in model_inputs({"b": BUCKETIZED, "a": NUMERIC})]
    assert names == ["b_bucket", "a_xf", "a_missing"]


@pytest.mark.parametrize("other", ["a_bucket", "a_missing", "a_xf", "a_xf_xf", "label", LABEL])
def test_names_never_collide_with_each_other_or_the_label(other):
    for first, second in itertools.product(KINDS, repeat=2):
        names = [model_input.name for model_input in model_inputs({"a": first, other: second})]
        assert len(set(names)) == len(names)
        assert LABEL not in names
