"""What is told of each span from its record, which spans are run, and what ends a replay: without any real run."""

from __future__ import annotations

import json

import pytest

from pipeline import config_file
from pipeline.replay import charts, choosing, replaying, table
from pipeline.replay.replayed import Replayed, shown_metric
from pipeline.report.record import Record
from pipeline.run import folder
from turnstile.errors import DataRefusedError, UsageError

CONFIG = """
name = "numbered"
[data]
path = "{folder}/{{SPAN}}.csv"
window = 2
[label]
kind = "regression"
column = "y"
[features]
x = {{ kind = "numeric" }}
[release.overall]
r_squared = {{ min = 0.5 }}
"""


@pytest.fixture
def config(tmp_path):
    for span in range(1, 6):
        (tmp_path / f"{span}.csv").write_text("x,y\n1,2\n")
    (tmp_path / "numbered.toml").write_text(CONFIG.format(folder=tmp_path))
    return config_file.load(tmp_path / "numbered.toml", output=str(tmp_path / "output"))


def leave(config, span, outcome="pushed", run_id=None, **sections):
    """Leaves the record of a run, as a replay with this config would have; the last one is the latest."""
    then = config.model_dump(mode="json") | sections
    record = {"outcome": outcome, "data": {"path": config.data.path, "span": span}, "config": then}
    file = folder.record_file(folder.root(config), run_id or f"run-{span}")
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(record))


def judged(span, outcome="pushed", verdict="passed", **more):
    record = {
        "outcome": outcome,
        "metrics": {"auc": 0.9, "example_count": 100.0},
        "intervals": {"auc": {"low": 0.88, "high": 0.92}},
        "baseline": {"auc": 0.91, "example_count": 100.0},
        "differences": {"auc": {"value": -0.01, "low": -0.02, "high": 0.0}},
        "bounds": [{"metric": "auc", "slice": "overall", "kind": "max_drop", "limit": 0.03}],
        "gates": [
            {"gate": "DataGate", "verdict": "passed", "warnings": ["fare has moved"]},
            {"gate": "Evaluator", "verdict": verdict, "reasons": ["auc is too low"] if verdict == "refused" else [],
             "warnings": ["too few rows"] if verdict == "undecided" else []},
        ],
    }  # fmt: skip
    return Replayed(span, Record(record | more))


@pytest.mark.parametrize(
    ("found", "verdict", "reasons"),
    [
        (judged(1), "passed", []),
        (judged(1, verdict="undecided"), "undecided", ["too few rows"]),  # and pushed as canary
        (judged(1, "undecided", "undecided"), "undecided", ["too few rows"]),
        (judged(1, "refused", "refused"), "refused", ["auc is too low"]),
        (Replayed(1, Record({"outcome": "failed", "error": "OSError: disk full"})), "failed", ["OSError: disk full"]),
        (Replayed(1, Record({"outcome": "data stopped", "gates": [{"gate": "DataGate", "verdict": "refused",
         "reasons": ["fare is in cents"]}]})), "stopped", ["fare is in cents"]),
    ],
)  # fmt: skip
def test_a_verdict_and_its_reasons_are_told_from_the_record(found, verdict, reasons):
    assert (found.verdict, found.reasons) == (verdict, reasons)
    assert table.cells(found, "auc")[5] == verdict
    assert json.loads(json.dumps(found.as_dict()))["verdict"] == verdict


def test_the_charts_have_a_dot_for_each_model_and_the_bound_on_the_change():
    found = [judged(1), judged(2, "refused", "refused"), Replayed(3, Record({"outcome": "data stopped"}))]
    assert shown_metric(found) == "auc"
    assert charts.metric(found, "auc").startswith("<svg")
    assert "with the bound on it" in charts.difference(found, "auc")
    assert charts.metric(found[2:], "auc") == charts.difference(found[2:], "auc") == ""
    assert table.cells(found[2], None) == ["3", "", "", "", "", "stopped", ""]


def test_the_spans_are_those_with_a_whole_window_from_the_first_to_the_last(config):
    assert choosing.spans(config, None, None) == [2, 3, 4, 5]
    assert choosing.spans(config, 3, 4) == [3, 4]
    assert choosing.spans(config, None, 3) == [2, 3]
    with pytest.raises(UsageError, match="no span to replay from 6 to the latest"):
        choosing.spans(config, 6, None)


def test_a_replay_goes_on_forward_only_and_with_the_same_config_only(config):
    assert choosing.records(config, [2, 3]) == {}
    leave(config, 2)
    leave(config, 3, "data stopped")
    leave(config, 4, "failed")
    assert list(choosing.records(config, [2, 3, 4, 5])) == [2, 3]
    leave(config, 5, "refused", release={})
    with pytest.raises(UsageError, match=r"span 5 was replayed there with another config \(release\)"):
        choosing.records(config, [5])
    with pytest.raises(UsageError, match="later spans than 4 were replayed there"):
        choosing.records(config, [4])


def test_a_run_that_fails_ends_a_replay_and_data_that_is_not_whole_does_not(config, capfd):
    ran = []

    def run(given, run_id):
        ran.append(given.data.span)
        if given.data.span == 4:
            return "its process ended with exit code -9"
        leave(given, given.data.span, run_id=run_id)
        return None

    def config_of(span):
        if span == 3:
            raise DataRefusedError("span 3 is half-written")
        return config.model_copy(update={"data": config.data.model_copy(update={"span": span})})

    found = replaying.replay([1, 2, 3, 4, 5], config_of, {1: {"outcome": "refused"}}, run)
    assert [each.verdict for each in found] == ["refused", "passed", "stopped", "failed"]
    assert (ran, found[2].reasons) == ([2, 4], ["span 3 is half-written"])
    assert found[3].reasons[0].startswith("its process ended with exit code -9. See ")
    assert [line.split()[:2] for line in capfd.readouterr().err.splitlines()] == [
        ["1", "refused"],
        ["2", "passed"],
        ["3", "stopped"],
        ["4", "failed"],
    ]


def test_the_folders_of_real_runs_are_never_written_to(config, tmp_path):
    output = f"{tmp_path}/output"
    assert choosing.places(config, None, None) == (f"{output}/replay", f"{output}/replay/serving_model")
    assert choosing.places(config, "elsewhere", None) == ("elsewhere", "elsewhere/serving_model")
    for output, serving in ((f"{tmp_path}/../{tmp_path.name}/output", None), (None, config.serving.dir)):
        with pytest.raises(UsageError, match="is where the real runs write; expected another folder for a replay"):
            choosing.places(config, output, serving)
