"""A schema proposed from data, compared in words with the reviewed one, and written whole."""

from __future__ import annotations

import pytest
import tensorflow_data_validation as tfdv
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from pipeline.schema.comparison import differences, propose, write
from tests import made_statistics
from turnstile.labels import BinaryLabel

ROWS = {
    "fare": [1.0, 2.5, 9.0],
    "hour": [0, 12, 23],
    "colour": ["red", "blue", "red"],
}
REVIEWED = """
    default_environment: "TRAINING" default_environment: "SERVING"
    feature { name: "fare" type: FLOAT presence { min_fraction: 1 } value_count { min: 1 max: 1 }
              float_domain { min: 0 max: 10 }
              drift_comparator { jensen_shannon_divergence { threshold: 0.1 } } not_in_environment: "SERVING" }
    feature { name: "hour" type: INT presence { min_fraction: 1 } value_count { max: 1 } int_domain { min: 0 max: 23 } }
    feature { name: "colour" type: BYTES presence { min_fraction: 1 } value_count { max: 1 } domain: "colours" }
    string_domain { name: "colours" value: "red" value: "blue" }
"""


def schema(text=REVIEWED):
    return text_format.Parse(text, schema_pb2.Schema())


def proposed(folder, reviewed, **splits):
    return propose(made_statistics.write(folder / "statistics", **splits), reviewed)


def features(of):
    return {feature.name: feature for feature in of.feature}


def test_a_new_schema_has_the_types_and_values_of_the_data_and_no_shapes(tmp_path):
    found = proposed(tmp_path, None, train={name: values * 20 for name, values in ROWS.items()})
    types = {"fare": schema_pb2.FLOAT, "hour": schema_pb2.INT, "colour": schema_pb2.BYTES}
    assert {name: feature.type for name, feature in features(found).items()} == types
    assert not any(feature.HasField("shape") for feature in found.feature)
    assert [list(domain.value) for domain in found.string_domain] == [["blue", "red"]]


def test_a_new_schema_holds_for_every_split(tmp_path):
    evaluation = ROWS | {"colour": ["red", "green", None], "late": [1, 2, 3]}
    found = proposed(tmp_path, None, train=ROWS, eval=evaluation)
    for data in (ROWS, evaluation):
        assert not tfdv.validate_statistics(made_statistics.statistics(data), found).anomaly_info


def ids(rows, first=0):
    values = [f"id{i}" for i in range(first, first + rows)]
    return {"id": values, "fare": [1.0] * rows, "colour": ["red"] * rows}


@pytest.mark.parametrize(("train", "eval_"), [(500, 90), (90, 60), (400, 120)])
@pytest.mark.parametrize("reviewed", [None, "feature { name: 'fare' type: FLOAT }"])
def test_a_column_with_more_values_than_a_list_may_have_is_left_open(tmp_path, train, eval_, reviewed):
    splits = {"train": ids(train), "eval": ids(eval_, first=train)}
    found = proposed(tmp_path, schema(reviewed) if reviewed else None, **splits)
    assert not features(found)["id"].HasField("domain")
    assert [list(domain.value) for domain in found.string_domain] == [["red"]]
    for data in splits.values():
        assert not tfdv.validate_statistics(made_statistics.statistics(data), found).anomaly_info


def test_a_reviewed_list_is_opened_when_it_would_grow_too_long_and_one_that_was_so_long_is_kept(tmp_path):
    def listed(number):
        values = " ".join(f"value: 'id{i}'" for i in range(number))
        return schema(f"feature {{ name: 'id' type: BYTES string_domain {{ {values} }} }}")

    rows = {"id": [f"id{i}" for i in range(130)]}
    short, long = proposed(tmp_path / "a", listed(90), train=rows), proposed(tmp_path / "b", listed(120), train=rows)
    assert features(short)["id"].WhichOneof("domain_info") is None
    assert len(features(long)["id"].string_domain.value) == 130
    assert differences(listed(120), long) == [f"id: would also allow {', '.join(f'id{i}' for i in range(120, 130))}"]


def test_the_integers_of_a_label_get_no_list_of_values(tmp_path):
    label = BinaryLabel(kind="binary", column="hour")
    (tmp_path / "Split-train").mkdir()
    made = made_statistics.statistics({"hour": [0, 1, 1]}, label=label)
    (tmp_path / "Split-train" / "FeatureStats.pb").write_bytes(made.SerializeToString())
    assert propose(tmp_path, None).feature[0].WhichOneof("domain_info") is None


@pytest.mark.parametrize(
    ("column", "values", "change"),
    [
        ("hour", [0.5, 12.0, 23.5], "hour: changed from INT to FLOAT; would expect FLOAT, from 0 to 23.5"),
        ("hour", ["7h", "8h", "9h"], "hour: changed from INT to BYTES; would expect BYTES"),
        (
            "fare",
            [1, 2, 11],
            "fare: changed from FLOAT to INT; would expect INT, from 0 to 11, with a value in every row",
        ),
        (
            "fare",
            ["1.0", "n/a", "2.0"],
            "fare: changed from FLOAT to BYTES; would expect BYTES, with a value in every row; allows drift up to "
            "0.1; would not be compared with other data",
        ),
        ("colour", [1, 2, 3], "colour: changed from BYTES to INT; would expect INT"),
    ],
)
def test_a_column_of_another_type_is_told_and_what_is_accepted_takes_the_data(tmp_path, column, values, change):
    data = ROWS | {column: values}
    found = proposed(tmp_path, schema(), train=data, eval=data)
    assert differences(schema(), found) == [change]
    assert features(found)[column].lifecycle_stage == schema_pb2.UNKNOWN_STAGE
    assert features(found)[column].not_in_environment == features(schema())[column].not_in_environment
    assert not tfdv.validate_statistics(made_statistics.statistics(data), found, environment="TRAINING").anomaly_info


def test_a_type_that_differs_between_splits_is_the_one_that_holds_both(tmp_path):
    found = proposed(tmp_path, None, train=ROWS, eval=ROWS | {"hour": [0.5, None, None]})
    assert features(found)["hour"].type == schema_pb2.FLOAT


def without(column):
    return {name: values for name, values in ROWS.items() if name != column}


@pytest.mark.parametrize(
    ("data", "sentences"),
    [
        (ROWS, []),
        (ROWS | {"colour": ["red", "red", "red"]}, []),
        (ROWS | {"new": [1, 2, 3]}, ["new: is new: INT, from 0 to 90"]),
        (ROWS | {"new": [1, 2, None]}, ["new: is new: INT, from 0 to 60"]),
        (ROWS | {"colour": ["red", "pink", "green"]}, ["colour: would also allow green, pink"]),
        (
            ROWS | {"fare": [-1.0, 2.0, 20.0]},
            [
                "fare: expects FLOAT, from 0 to 10, with a value in every row; "
                "would expect FLOAT, from -1 to 20, with a value in every row"
            ],
        ),
        (ROWS | {"hour": [0, 24, 1]}, ["hour: expects INT, from 0 to 23; would expect INT, from 0 to 24"]),
        (without("hour"), ["hour: is not in the data; it would be marked as deprecated, no longer expected"]),
        (
            without("hour") | {"colour": ["red", "pink", "red"]},
            [
                "hour: is not in the data; it would be marked as deprecated, no longer expected",
                "colour: would also allow pink",
            ],
        ),
    ],
)
def test_differences_between_the_reviewed_schema_and_what_the_data_needs(tmp_path, data, sentences):
    reviewed = schema()
    found = proposed(tmp_path, reviewed, train=data, eval=data)
    assert differences(reviewed, found) == sentences
    assert not tfdv.validate_statistics(made_statistics.statistics(data), found, environment="TRAINING").anomaly_info


def test_a_column_that_changes_in_two_ways_is_told_both(tmp_path):
    reviewed = schema(REVIEWED.replace("value_count { max: 1 } domain", "value_count { min: 1 max: 1 } domain"))
    found = proposed(tmp_path, reviewed, train=ROWS | {"colour": ["red", "pink", None]})
    (sentence,) = differences(reviewed, found)
    assert [word for word in ("colour: ", "pink", "in every row") if word not in sentence] == []


def test_what_was_reviewed_is_kept_beside_the_least_change(tmp_path):
    found = proposed(tmp_path, schema(), train=ROWS | {"fare": [1.0, 2.0, 20.0]})
    fare, expected = features(found)["fare"], features(schema())["fare"]
    expected.float_domain.max = 20
    assert fare == expected
    assert found.default_environment == ["TRAINING", "SERVING"]


@pytest.mark.parametrize("column", ["fare", "hour", "colour"])
def test_a_column_without_values_keeps_its_reviewed_range(tmp_path, column):
    text = REVIEWED.replace("min: 0 max: 10 ", "min: 5 max: 10 ").replace("min: 0 max: 23", "min: 5 max: 23")
    reviewed = schema(text.replace("value_count { min: 1 max: 1 }", "value_count { max: 1 }"))
    data = {"fare": [6.0, 7.0], "hour": [6, 7], "colour": ["red", "blue"]} | {column: [None, None]}
    found = proposed(tmp_path, reviewed, train=data)
    assert features(found)[column] == features(reviewed)[column]
    assert differences(reviewed, found) == []


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        (
            REVIEWED.replace("INT", "FLOAT").replace("int_domain", "float_domain"),
            "hour: changed from INT to FLOAT; would expect FLOAT, from 0 to 23",
        ),
        (
            REVIEWED.replace("threshold: 0.1", "threshold: 0.2"),
            "fare: allows drift up to 0.1; would allow drift up to 0.2",
        ),
        (
            REVIEWED.replace("presence { min_fraction: 1 } value_count { max: 1 } int", "value_count { max: 1 } int"),
            "hour: would change in a detail; compare the two",
        ),
        (REVIEWED.replace('name: "hour"', 'name: "minute"'), "hour: no longer described"),
    ],
)
def test_other_differences(after, sentence):
    assert differences(schema(), schema(after))[0].startswith(sentence)


def test_write_keeps_the_comment_block_at_the_head(tmp_path):
    path = tmp_path / "schema.pbtxt"
    path.write_text("# What a trip looks like.\n#\n# Reviewed by hand.\n\n# A price.\nfeature { name: 'gone' }\n")
    write(schema(), path)
    text = path.read_text()
    assert text.startswith("# What a trip looks like.\n#\n# Reviewed by hand.\n\nfeature {\n")
    assert text.count("#") == 3
    assert schema(text) == schema()


def test_written_twice_is_written_the_same(tmp_path):
    path = tmp_path / "schema.pbtxt"
    write(schema(), path)
    first = path.read_text()
    write(schema(), path)
    assert path.read_text() == first
    assert schema(first) == schema()


@pytest.mark.parametrize("old", [None, "feature { name: 'gone' }\n", "# only a comment", ""])
def test_write_leaves_one_parseable_file(tmp_path, old):
    path = tmp_path / "data" / "schema.pbtxt"
    if old is not None:
        path.parent.mkdir()
        path.write_text(old)
    write(schema(), path)
    assert list(path.parent.iterdir()) == [path]
    assert path.read_text().startswith("# only a comment\n" if old and old.startswith("#") else "# proto-file: ")
    assert schema(path.read_text()) == schema()
