"""The table of gates agrees with the stages, and with what runs where the table cannot be imported."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from turnstile import errors
from turnstile.gates import GATES


@pytest.mark.slow
def test_every_gate_is_a_stage_with_that_blessing():
    from pipeline import config_file
    from pipeline.dag import create_pipeline

    stages = {stage.id: stage for stage in create_pipeline(config_file.load("configs/small.toml")).components}
    blessings = {
        id_: stage.outputs["blessing"].type.TYPE_NAME for id_, stage in stages.items() if "blessing" in stage.outputs
    }
    assert blessings == {id_: gate.blessing for id_, gate in GATES.items() if gate.blessing}
    assert set(GATES) <= set(stages)


def test_airflow_tries_none_of_their_refusals_again():
    """Airflow's plugin runs in an environment of its own, where the table is not."""
    tree = ast.parse(Path("deploy/airflow/plugins/turnstile_airflow.py").read_text())
    (final,) = [n.value for n in tree.body if isinstance(n, ast.Assign) and n.targets[0].id == "_FINAL"]
    assert ast.literal_eval(final) == {errors.UsageError.exit_code, *(gate.exit_code for gate in GATES.values())}
