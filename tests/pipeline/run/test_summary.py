"""The summary of a run: what was required, what was reached, the verdict and what to type next."""

import math
from types import SimpleNamespace

import pytest

from components.example_gen.settings import DataConfig
from pipeline.config import Config
from pipeline.run import summary
from pipeline.run.gate_results import GateResult
from serving.settings import ServingConfig
from turnstile.thresholds import Threshold, required

CONFIG = Config.model_validate(
    {
        "name": "trips",
        "data": {"path": "trips.csv"},
        "label": {"kind": "binary", "column": "big"},
        "features": {"fare": {"kind": "numeric"}},
        "release": {"overall": {"auc": {"min": 0.9, "max_drop": 0.01}}},
    }
)


@pytest.mark.parametrize(
    ("bounds", "baseline", "expected"),
    [
        ({"min": 0.9}, None, "≥ 0.9"),
        ({"max": 0.25}, 0.2, "≤ 0.25"),
        ({"min": 0.8, "max": 1.2}, None, "≥ 0.8, ≤ 1.2"),
        ({"min": 0.9, "max_drop": 0.005}, None, "≥ 0.9"),
        ({"min": 0.9, "max_drop": 0.005}, 0.945, "≥ 0.9, ≥ 0.9400 (baseline)"),
        ({"max_rise": 0.01}, 0.2, "≤ 0.2100 (baseline)"),
        ({"max_rise": 0.01}, None, ""),
        ({"max_drop": 0.1}, 0.0, "≥ -0.1000 (baseline)"),
    ],
)
def test_required(bounds, baseline, expected):
    assert required(Threshold(**bounds), baseline) == expected


def component(state):
    return SimpleNamespace(id="Pusher", state=state)


def refused(gate, *reasons):
    return [GateResult(gate, False, list(reasons))]


def shown(capsys, config=CONFIG, config_file="configs/taxi.toml", **changes):
    """What the summary prints for a run that pushed, but for `changes`."""
    result = {
        "metrics": {}, "intervals": {}, "baseline": {}, "simple_models": {}, "served": {}, "error": None, "gates": [],
        "components": [component("done")],
        "exit_code": 0, "model_dir": "/serving/trips/1", "seconds": 61.2, "log": "/runs/run.log",
        "rows_without_label": 0, "learned_from": {}, "waits_for_approval": False, "pushed_version": "1",
        "report": "/runs/report.html",
    }  # fmt: skip
    summary.show(SimpleNamespace(**result | changes), config, config_file)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {},
            [
                "Blessed and pushed: /serving/trips/1\nreport: /runs/report.html\n",
                "trips, 61 s, log: /runs/run.log",
                "turnstile predict",
            ],
        ),
        ({"report": None}, ["The report of the run could not be written; the log says why.\n"]),
        (
            {"waits_for_approval": True},
            [
                "Blessed and pushed: /serving/trips/1\nIt has no label, and waits for approval.\n",
                "approve it: turnstile approve 1 --why REASON\n",
                "reject it: turnstile reject 1 --why REASON\n",
            ],
        ),
        ({"components": [component("cached")]}, ["Nothing has changed; already pushed: /serving/trips/1"]),
        (
            {"exit_code": 10, "gates": refused("Evaluator", "auc is [0.8], required 0.9")},
            ["Refused by Evaluator; nothing was pushed.", "- auc is [0.8], required 0.9", "tensorboard"],
        ),
        (
            {"exit_code": 11, "gates": refused("DataGate", "column 'fare' is missing", "one more")},
            ["Refused by DataGate; nothing was trained.", "- column 'fare' is missing", "- one more", "schema infer"],
        ),
        (
            {"exit_code": 10, "gates": refused("Evaluator", "auc is 0.8") + refused("ServingValidator", "it is slow")},
            [
                "Refused by Evaluator; nothing was pushed.\n  - auc is 0.8\n",
                "Refused by ServingValidator; nothing was pushed.\n  - it is slow\n",
            ],
        ),
        (
            {"served": {"size_mb": 1.25, "load_seconds": 0.51, "latency_ms": {"raw": 0.42, "serving_default": 0.4}}},
            ["as exported: 1.2 MB, loads in 0.5 s, answers a row in 0.42 ms\n", "Blessed and pushed"],
        ),
        (
            {
                "gates": [
                    GateResult("Evaluator", True, ["version 7 cannot be compared with this model: [label] is another"])
                ]
            },
            ["Warning: version 7 cannot be compared with this model: [label] is another\nBlessed and pushed"],
        ),
    ],
    ids=[
        "pushed",
        "no report",
        "waits",
        "cached",
        "model refused",
        "data refused",
        "refused twice",
        "served",
        "compared with none",
    ],
)
def test_the_verdict_says_what_happened_and_what_to_type_next(capsys, changes, words):
    printed = shown(capsys, **changes)
    assert [word for word in words if word not in printed] == []


def test_what_boosting_and_a_line_reach_stands_beside_the_metrics(capsys):
    simple = {"boosting": {"auc": 0.955, "log_loss": 0.2}, "linear": {"auc": 0.921}}
    head, auc, loss = shown(capsys, metrics={"auc": 0.954, "log_loss": 0.3}, simple_models=simple).splitlines()[1:4]
    assert head.split() == ["metric", "value", "required", "baseline", "boosting", "linear"]
    assert (auc.split()[-2:], loss.split()[-1:]) == (["0.9550", "0.9210"], ["0.2000"])


@pytest.mark.parametrize(
    ("exit_code", "command"),
    [
        (0, "turnstile predict {folder}/2026-11-22.csv\n"),
        (11, "turnstile schema infer --data '{folder}/{{YYYY}}-{{MM}}-{{DD}}.csv' --span 2026-11-22\n"),
    ],
    ids=["pushed", "data refused"],
)
def test_the_commands_to_type_next_are_for_the_same_day(capsys, tmp_path, exit_code, command):
    for day in ("2026-11-22", "2026-11-23"):
        (tmp_path / f"{day}.csv").touch()
    data = {"path": f"{tmp_path}/{{YYYY}}-{{MM}}-{{DD}}.csv", "span": "2026-11-22"}
    config = Config.model_validate(CONFIG.model_dump() | {"data": data})
    printed = shown(capsys, config, exit_code=exit_code)
    assert command.format(folder=tmp_path) in printed


@pytest.mark.parametrize(
    ("exit_code", "command"),
    [
        (0, "turnstile predict 'my data/trips.csv' --model '/my models/1'\n"),
        (10, "tensorboard --logdir 'my output/trips/Trainer/model_run'\n"),
        (11, "turnstile schema infer --config 'my configs/c.toml'"),
        (1, "less '/my runs/run.log'\n"),
    ],
)
def test_the_commands_to_type_next_can_be_typed_whatever_the_paths_are(capsys, exit_code, command):
    config = CONFIG.model_copy(update={"data": DataConfig(path="my data/trips.csv"), "output": "my output"})
    places = {"model_dir": "/my models/1", "log": "/my runs/run.log"}
    printed = shown(capsys, config, "my configs/c.toml", exit_code=exit_code, **places)
    assert command in printed


def test_a_failure_shows_the_error_and_the_end_of_the_log(capsys, tmp_path):
    log = tmp_path / "run.log"
    log.write_text("chatter\nTraceback (most recent call last):\nValueError: [wrong]\n")
    printed = shown(capsys, exit_code=1, error="ValueError: [wrong]\nmore", log=str(log))
    assert "Failed: ValueError: [wrong]\n  Traceback (most recent call last):\n  ValueError: [wrong]\n" in printed
    assert "chatter" not in printed
    assert f"less {log}" in printed


def test_an_undecided_model_is_said_to_be_canary_only(capsys, tmp_path):
    sentence = "auc (overall) is 0.9050 (0.8950 to 0.9150): 3,000 eval rows cannot tell whether it is at least 0.9"
    gate = GateResult("Evaluator", True, [sentence], undecided=True, notes=["auc by hour: 2 of 24 slices"])
    interval = {"auc": {"low": 0.895, "high": 0.915}}
    config = CONFIG.model_copy(update={"serving": ServingConfig(dir=str(tmp_path))})
    printed = shown(capsys, config, gates=[gate], metrics={"auc": 0.905}, intervals=interval)
    assert "auc     0.9050 ± 0.010 " in printed
    assert (
        f"Undecided: the eval rows are too few to tell if all bounds hold.\n  - {sentence}\n"
        "auc by hour: 2 of 24 slices\n"
        "Pushed as canary only: /serving/trips/1\n"
        "No version is stable yet, so clients that ask for stable get an error.\n"
    ) in printed
    assert "let it be stable all the same: turnstile override 1 --why REASON" in printed


@pytest.mark.parametrize(
    ("value", "baseline", "row"),
    [
        (0.95, {}, ["auc", "0.9500", "≥", "0.9"]),
        (0.95, {"auc": 0.94}, ["auc", "0.9500", "≥", "0.9,", "≥", "0.9300", "(baseline)", "0.9400"]),
        (math.nan, {}, ["auc", "nan", "≥", "0.9"]),
        (math.inf, {}, ["auc", "inf", "≥", "0.9"]),
    ],
)
def test_a_metric_is_shown_with_what_it_must_reach(capsys, value, baseline, row):
    printed = shown(capsys, metrics={"auc": value, "example_count": 5000.0}, baseline=baseline)
    rows = [line.split() for line in printed.splitlines()]
    assert row in rows
    assert ["example_count", "5,000", "≥", "100"] in rows


@pytest.mark.parametrize(
    ("schema_path", "gate", "expected"),
    [
        ("schema.pbtxt", "DataGate", "compare data and schema: turnstile schema diff"),
        (None, "DataGate", "see what the data holds: turnstile schema infer"),
        ("schema.pbtxt", "ExampleGen", None),  # no command says more of files that cannot be read
    ],
)
def test_after_refused_data_the_next_step_is_one_that_can_be_done(capsys, schema_path, gate, expected):
    data = {"path": "my trips.csv", "schema_path": schema_path}
    config = Config.model_validate(CONFIG.model_dump() | {"data": data})
    printed = shown(capsys, config, exit_code=11, gates=refused(gate, "no"))
    assert ("turnstile schema" in printed) == (expected is not None)
    assert f"{expected or ''} --data 'my trips.csv'\n" in printed or expected is None


@pytest.mark.parametrize(
    ("exit_code", "command"),
    [
        (0, "turnstile predict 'my trips.csv' --model '/my models/trips/1'"),
        (0, "tensorboard --logdir 'my output/trips/Trainer/model_run'"),
        (1, "less '/my output/run.log'"),
        (11, "turnstile schema infer --config 'my config.toml' --output 'my output' --data 'my trips.csv'"),
    ],
)
def test_paths_of_the_commands_to_type_next_are_quoted(capsys, exit_code, command):
    changes = {"data": {"path": "my trips.csv"}, "output": "my output"}
    config = Config.model_validate(CONFIG.model_dump() | changes)
    places = {"model_dir": "/my models/trips/1", "log": "/my output/run.log"}
    printed = shown(capsys, config, "my config.toml", exit_code=exit_code, **places)
    assert f"{command}\n" in printed


def test_rows_that_were_not_learned_from_are_counted(capsys):
    said = shown(capsys, learned_from={"rows": 2_560_000, "of": 9_000_000})
    assert "\nThe model learned from 2,560,000 of 9,000,000 rows, drawn at random. For more, raise max_steps" in said
    assert "learned from" not in shown(capsys, learned_from={"rows": 10, "of": 10})


def test_rows_that_were_left_out_are_counted(capsys):
    assert "\n1,234 rows without a label were left out.\n" in shown(capsys, rows_without_label=1234)
    assert "left out" not in shown(capsys)
