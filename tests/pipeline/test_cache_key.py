"""A stage's cache key changes with the code that it runs and the files it is named, and with nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline import cache_key, config_file
from pipeline.dag import create_pipeline
from turnstile import source_imports

# A stage, and modules that it runs: some it imports, some are only named to TFX, TFMA or `python -m`.
RUNS = {
    "ExampleGen": {"components.example_gen.csv_table", "components.gate_report", "turnstile.span_pattern"},
    "StatisticsGen": {"components.columnar_reading"},
    "DataGate": {"components.data_gate.explanations", "components.gate_report", "turnstile.columns"},
    "Transform": {"components.transform.preprocessing", "components.missing_values", "components.columnar_reading"},
    "Trainer": {"components.trainer.training", "components.trainer.model", "serving.model.warmup"},
    "Baseline": {"serving.releases.state", "serving.releases.release_record"},
    "ServingValidator": {"serving.model.proof", "serving.model.warmup", "serving.model.dtypes"},
    "Evaluator": {"components.evaluator.metrics.sums_metric", "components.gate_report", "turnstile.metrics"},
    "Pusher": {"components.record.builder", "serving.releases.state", "serving.releases.control"},
}
# What only decides which stages there are, or how a run is shown, is nobody's reason to train again.
RUN_BY_NONE = ("pipeline.", "serving.server", "serving.client", "serving.asking", "serving.ab")
VERTEX = {"project": "p", "region": "r", "endpoint": "e", "image": "i"}


def stages(folder, **overrides):
    config = config_file.load("configs/small.toml", output=str(folder), **overrides)
    return {stage.id: stage for stage in create_pipeline(config).components}


def flags(folder, **overrides):
    found = stages(folder, **overrides).items()
    return {id_: [str(flag) for flag in stage.executor_spec.extra_flags] for id_, stage in found}


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A copy of the project's source, which is what keys are made from."""
    for package in source_imports.PACKAGES:
        shutil.copytree(source_imports.ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("*.pyc"))
    monkeypatch.setattr(source_imports, "ROOT", tmp_path)
    return tmp_path


def test_every_stage_has_a_key_of_its_code(tmp_path):
    assert {id_: len(found) for id_, found in flags(tmp_path).items()} == dict.fromkeys(stages(tmp_path), 1)
    assert flags(tmp_path) == flags(tmp_path)


@pytest.mark.parametrize("id_", RUNS)
def test_an_edit_of_any_module_that_a_stage_runs_changes_its_key(copied, tmp_path, id_):
    run = cache_key.modules(stages(tmp_path)[id_])
    assert run >= RUNS[id_]
    before = cache_key.digest(run)
    unnoticed = set()
    for module in run:
        file = source_imports.source(module)
        text = file.read_text()
        file.write_text(text + "\nEDITED = True\n")
        unnoticed |= {module} if cache_key.digest(run) == before else set()
        file.write_text(text)
    assert unnoticed == set()
    assert cache_key.digest(run) == before


def test_an_edit_of_what_no_stage_runs_changes_no_key(tmp_path):
    run = set().union(*(cache_key.modules(stage) for stage in stages(tmp_path).values()))
    assert [module for module in run if module.startswith(RUN_BY_NONE)] == []


def test_a_push_to_vertex_has_a_key_of_its_code_too(tmp_path):
    assert "components.pusher.vertex" in cache_key.modules(stages(tmp_path, serving__vertex=VERTEX)["Pusher"])


def test_an_edited_schema_is_imported_again(tmp_path):
    schema, own = tmp_path / "schema.pbtxt", {"data__schema_path": str(tmp_path / "schema.pbtxt")}
    schema.write_text(Path("data/taxi/schema.pbtxt").read_text())
    before = flags(tmp_path, **own)
    schema.write_text(schema.read_text().replace("max: 1000", "max: 10"))
    after = flags(tmp_path, **own)
    assert {id_ for id_ in after if after[id_] != before[id_]} == {"ImportSchemaGen"}
