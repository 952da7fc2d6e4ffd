"""A record is as its schema says, whatever of a run there is."""

from __future__ import annotations

import json
import subprocess

import pytest
from tensorflow_metadata.proto.v0 import anomalies_pb2, path_pb2

from components import gate_report
from components.record import builder, code
from components.trainer import history
from serving.releases import holds
from tests.made_records import facts, places, schema_faults

MOVED = {
    "split": "train",
    "column": "company",
    "kind": "drift",
    "against": "span 2014-01-01",
    "measure": "L_INFTY",
    "value": 0.5,
    "limit": 0.25,
    "chance": 0.02,
    "verdict": "warned",
}


@pytest.mark.parametrize("outcome", ["pushed", "refused", "undecided", "data stopped", "failed"])
def test_a_run_that_left_nothing_has_a_record(outcome):
    record = builder.build(places(), facts(outcome=outcome, error="OSError: a disk that is full"))
    assert schema_faults(json.loads(json.dumps(record))) == []
    assert (record["outcome"], record["gates"], record["data"]) == (outcome, [], {"path": "trips.csv"})


def test_a_key_that_the_schema_does_not_know_is_a_fault():
    record = builder.build(places(), facts())
    assert len(schema_faults(record | {"new": 1})) == len(schema_faults(record | {"time": None})) == 1


def test_a_persons_word_is_in_the_schema_too():
    record = holds.overridden(builder.build(places(), facts()), "ada@host", "known drift")
    assert (schema_faults(record), record["override"]["why"]) == ([], "known drift")


def test_what_the_data_gate_has_found_by_column(tmp_path):
    (tmp_path / "anomalies" / "Split-train").mkdir(parents=True)
    found = anomalies_pb2.Anomalies()
    info = found.anomaly_info["fare"]
    info.CopyFrom(anomalies_pb2.AnomalyInfo(path=path_pb2.Path(step=["fare"]), description="Negative."))
    info.reason.add(type=anomalies_pb2.AnomalyInfo.FLOAT_TYPE_SMALL_FLOAT)
    (tmp_path / "anomalies" / "Split-train" / "SchemaDiff.pb").write_bytes(found.SerializeToString())
    gate_report.write(tmp_path / "blessing", [], warnings=["odd"], distances=[MOVED])
    where = places(anomalies=tmp_path / "anomalies", data_blessing=tmp_path / "blessing")
    record = builder.build(where, facts())
    assert schema_faults(record) == []
    assert record["data_gate"] == {
        "verdict": "passed",
        "reasons": [],
        "warnings": ["odd"],
        "anomalies": [
            {"split": "train", "column": "fare", "types": ["FLOAT_TYPE_SMALL_FLOAT"], "description": "Negative."}
        ],
        "distances": [MOVED],
    }
    assert "distances" not in record["gates"][0]


def test_a_refusal_has_its_distances_too():
    record = builder.build(places(), facts(refusals={"DataGate": ["company has drifted"]}, distances=[MOVED]))
    assert schema_faults(record) == []
    assert (record["data_gate"]["verdict"], record["data_gate"]["distances"]) == ("refused", [MOVED])


def git(folder, *arguments):
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def test_the_code_is_a_commit_and_whether_the_packages_differ_from_it(tmp_path):
    assert code.here(tmp_path) is None  # no checkout
    (tmp_path / "pipeline").mkdir()
    (tmp_path / "pipeline" / "dag.py").write_text("")
    git(tmp_path, "init")
    assert code.here(tmp_path) is None  # no commit
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    clean = code.here(tmp_path)
    (tmp_path / "notes.txt").write_text("")
    assert code.here(tmp_path) == clean
    assert (len(clean["commit"]), clean["dirty"]) == (40, False)
    (tmp_path / "pipeline" / "new.py").write_text("")
    assert code.here(tmp_path) == clean | {"dirty": True}
    assert code.here(tmp_path / "pipeline") is None  # only lies in a checkout


def test_the_history_has_a_line_for_each_epoch_and_names_the_best(tmp_path):
    wrote = history.History(tmp_path / "run", 80, 100)
    wrote.on_train_begin()
    for epoch, (loss, held_out) in enumerate([(0.5, 0.4), (0.4, 0.3), (float("nan"), float("nan"))]):
        wrote.on_epoch_end(epoch, {"loss": loss, "val_loss": held_out})
    wrote.on_train_end()
    record = builder.build(places(model_run=tmp_path / "run"), facts())
    assert schema_faults(record) == []
    assert record["training"]["best_epoch"] == 2
    assert record["training"]["learned_from"] == {"rows": 80, "of": 100}
    assert [(each["epoch"], each["loss"]) for each in record["training"]["epochs"]] == [(1, 0.5), (2, 0.4), (3, None)]
