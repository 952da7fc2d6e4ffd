"""What all tests share: quiet logs, and a marker for whatever loads TensorFlow."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# Test files that load TensorFlow, TFX or Beam, or start many processes; `make test-fast` leaves them out.
_SLOW = {
    "test_baseline.py",
    "test_beam.py",
    "test_binary_metrics.py",
    "test_proof.py",
    "test_proof_rows.py",
    "test_columnar_example_gen.py",
    "test_columnar_reading.py",
    "test_data_gate.py",
    "test_evaluator.py",
    "test_example_gen_memory.py",
    "test_slim_extracts.py",
    "test_kubeflow_artifacts.py",
    "test_kubeflow_compile.py",
    "test_kubeflow_task.py",
    "test_ir.py",
    "test_local_runner.py",
    "test_missing_values.py",
    "test_model.py",
    "test_preprocessing.py",
    "test_pusher.py",
    "test_r_squared.py",
    "test_release_reasons.py",
    "test_releases_killed.py",
    "test_same_as_tfx.py",
    "test_saved_model.py",
    "test_saved_model_memory.py",
    "test_schema.py",
    "test_serving_validator.py",
    "test_signatures.py",
    "test_spans_as_tfx.py",
    "test_stock_template.py",
    "test_tensors_in_tensorflow.py",
    "test_training.py",
    "test_vertex_pusher.py",
    "test_dag.py",
    "test_metadata_store.py",
}

# Folders of tests that have a marker of that name and a target of their own in the Makefile.
_ON_DEMAND = {"schedulers", "image"}
_TESTS = Path(__file__).parent


def _is_slow(path: Path) -> bool:
    return path.name in _SLOW or path.relative_to(_TESTS).parts[0] in _ON_DEMAND | {"e2e"}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Does not even import the slow files when they are not wanted: that alone takes longer than the fast tests."""
    return True if config.option.markexpr == "not slow" and _is_slow(collection_path) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _is_slow(item.path):
            item.add_marker(pytest.mark.slow)
        if (folder := item.path.relative_to(_TESTS).parts[0]) in _ON_DEMAND:
            item.add_marker(folder)


@pytest.fixture(autouse=True)
def in_project_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Configs name their data relative to the project's root."""
    monkeypatch.chdir(Path(__file__).parent.parent)
