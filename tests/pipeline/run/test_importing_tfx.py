"""The imports of a run leave out what it does not need, and leave no trace of it."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from pipeline.run.importing_tfx import importing_tfx


@pytest.fixture(autouse=True)
def as_it_was():
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_a_module_that_is_not_needed_looks_absent_and_is_there_again(monkeypatch):
    monkeypatch.delitem(sys.modules, "sklearn", raising=False)
    with importing_tfx():
        with pytest.raises(ImportError):
            import sklearn  # noqa: F401
        assert not gc.isenabled()
    assert "sklearn" not in sys.modules
    assert gc.isenabled()


def test_what_was_imported_before_stays(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", gc)
    with importing_tfx():
        assert sys.modules["sklearn"] is gc
    assert sys.modules["sklearn"] is gc


def test_a_failing_import_leaves_the_collector_on():
    with pytest.raises(ZeroDivisionError), importing_tfx():
        raise ZeroDivisionError
    assert gc.isenabled()


@pytest.mark.slow
def test_a_run_imports_neither_them_nor_the_clients_of_google_cloud():
    code = (
        "import sys\n"
        "from pipeline.run.importing_tfx import importing_tfx\n"
        "with importing_tfx():\n"
        "    import pipeline.dag, pipeline.run.result, components.trainer.training\n"
        "print(*[m for m in ('sklearn', 'google.cloud.aiplatform', 'google.cloud.bigquery')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
