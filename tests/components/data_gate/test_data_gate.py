"""What stops a run before anything is trained, what does not, and the words for it, on real statistics."""

from __future__ import annotations

import json
import tomllib

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2
from tfx.types import standard_artifacts

from components import gate_report
from components.data_gate import component
from components.data_gate.component import DataBlessing, Executor, judge
from components.data_gate.explanations import told_once
from components.data_gate.settings import DataGateConfig, DataGateSettings
from components.gate_report import HEADLINE, REFUSED
from tests import made_statistics
from turnstile.model_inputs import Columns

SCHEMA = """
    default_environment: "TRAINING" default_environment: "SERVING"
    feature { name: "fare" type: FLOAT presence { min_fraction: 1 } value_count { min: 1 max: 1 }
              float_domain { min: 0 max: 1000 } }
    feature { name: "colour" type: BYTES value_count { max: 1 } domain: "colours" }
    feature { name: "tips" type: FLOAT presence { min_fraction: 1 } value_count { min: 1 max: 1 }
              not_in_environment: "SERVING" }
    feature { name: "score" type: FLOAT presence { min_fraction: 1 } not_in_environment: "TRAINING" }
    feature { name: "area" type: INT value_count { max: 1 } int_domain { min: 1 max: 77 } }
    string_domain { name: "colours" value: "red" value: "blue" }
"""
FINE = {
    "fare": [1.0, 2.0, 3.0],
    "colour": ["red", "blue", None],
    "tips": [0.0, 1.0, 0.5],
    "area": [1, 77, None],
}
COLUMNS = Columns.model_validate({"features": {}, "label": {"kind": "regression", "column": "tips"}})
ALSO_WARNINGS = DataGateConfig(stop_at="warning")


def judged(data, schema=SCHEMA, columns=COLUMNS, policy=DataGateConfig(), empty=float, reviewed=True):  # noqa: B008 - frozen
    parsed = text_format.Parse(schema, schema_pb2.Schema())
    statistics = made_statistics.statistics(data, empty, columns.label)
    settings = DataGateSettings(columns=columns, policy=policy, reviewed=reviewed)
    return judge(statistics, parsed, "train", settings)


def run(folder, train, evaluation, policy=DataGateConfig(), schema=SCHEMA, **told):  # noqa: B008 - frozen
    """Runs the component on artifacts in a folder; returns its result and the folder of its output.

    `told` is what its driver has found.
    """
    statistics = standard_artifacts.ExampleStatistics()
    statistics.uri = str(made_statistics.write(folder / "statistics", train=train, eval=evaluation))
    statistics.split_names = '["train", "eval"]'
    agreed, blessing = standard_artifacts.Schema(), DataBlessing()
    agreed.uri, blessing.uri = str(folder / "schema"), str(folder / "blessing")
    for name in ("schema", "blessing"):
        (folder / name).mkdir()
    (folder / "schema" / "schema.pbtxt").write_text(schema)
    result = Executor().Do(
        {"statistics": [statistics], "schema": [agreed]},
        {"blessing": [blessing]},
        {"settings": DataGateSettings(columns=COLUMNS, policy=policy, reviewed=True).model_dump_json(), **told},
    )
    return result, folder / "blessing"


def test_data_as_agreed_passes_with_a_report(tmp_path):
    result, blessing = run(tmp_path, FINE, FINE)
    assert result is None
    nothing = {"reasons": [], "warnings": [], "notes": [], "distances": []}
    assert json.loads((blessing / "report.json").read_text()) == nothing


def test_what_is_allowed_is_in_the_report(tmp_path):
    policy = DataGateConfig(allow=("fare:FLOAT_TYPE_BIG_FLOAT",))
    result, blessing = run(tmp_path, FINE, FINE | {"fare": [1.0, 2.0, 1500.0]}, policy)
    assert result is None
    (warning,) = json.loads((blessing / "report.json").read_text())["warnings"]
    assert warning.startswith("split 'eval': column 'fare': ")


def test_a_refusal_names_split_column_what_was_seen_and_expected_and_what_to_do(tmp_path):
    result, blessing = run(tmp_path, FINE | {"colour": ["red", "pink", None]}, FINE | {"fare": [1.0, -2.5, 3.0]})
    assert result.execution_result.code == REFUSED
    headline, colour, fare = result.execution_result.result_message.splitlines()
    assert headline == HEADLINE
    assert colour.startswith("split 'train': column 'colour': ")
    assert [word for word in ("pink", "one of red, blue") if word not in colour] == []
    assert fare.startswith("split 'eval': column 'fare': ")
    assert [word for word in ("Seen: -2.5 to 3.", "from 0 to 1000, with a value in") if word not in fare] == []
    assert all(sentence.endswith("turnstile schema diff says how") for sentence in (colour, fare))
    assert list(blessing.iterdir()) == []


def test_a_refusal_for_drift_carries_its_distances_and_comes_after_the_anomalies(tmp_path):
    schema = SCHEMA.replace(
        'name: "fare"', 'name: "fare" drift_comparator { jensen_shannon_divergence { threshold: 0.1 } }'
    )
    before = made_statistics.write(tmp_path / "before", train={"fare": [float(n) for n in range(100)]})
    told = json.dumps({"drift": [{"name": "span 6", "statistics": str(before)}]})
    today = {"fare": [float(2 * n) for n in range(100)], "tips": [0.5] * 100, "colour": ["pink"] * 100}
    result, _ = run(tmp_path, today, today, schema=schema, compared_with=told)
    _, pink, fare = result.execution_result.result_message.splitlines()
    assert "pink" in pink
    assert fare.startswith("column 'fare' has drifted: its distance from span 6 is ")
    (distance,) = gate_report.measured(result.execution_result)["distances"]
    assert (distance["column"], distance["against"], distance["verdict"]) == ("fare", "span 6", "refused")
    assert distance["chance"] < distance["value"]


def without(column):
    return {name: values for name, values in FINE.items() if name != column}


@pytest.mark.parametrize(
    ("data", "refused"),
    [
        (FINE, []),
        (FINE | {"fare": [1.0, None, 3.0]}, ["fare"]),
        (FINE | {"fare": [1.0, 2.0, 1001.0]}, ["fare"]),
        (FINE | {"fare": ["1", "2", "3"]}, ["fare"]),
        (FINE | {"fare": [1, 2, 3]}, ["fare"]),
        (without("fare"), ["fare"]),
        (FINE | {"colour": ["red", "blue", "pink"]}, ["colour"]),
        (FINE | {"area": [0, 1, 78]}, ["area"]),
        (FINE | {"new": [1.0, 2.0, 3.0]}, ["new"]),
        (FINE | {"colour": ["red", "blue", "pink"], "area": [0, 1, 2]}, ["area", "colour"]),
        (without("colour"), []),  # no presence is asked of it
        (without("area"), []),
    ],
)
def test_anomalies_are_refused_by_column(data, refused):
    sentences, warnings = judged(data, policy=ALSO_WARNINGS)
    assert [sentence.split("'")[3] for sentence in sentences] == refused
    assert warnings == []


def finding(severity):
    info = anomalies_pb2.AnomalyInfo(severity=severity)
    info.reason.add(type=anomalies_pb2.AnomalyInfo.ENUM_TYPE_UNEXPECTED_STRING_VALUES, short_description="Odd")
    return anomalies_pb2.Anomalies(anomaly_info={"colour": info})


@pytest.mark.parametrize(
    ("severity", "stop_at", "stops"),
    [
        ("ERROR", "error", True),
        ("ERROR", "warning", True),
        ("WARNING", "error", False),
        ("WARNING", "warning", True),
        ("UNKNOWN", "error", True),  # not to be taken lightly
    ],
)
def test_the_severity_that_stops_is_the_policys(monkeypatch, severity, stop_at, stops):
    found = finding(anomalies_pb2.AnomalyInfo.Severity.Value(severity))
    monkeypatch.setattr(component.tfdv, "validate_statistics", lambda *_, **__: found)
    refusals, warnings = judged(FINE, policy=DataGateConfig(stop_at=stop_at))
    assert (len(refusals), len(warnings)) == ((1, 0) if stops else (0, 1))


@pytest.mark.parametrize(
    ("allow", "stops"),
    [
        ([], True),
        (["fare:FLOAT_TYPE_SMALL_FLOAT"], True),  # one of the column's two anomalies
        (["fare:FLOAT_TYPE_SMALL_FLOAT", "fare:FEATURE_TYPE_LOW_NUMBER_VALUES"], False),
        (["fare:*"], False),
        (["*:*"], False),
        (["*:FLOAT_TYPE_SMALL_FLOAT", "*:FEATURE_TYPE_LOW_NUMBER_VALUES"], False),
        (["*:FLOAT_TYPE_SMALL_FLOAT", "fare:FEATURE_TYPE_LOW_NUMBER_VALUES"], False),
        (["fare:FLOAT_TYPE_BIG_FLOAT"], True),
        (["tips:*"], True),
        (["far:*"], True),
        (["*:SCHEMA_NEW_COLUMN"], True),
    ],
)
def test_only_what_is_allowed_by_column_and_type_passes(allow, stops):
    refusals, warnings = judged(FINE | {"fare": [1.0, -2.0, None]}, policy=DataGateConfig(allow=allow))
    assert (len(refusals), len(warnings)) == ((1, 0) if stops else (0, 1))


def test_an_allowed_column_does_not_excuse_another():
    data = FINE | {"fare": [-1.0, 2.0, 3.0], "area": [0, 1, 2]}
    refusals, warnings = judged(data, policy=DataGateConfig(allow=("fare:*",)))
    assert ["'area'" in refusals[0], "'fare'" in warnings[0]] == [True, True]


@pytest.mark.parametrize(
    ("absent", "refused"),
    [
        ("score", False),  # not in TRAINING, and not in the data
        ("tips", True),  # not in SERVING, so it is in TRAINING
        ("fare", True),
    ],
)
def test_the_data_is_judged_in_the_training_environment(absent, refused):
    columns = Columns.model_validate({"features": {}, "label": {"kind": "regression", "column": "area"}})
    data = {name: values for name, values in (FINE | {"area": [1, 2, 3]}).items() if name != absent}
    refusals, _ = judged(data, columns=columns)
    assert [f"column '{absent}'" in sentence for sentence in refusals] == [True] * refused


def test_an_inferred_schema_has_no_environments():
    schema = 'feature { name: "tips" type: FLOAT presence { min_fraction: 1 } not_in_environment: "SERVING" }'
    assert judged({"tips": [1.0, 2.0]}, schema) == ([], [])
    refusals, _ = judged({"tips": [1, 2]}, schema)
    assert "expects FLOAT" in refusals[0]


def test_a_split_without_examples_is_refused():
    refusals, warnings = judged({"fare": []})
    assert refusals == [
        "split 'train': it has no examples. Add rows, or make this split larger in [split] of the config"
    ]
    assert warnings == []


def test_fewer_examples_than_the_schema_asks_for_are_refused():
    refusals, _ = judged(FINE, SCHEMA + "dataset_constraints { min_examples_count: 100 }")
    assert len(refusals) == 1
    assert "3 examples" in refusals[0]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (int, "type: INT int_domain { min: 1 max: 77 }"),
        (int, "type: INT int_domain { max: -1 }"),
        (float, "type: FLOAT float_domain { min: 41.6 max: 42.1 }"),
        (float, "type: FLOAT float_domain { max: -87.5 }"),
        (str, 'type: BYTES string_domain { value: "red" }'),
    ],
)
def test_a_column_without_any_value_is_not_out_of_range(kind, fields):
    schema = f'feature {{ name: "tips" type: FLOAT }} feature {{ name: "area" {fields} }}'
    assert judged({"tips": [1.0], "area": [None]}, schema, policy=ALSO_WARNINGS, empty=kind) == ([], [])


def test_a_required_column_without_any_value_is_refused_for_that_alone():
    domain = "value_count { min: 1 max: 1 } float_domain { min: 5 }"
    schema = f'feature {{ name: "tips" type: FLOAT }} feature {{ name: "fare" type: FLOAT {domain} }}'
    (sentence,), _ = judged({"tips": [1.0], "fare": [None]}, schema)
    assert "Missing values" in sentence
    assert [word for word in ("Out-of-range", "Seen: 0 to 0") if word in sentence] == []


@pytest.mark.parametrize(
    ("fields", "data", "words"),
    [
        ({"kind": "regression"}, {"y": [1.0, 2.0]}, []),
        ({"kind": "regression"}, {"y": [1.0, None]}, ["column 'y' is empty in 1 of 2 rows", "label is made from it"]),
        ({"kind": "regression"}, {"y": [1.0, float("nan")]}, ["column 'y'", "1 of 2 rows"]),
        ({"kind": "binary"}, {"y": [None, 1]}, ["column 'y' is empty in 1 of 2 rows"]),
        ({"kind": "binary"}, {"x": [1.0]}, ["column 'y' is missing"]),
        ({"kind": "multiclass", "classes": ["a", "b"]}, {"y": ["a", "b"]}, []),
        ({"kind": "multiclass", "classes": ["a", "b"]}, {"y": ["a", "c"]}, ["holds 'c'", "may only be 'a', 'b'"]),
        ({"kind": "multiclass", "classes": ["a", "b"]}, {"y": ["a", None]}, ["is empty in 1 of 2 rows"]),
        ({"kind": "multiclass", "classes": [0, 1]}, {"y": [0, 2]}, ["holds 2", "may only be 0, 1"]),
        ({"kind": "multiclass", "classes": [0, 1, 2]}, {"y": [0, 2]}, ["never holds 1"]),
        ({"kind": "multiclass", "classes": [0, 2]}, {"y": [0, 1, 2]}, ["holds 1; the label may only be 0, 2"]),
        ({"kind": "binary"}, {"y": [0.0, 1.0, 1.0]}, []),
        ({"kind": "binary"}, {"y": [0.0, 0.5] + [1.0] * 1000}, ["holds numbers between 0 and 1"]),
        ({"kind": "binary"}, {"y": [0, 3, 1]}, ["holds 3"]),
        ({"kind": "binary"}, {"y": ["no", "no", "yes"]}, ["holds text", 'positive = "yes"']),
        ({"kind": "binary", "positive": "y"}, {"y": ["no", "no", "yes"]}, ["never holds 'y'", "Seen: 'no', 'yes'"]),
        ({"kind": "regression"}, {"y": [1.0, float("inf")]}, ["infinite"]),
    ],
)
def test_rows_without_a_usable_label_are_refused(fields, data, words):
    columns = Columns.model_validate({"features": {}, "label": {"column": "y"} | fields})
    refusals, _ = judged(data, "", columns, DataGateConfig(allow=("*:*",)))
    assert len(refusals) == bool(words)
    assert [word for word in words if word not in refusals[0]] == []


@pytest.mark.parametrize(("stop_at", "stops"), [("error", False), ("warning", True)])
def test_a_column_that_nobody_asked_for_is_only_a_warning(stop_at, stops):
    refusals, warnings = judged(FINE | {"weather": ["fair"] * 3}, policy=DataGateConfig(stop_at=stop_at))
    assert (len(refusals), len(warnings)) == ((1, 0) if stops else (0, 1))
    assert "column 'weather'" in [*refusals, *warnings][0]


FEATURES = {"fare": {"kind": "numeric"}, "colour": {"kind": "vocabulary"}, "area": {"kind": "categorical", "size": 78}}
WITH_FEATURES = Columns.model_validate({"features": FEATURES, "label": {"kind": "regression", "column": "tips"}})
ODD = ["n/a", "closed", "?", "-", "err"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"fare": [str(i) for i in range(500)] + ODD}, ["column 'fare' holds text", *ODD, "fare = { kind"]),
        ({"fare": ["2021-03-01", "2021-03-02", None]}, ["column 'fare' holds text", "Turn the dates into numbers"]),
        ({"fare": [None] * 3}, ["column 'fare' holds no value in any row"]),
        ({"colour": [7.5, 8.0, None]}, ["'colour' holds numbers with decimals", 'colour = { kind = "numeric" }']),
        ({"area": [1.0, 7.5, None]}, ["column 'area' holds numbers with decimals", 'area = { kind = "numeric" }']),
        ({"area": [-7, -3, None]}, ["column 'area' holds only whole numbers outside of 0 to 77"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("reviewed", [True, False])
def test_a_feature_that_cannot_be_made_of_its_column_is_refused_once_whatever_is_allowed(change, words, reviewed):
    rows = max(map(len, change.values()))
    data = {name: (values * rows)[:rows] for name, values in FINE.items()} | change
    policy = DataGateConfig(allow=("*:*",))
    refusals, warnings = judged(data, columns=WITH_FEATURES, policy=policy, reviewed=reviewed)
    assert len(refusals) == 1
    assert [word for word in words if word not in refusals[0]] == []
    assert ("schema diff" in refusals[0]) == (reviewed and "under [features]: " in refusals[0])
    assert warnings == []


def test_where_no_schema_was_reviewed_none_is_to_be_changed():
    refusals, _ = judged(FINE | {"fare": [1.0, 2.0, 1500.0]}, reviewed=False)
    what, line = refusals[0].split(" under [data_gate] of the config: ")
    assert what.endswith("Fix the data, or write")
    policy = DataGateConfig.model_validate(tomllib.loads(line))
    assert judged(FINE | {"fare": [1.0, 2.0, 1500.0]}, policy=policy)[0] == []


def test_what_is_alike_in_two_splits_is_told_once():
    same = "column 'y' never holds 1. Add such rows"
    found = told_once([f"split 'train': {same}", "split 'train': column 'x': a", f"split 'eval': {same}"])
    assert found == [f"splits 'train', 'eval': {same}", "split 'train': column 'x': a"]


def test_a_column_to_slice_by_that_the_examples_lack_is_refused():
    sliced = DataGateSettings(columns=COLUMNS, sliced=("fare", "when"), reviewed=False)
    (refusal,) = judge(
        made_statistics.statistics(FINE), text_format.Parse(SCHEMA, schema_pb2.Schema()), "eval", sliced
    )[0]
    assert refusal.startswith("split 'eval': column 'when', which [release] makes slices of, is not in the examples")
