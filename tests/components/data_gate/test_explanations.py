"""Anomalies in words: the column, what was seen, what the schema expects, and what to do."""

import subprocess
import sys

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from components.data_gate.explanations import INFERRED, REVIEWED, columns_without_values, describe, expectation

SCHEMA = text_format.Parse(
    """
    feature { name: "fare" type: FLOAT value_count { min: 1 max: 1 } float_domain { min: 0 max: 1000 } }
    feature { name: "colour" type: BYTES domain: "colours" }
    string_domain { name: "colours" value: "red" value: "blue" }
    """,
    schema_pb2.Schema(),
)
STATISTICS = text_format.Parse(
    """
    num_examples: 1200
    features { path { step: "fare" } num_stats { common_stats { tot_num_values: 1200 } min: -2.5 max: 12 } }
    features { path { step: "tips" } num_stats { common_stats { tot_num_values: 100 } } }
    features { path { step: "empty" } num_stats { common_stats { tot_num_values: 0 } } }
    features { type: STRING path { step: "colour" } string_stats {
        common_stats { tot_num_values: 1200 }
        rank_histogram { buckets { label: "red" } buckets { label: "green" } }
    } }
    features { type: STRING path { step: "note" } string_stats { common_stats { tot_num_values: 0 } } }
    """,
    statistics_pb2.DatasetFeatureStatistics(),
)


def test_needs_no_tensorflow():
    modules = "components.data_gate.label_check, components.data_gate.explanations"
    code = f"import sys, {modules}; print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("feature", "expected"),
    [
        ("type: INT", "INT"),
        ("type: INT value_count { max: 1 }", "INT"),
        ("type: INT value_count { min: 1 max: 1 }", "INT, with a value in every row"),
        ("type: INT shape { dim { size: 1 } }", "INT, with a value in every row"),
        ("type: INT int_domain { min: 0 max: 86400 }", "INT, from 0 to 86400"),
        ("type: FLOAT float_domain { min: 0.5 }", "FLOAT, from 0.5 to anything"),
        (
            "type: FLOAT float_domain { max: -1.25 } value_count { min: 1 }",
            "FLOAT, from anything to -1.25, with a value in every row",
        ),
        ('type: BYTES domain: "colours"', "BYTES, one of red, blue"),
        ('type: BYTES string_domain { value: "yes" value: "no" }', "BYTES, one of yes, no"),
    ],
)
def test_expectation(feature, expected):
    assert expectation(text_format.Parse(feature, schema_pb2.Feature()), SCHEMA) == expected


def test_expectation_of_many_values_counts_the_rest():
    feature = schema_pb2.Feature(type=schema_pb2.BYTES)
    feature.string_domain.value.extend(f"v{i}" for i in range(1012))
    found = expectation(feature, SCHEMA)
    assert found.endswith("v11 and 1,000 more")
    assert "v12" not in found


@pytest.mark.parametrize("next_step", [REVIEWED, INFERRED])
@pytest.mark.parametrize(
    ("name", "anomaly", "words"),
    [
        (
            "fare",
            'reason { type: FLOAT_TYPE_SMALL_FLOAT short_description: "Out-of-range" description: "Too low: -2.5." }',
            ["Out-of-range values.", "Seen: -2.5 to 12.", "expects FLOAT, from 0 to 1000, with a value in every row."],
        ),
        (
            "colour",
            """reason { short_description: "First" description: "one." }
               reason { short_description: "Second" description: "two." }""",
            ["First: one; Second: two.", "expects BYTES, one of red, blue."],
        ),
        (
            "colour",
            'short_description: "Column dropped" description: "Column is completely missing"',
            ["Column dropped: Column is completely missing."],
        ),
        ("new", 'reason { short_description: "New column" description: "x" }', ["The schema does not know it."]),
    ],
    ids=["range", "two reasons", "no reasons", "unknown column"],
)
def test_describe(name, anomaly, words, next_step):
    info = text_format.Parse(anomaly, anomalies_pb2.AnomalyInfo())
    sentence = describe(name, info, STATISTICS, SCHEMA, "eval", next_step)
    assert sentence.startswith(f"split 'eval': column '{name}': ")
    assert sentence.endswith(next_step.split("[{}")[0]) or f'allow = ["{name}:' in sentence
    assert [word for word in words if word not in sentence] == []
    assert ".." not in sentence


def test_columns_without_values():
    assert columns_without_values(STATISTICS) == {"empty", "note"}
