"""Names, positions and index ranges of the model's inputs, for every kind of feature."""

import pytest

from turnstile.model_inputs import TIME_PARTS, Columns, missing_index, model_inputs

NUMERIC = {"kind": "numeric"}
NUMERIC_BUCKETS = {"kind": "numeric", "buckets": 10}
BUCKETIZED = {"kind": "bucketized", "buckets": 5}
VOCABULARY = {"kind": "vocabulary", "top_k": 100, "oov_buckets": 3}
CATEGORICAL = {"kind": "categorical", "size": 24}
BOOLEAN = {"kind": "boolean"}


def columns(**features):
    return Columns.model_validate({"features": features, "label": {"kind": "binary", "column": "y"}})


@pytest.mark.parametrize(
    ("feature", "numbers", "indices"),
    [
        (NUMERIC, ("x", "x missing"), {}),
        (NUMERIC_BUCKETS, ("x", "x missing"), {"x bucket": 11}),
        (BUCKETIZED, (), {"x bucket": 6}),
        (VOCABULARY, (), {"x": 104}),
        (CATEGORICAL, (), {"x": 26}),
        (BOOLEAN, (), {"x": 3}),
        ({"kind": "time"}, tuple(f"x {part}" for part in TIME_PARTS), {}),
    ],
)
def test_inputs_of_a_kind(feature, numbers, indices):
    found = model_inputs(columns(x=feature))
    assert (found.numbers, found.indices) == (numbers, indices)


def test_a_text_has_words_and_nothing_else():
    found = model_inputs(columns(**{"a note": {"kind": "text", "terms": 5}}))
    assert (found.numbers, found.indices) == ((), {})
    assert {name: text.terms for name, text in found.words.items()} == {"a_note": 5}


@pytest.mark.parametrize(("feature", "index"), [(VOCABULARY, 103), (CATEGORICAL, 25), (BOOLEAN, 2)])
def test_missing_has_the_last_index_of_the_table(feature, index):
    spec = columns(x=feature)
    assert missing_index(spec.features["x"]) == index
    assert model_inputs(spec).indices["x"] == index + 1


def test_inputs_stand_kind_by_kind_in_the_order_of_the_config():
    found = model_inputs(columns(c=CATEGORICAL, v=VOCABULARY, b=BUCKETIZED, n=NUMERIC_BUCKETS, a=NUMERIC))
    assert found.numbers == ("n", "a", "n missing", "a missing")
    assert list(found.indices) == ["b bucket", "n bucket", "v", "c"]


@pytest.mark.parametrize("other", ["x_bucket", "xbucket", "x_missing", "indices", "label"])
def test_no_column_takes_the_place_of_another(other):
    found = model_inputs(columns(**{"x": NUMERIC_BUCKETS, other: CATEGORICAL}))
    assert len(found.indices) == 2
