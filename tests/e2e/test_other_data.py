"""Other data than taxis: several classes from Parquet without a reviewed schema, and a regression from CSV."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from serving.model.saved_model import SavedModel
from tests import made_data
from tests.explained import explained
from tests.exported import exported


def test_several_classes_from_parquet_with_an_inferred_schema(workspace):
    data = made_data.flowers(workspace.folder)
    result = workspace.run(made_data.FLOWERS.format(data=data))
    assert (result.error, result.exit_code) == (None, 0)
    assert [component.id for component in result.components][:3] == [
        "ExampleGen",
        "StatisticsGen",
        "SchemaGen",
    ]
    assert list(result.metrics) == ["auc", "accuracy", "precision", "recall", "log_loss", "example_count"]
    assert result.metrics["accuracy"] > 0.85
    assert "Softmax" not in Path(result.log).read_text()  # TensorFlow's warning of one whose input has no known shape

    answers = SavedModel(result.model_dir)(
        "raw",
        {
            "petal_length": np.array([5.0, 1.0], "float32"),
            "petal_width": np.array([1.7, np.nan], "float32"),
            "colour": np.array([b"red", b""], object),
        },
    )
    assert answers["label"].tolist() == [b"rose", b"daisy"]
    assert answers["probabilities"].sum(axis=1) == pytest.approx([1, 1])
    exported(result.model_dir, workspace.folder / "code")
    for row in explained(data, result.model_dir)["rows"]:
        of_class = max(row["answer"]["probabilities"])
        assert row["score"] == pytest.approx(np.log(of_class / (1 - of_class)), abs=1e-3)

    refused = workspace.run(made_data.FLOWERS.format(data=data).replace("min = 0.8 ", "min = 0.99999 "))
    assert refused.exit_code == 10
    assert [reason.split(" is ")[0] for reason in refused.gates[1].reasons] == ["auc (overall)"]


def test_a_class_that_the_config_does_not_name_is_refused(workspace):
    data = made_data.flowers(workspace.folder)
    result = workspace.run(made_data.FLOWERS.format(data=data).replace('"tulip", ', ""))
    assert result.exit_code == 11
    assert "column 'species' holds 'tulip'; the label may only be 'rose', 'daisy'" in result.gates[0].reasons[0]


def test_a_regression_from_csv_through_its_logarithm_and_under_beams_own_runner(workspace):
    data = made_data.houses(workspace.folder)
    text = made_data.HOUSES.format(data=data)
    result = workspace.run(text.replace('"regression"', '"regression"\nlog = true'), engine="beam")
    assert (result.error, result.exit_code) == (None, 0)
    assert {component.state for component in result.components} == {"done"}
    assert list(result.metrics) == [
        "r_squared",
        "mean_absolute_error",
        "mean_squared_error",
        "calibration",
        "calibration_slope",
        "example_count",
    ]
    assert result.metrics["r_squared"] > 0.8

    command = [sys.executable, "-m", "pipeline.commands.main", "predict", str(data), "--model", result.model_dir]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    with data.open() as rows:
        prices = [float(row.rsplit(",", 1)[1]) for row in rows.read().splitlines()[1:]]
    errors = [abs(json.loads(line)["value"] - price) for line, price in zip(lines, prices, strict=True)]
    assert sum(errors) / len(errors) < 25_000
    exported(result.model_dir, workspace.folder / "code")
    found = explained(data, result.model_dir)
    assert (found["unit"], found["rows"][0]["score"]) == ("value", found["rows"][0]["answer"]["value"])


LATE = """
name = "flights"
[data]
path = "{data}"
[label]
kind = "binary"
column = "delay"
above = 15
decision = "f1"
[features]
hour = {{ kind = "numeric" }}
[training]
hidden_units = [8]
learning_rate = 0.02
max_epochs = 10
batch_size = 64
[release.overall]
pr_auc = {{ min = 0.08 }}
auc = {{ min = 0.6 }}
recall = {{ min = 0.1 }}
"""


def test_a_rare_class_is_found_by_a_chosen_decision(workspace):
    """One flight in twenty is late, at no hour more than one in four: from a probability of 0.5 on, none would be."""
    data, rng = workspace.folder / "flights.csv", np.random.default_rng(8)
    hours = rng.uniform(0, 24, 3000)
    late = rng.random(3000) < 0.25 * (hours / 24) ** 4
    lines = [f"{hour:.3f},{20 if is_late else 15}" for hour, is_late in zip(hours, late, strict=True)]
    data.write_text("\n".join(["hour,delay", *lines]) + "\n")
    result = workspace.run(LATE.format(data=data))
    assert (result.error, result.exit_code) == (None, 0)
    answers = SavedModel(result.model_dir)("raw", {"hour": np.arange(24.0, dtype=np.float32)})
    assert answers["probability"].max() < 0.5
    assert answers["label"].tolist() == sorted(answers["label"].tolist())
    assert set(answers["label"].tolist()) == {0, 1}


def test_a_regression_that_answers_the_mean_is_refused(workspace):
    data = made_data.houses(workspace.folder)
    text = made_data.HOUSES.format(data=data)
    head, tail = text.split("[features]")
    constant = head + '[features]\none = { kind = "numeric" }\n[training]' + tail.split("[training]")[1]
    lines = data.read_text().splitlines()
    data.write_text("\n".join([f"{lines[0]},one", *(f"{line},1.0" for line in lines[1:])]) + "\n")
    least = constant.replace("min = 0.7", "min = 0.05").replace("max = 50000.0", "max = 5000000.0")
    result = workspace.run(least)
    assert result.exit_code == 10
    assert result.metrics["r_squared"] < 0.05
