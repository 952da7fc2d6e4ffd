"""Preprocessing, table in and table out, through Transform's own analysis."""

from __future__ import annotations

import math
from pathlib import Path

import apache_beam as beam
import pytest
import tensorflow as tf
import tensorflow_transform.beam as tft_beam
from tensorflow_transform.tf_metadata import dataset_metadata, schema_utils

from components.transform.preprocessing import make_label, preprocessing_fn
from turnstile.model_inputs import INDICES, NUMBERS, WORDS, Columns, model_inputs

SPEC = {
    "fare": tf.float32,
    "hour": tf.int64,
    "city": tf.string,
    "price": tf.float32,
    "zip": tf.int64,
    "on": tf.int64,
    "at": tf.int64,
}
LABEL = {"kind": "regression", "column": "price"}


def transformed(rows, features, label=LABEL, tmp_path=None):
    """Analyzes and transforms rows (None: missing); returns the rows that Trainer would see."""
    columns = Columns.model_validate({"features": features, "label": label})
    names = [*features, *columns.label.columns]
    metadata = dataset_metadata.DatasetMetadata(
        schema_utils.schema_from_feature_spec({name: tf.io.VarLenFeature(SPEC[name]) for name in names})
    )
    data = [{name: [] if row.get(name) is None else [row[name]] for name in names} for row in rows]
    config = {"settings": columns.model_dump_json()}
    with tft_beam.Context(temp_dir=str(tmp_path)), beam.Pipeline(options=_options()) as pipeline:
        (output, _), _ = (
            (pipeline | beam.Create(data), metadata)
            | tft_beam.AnalyzeAndTransformDataset(lambda inputs: preprocessing_fn(inputs, config))
        )  # fmt: skip
        output | beam.combiners.ToList() | beam.Map(_keep)
    return sorted(_kept, key=lambda row: row["label"][0])


_kept: list = []


def _keep(rows):
    _kept[:] = rows


def _options():
    return beam.options.pipeline_options.PipelineOptions(["--direct_running_mode=in_memory"])


def numbers(rows, features, name):
    return [float(row[NUMBERS][layout(features).numbers.index(name)]) for row in rows]


def indices(rows, features, name):
    return [int(row[INDICES][list(layout(features).indices).index(name)]) for row in rows]


def layout(features):
    return model_inputs(Columns.model_validate({"features": features, "label": LABEL}))


def test_a_number_becomes_its_z_score_and_a_missing_one_the_mean_with_a_mark(tmp_path):
    rows = [{"fare": value, "price": i} for i, value in enumerate([1.0, 3.0, None, math.nan, math.inf])]
    features = {"fare": {"kind": "numeric"}}
    found = transformed(rows, features, tmp_path=tmp_path)
    assert numbers(found, features, "fare") == pytest.approx([-1, 1, 0, 0, 0])
    assert numbers(found, features, "fare missing") == [0, 0, 1, 1, 1]


def test_a_logarithm_keeps_the_sign(tmp_path):
    rows = [{"fare": value, "price": i} for i, value in enumerate([-(math.e - 1), 0.0, math.e - 1])]
    features = {"fare": {"kind": "numeric", "log": True}}
    found = transformed(rows, features, tmp_path=tmp_path)
    assert numbers(found, features, "fare") == pytest.approx([-math.sqrt(1.5), 0, math.sqrt(1.5)], abs=1e-6)


def test_each_number_has_a_scale_of_its_own_whatever_its_type(tmp_path):
    rows = [
        {"fare": fare, "hour": hour, "price": i} for i, (fare, hour) in enumerate([(0.0, 10), (8.0, None), (4.0, 14)])
    ]
    features = {"hour": {"kind": "numeric"}, "fare": {"kind": "numeric", "log": False}}
    found = transformed(rows, features, tmp_path=tmp_path)
    assert numbers(found, features, "hour") == pytest.approx([-1, 0, 1])
    assert numbers(found, features, "fare") == pytest.approx([-math.sqrt(1.5), math.sqrt(1.5), 0])
    assert numbers(found, features, "hour missing") == [0, 1, 0]
    assert numbers(found, features, "fare missing") == [0, 0, 0]


def test_a_number_that_never_varies_is_zero(tmp_path):
    rows = [{"fare": 7.0, "price": i} for i in range(3)]
    features = {"fare": {"kind": "numeric"}}
    assert numbers(transformed(rows, features, tmp_path=tmp_path), features, "fare") == [0, 0, 0]


def test_buckets_hold_equal_shares_and_missing_has_the_last_index(tmp_path):
    rows = [{"fare": float(i) if i < 8 else None, "price": i} for i in range(9)]
    features = {"fare": {"kind": "bucketized", "buckets": 4}}
    found = transformed(rows, features, tmp_path=tmp_path)
    assert NUMBERS not in found[0]
    assert indices(found, features, "fare bucket") == [0, 0, 1, 1, 2, 2, 3, 3, 4]


def test_numeric_with_buckets_gives_both(tmp_path):
    rows = [{"fare": float(i), "price": i} for i in range(4)]
    features = {"fare": {"kind": "numeric", "buckets": 2}}
    found = transformed(rows, features, tmp_path=tmp_path)
    assert set(found[0]) == {NUMBERS, INDICES, "label"}
    assert indices(found, features, "fare bucket") == [0, 0, 1, 1]


def test_strings_become_indices_by_frequency_with_the_rest_out_of_vocabulary(tmp_path):
    cities = [b"a", b"a", b"a", b"b", b"b", b"c", b"", None]
    rows = [{"city": value, "price": i} for i, value in enumerate(cities)]
    features = {"city": {"kind": "vocabulary", "top_k": 2}}
    found = transformed(rows, features, tmp_path=tmp_path)
    assert indices(found, features, "city") == [0, 0, 0, 1, 1, 2, 3, 3]


def test_each_column_has_a_vocabulary_of_its_own(tmp_path):
    """Values alike in both, with blanks at their ends or a line's end inside, as many as there are places and fewer."""
    cities = [b"1 ", b"1 ", b"1", b"x\ny", b"1 ", b"1", b"", None]
    zips = [7, 1, 1, 1, 7, 3, None, 1]
    rows = [
        {"city": city, "zip": number, "price": i} for i, (city, number) in enumerate(zip(cities, zips, strict=True))
    ]
    features = {
        "zip": {"kind": "vocabulary", "top_k": 2, "oov_buckets": 2},
        "city": {"kind": "vocabulary", "top_k": 9},
    }
    found = transformed(rows, features, tmp_path=tmp_path)
    assert indices(found, features, "city") == [0, 0, 1, 9, 0, 1, 10, 10]
    *known, rare, missing, last = indices(found, features, "zip")
    assert (known, missing, last) == ([1, 0, 0, 0, 1], 4, 0)
    assert rare in (2, 3)


def test_integers_are_names_too(tmp_path):
    rows = [
        {"zip": value, "price": i} for i, value in enumerate([10115, 10115, 10115, -7, -7, 3, None, 10115, -7, 0, 0])
    ]
    features = {"zip": {"kind": "vocabulary", "top_k": 3}}
    assert indices(transformed(rows, features, tmp_path=tmp_path), features, "zip") == [0, 0, 0, 1, 1, 3, 4, 0, 1, 2, 2]


def test_the_words_for_true_and_false_and_one_for_the_rest(tmp_path):
    words = [b"true", b"Yes", b" T", b"y", b"1", b"1.0", b"FALSE", b"no", b"f", b"N", b"0", b"0.0", b"?", b"NA", None]
    rows = [{"city": value, "price": i} for i, value in enumerate(words)]
    features = {"city": {"kind": "boolean"}}
    found = indices(transformed(rows, features, tmp_path=tmp_path), features, "city")
    assert found == [1] * 6 + [0] * 6 + [2] * 3
    rows = [{"on": value, "price": i} for i, value in enumerate([1, 0, None, 7])]
    features = {"on": {"kind": "boolean"}}
    assert indices(transformed(rows, features, tmp_path=tmp_path), features, "on") == [1, 0, 2, 2]


TIME_ROWS = ["2015-03-02", "2017-03-04T18:30:00+06:30", None, "2015-02-29", "soon"]


@pytest.mark.parametrize("column", ["city", "at"])
def test_a_time_becomes_numbers_and_what_is_none_is_missing(column, tmp_path):
    """A Monday in March, and a Saturday in March at noon in UTC, as text and as milliseconds."""
    numbered = [1_425_254_400_000, 1_488_628_800_000, None, -(2**60), 2**60]
    values = [value and value.encode() for value in TIME_ROWS] if column == "city" else numbered
    features = {column: {"kind": "time"} if column == "city" else {"kind": "time", "unit": "ms"}}
    rows = [{column: value, "price": i} for i, value in enumerate(values)]
    found = transformed(rows, features, tmp_path=tmp_path)

    expected = {
        "year": [-1, 1],
        "time": [-1, 1],
        "month sine": [math.sin(math.pi / 3)] * 2,
        "weekday cosine": [1, math.cos(2 * math.pi * 5 / 7)],
        "hour cosine": [1, -1],
        "missing": [0, 0],
    }
    for part, values in expected.items():
        rest = [1, 1, 1] if part == "missing" else [0, 0, 0]
        assert numbers(found, features, f"{column} {part}") == pytest.approx([*values, *rest], abs=1e-6), part


def test_a_time_that_never_varies_is_no_distance(tmp_path):
    rows = [{"city": b"2015-03-02", "fare": float(i), "price": i} for i in range(3)]
    features = {"fare": {"kind": "numeric"}, "city": {"kind": "time"}}
    found = transformed(rows, features, tmp_path=tmp_path)
    assert numbers(found, features, "city time") == numbers(found, features, "city year") == [0, 0, 0]
    assert numbers(found, features, "fare")[1] == 0


def test_words_and_pairs_become_places_by_frequency_each_once_a_row(tmp_path):
    texts = ["It's good, very GOOD", "its good", "good good 日本", "日本 x", "", None, ". \t", "good " * 9999]
    values = [text and text.encode() for text in texts] + [b"\xff\xfe"]
    rows = [{"city": value, "price": i} for i, value in enumerate(values)]
    features = {"city": {"kind": "text", "top_k": 3, "terms": 5}}
    found = [row[WORDS].tolist() for row in transformed(rows, features, tmp_path=tmp_path)]
    # "good" is the most frequent one, then "good good"; "its", "its good" and 日本 are there twice, and one of them has
    # the last place.
    good, twice = 1, 2
    assert {len(row) for row in found} == {5}
    assert found[0][0] in (good, 3)
    assert {good, twice} <= set(found[2]) and found[2].count(good) == 1
    assert set(found[1]) <= {good, 3, 0}
    assert found[7] == [good, twice, 0, 0, 0]
    assert found[4:7] + found[8:] == [[0] * 5] * 4


def test_integers_out_of_range_share_an_index_and_missing_has_its_own(tmp_path):
    rows = [{"hour": value, "price": i} for i, value in enumerate([0, 3, 4, -1, None])]
    features = {"hour": {"kind": "categorical", "size": 4}}
    found = transformed(rows, features, tmp_path=tmp_path)
    assert indices(found, features, "hour") == [0, 3, 4, 4, 5]


def sparse(values, dtype):
    indices = [[i, 0] for i in range(len(values))]
    return tf.SparseTensor(indices, tf.constant(values, dtype), [len(values), 1])


@pytest.mark.parametrize(
    ("label", "columns", "expected"),
    [
        ({"kind": "binary", "column": "y"}, {"y": ([0, 1, 1], tf.int64)}, [0, 1, 1]),
        ({"kind": "binary", "column": "y", "positive": "yes"}, {"y": (["no", "yes"], tf.string)}, [0, 1]),
        ({"kind": "binary", "column": "y", "positive": 7}, {"y": ([7, 6], tf.int64)}, [1, 0]),
        ({"kind": "binary", "column": "y", "positive": True}, {"y": (["True", "FALSE", "true"], tf.string)}, [1, 0, 1]),
        ({"kind": "binary", "column": "y", "positive": False}, {"y": (["True", "false"], tf.string)}, [0, 1]),
        # 0.1 is more than 0.1 in float32; a count beyond 2^24 is not rounded to it.
        ({"kind": "binary", "column": "y", "above": 0.1}, {"y": ([0.1, 0.2, -1], tf.float32)}, [0, 1, 0]),
        ({"kind": "binary", "column": "y", "below": 0.1}, {"y": ([0.1, 0.2, -1], tf.float32)}, [0, 0, 1]),
        ({"kind": "binary", "column": "y", "above": 2**24}, {"y": ([2**24, 2**24 + 1], tf.int64)}, [0, 1]),
        ({"kind": "binary", "column": "y", "above": 0}, {"y": ([0, 1, -1], tf.int64)}, [0, 1, 0]),
        (
            {"kind": "ratio_above", "numerator": "tips", "denominator": "fare", "threshold": 0.2},
            # 2.49 is exactly a fifth of 12.45, but not in float32.
            {"tips": ([2.49, 2.5, 0.0, 0.1], tf.float32), "fare": ([12.45, 12.45, 0.0, 0.0], tf.float32)},
            [0, 1, 0, 1],
        ),
        (
            {"kind": "multiclass", "column": "y", "classes": ["b", "a"]},
            {"y": (["a", "b", "x"], tf.string)},
            [1, 0, -1],
        ),
        ({"kind": "multiclass", "column": "y", "classes": [10, 20, 30]}, {"y": ([30, 10], tf.int64)}, [2, 0]),
        ({"kind": "regression", "column": "y"}, {"y": ([3, 4], tf.int64)}, [3.0, 4.0]),
    ],
)
def test_labels(label, columns, expected):
    label = Columns.model_validate({"features": {}, "label": label}).label
    found = make_label({name: sparse(*value) for name, value in columns.items()}, label)
    assert found.shape == (len(expected), 1)
    assert found[:, 0].numpy().tolist() == expected


def test_the_taxi_label_is_exact_to_the_cent():
    rows = [line.split(",") for line in Path("data/taxi/trips.csv").read_text().splitlines()[1:]]
    fares, tips = [float(row[1]) for row in rows], [float(row[17]) for row in rows]
    label = Columns.model_validate(
        {
            "features": {},
            "label": {"kind": "ratio_above", "numerator": "tips", "denominator": "fare", "threshold": 0.2},
        }
    ).label
    found = make_label({"tips": sparse(tips, tf.float32), "fare": sparse(fares, tf.float32)}, label)
    in_cents = [round(100 * tip) * 5 > round(100 * fare) for tip, fare in zip(tips, fares, strict=True)]
    assert found[:, 0].numpy().tolist() == in_cents
