"""What `turnstile report` is asked about: the last run, a run by its name, a version by its number."""

from __future__ import annotations

import json

import pytest

from pipeline.config import Config
from pipeline.run import folder
from pipeline.run.report_finding import find, page_of
from serving.releases import release_record
from tests import made_reports, made_versions
from turnstile.errors import UsageError

RUNS = ("20261128T200000.000000", "20261129T200000.000000")


@pytest.fixture
def config(tmp_path):
    """Two runs, of which the first pushed version 7; and version 8, which somebody pushed elsewhere."""
    made = Config.model_validate(
        {
            "name": "trips",
            "output": str(tmp_path / "output"),
            "data": {"path": "trips.csv"},
            "label": {"kind": "binary", "column": "big"},
            "features": {"fare": {"kind": "numeric"}},
            "release": {"overall": {"auc": {"min": 0.9}}},
            "serving": {"dir": str(tmp_path / "serving")},
        }
    )
    for run in RUNS:
        file = folder.record_file(folder.root(made), run)
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(made_reports.plain(run_id=run)))
    made_versions.versions(tmp_path / "serving", 7, 8, 9, name="trips")
    release_record.write(tmp_path / "serving/trips/7", made_reports.plain(run_id=RUNS[0]))
    release_record.write(tmp_path / "serving/trips/8", made_reports.plain(run_id="elsewhere"))
    return made


@pytest.mark.parametrize(
    ("which", "run", "page"),
    [
        (None, RUNS[1], "report.html"),
        (RUNS[0], RUNS[0], "report.html"),
        ("7", RUNS[0], "report.html"),
        ("8", "elsewhere", "report-8.html"),
    ],
)
def test_what_is_found(config, which, run, page):
    found = find(config, "trips.toml", which)
    assert (found.record.run_id, found.page) == (run, folder.root(config) / "runs" / run / page)


def test_an_overridden_version_has_a_page_of_its_own(config, tmp_path):
    overridden = made_reports.plain(run_id=RUNS[0], override={"who": "ada", "why": "known drift"})
    release_record.write(tmp_path / "serving/trips/7", overridden)
    found = find(config, "trips.toml", "7")
    assert (found.record.override["who"], found.page.name) == ("ada", "report-7.html")


@pytest.mark.parametrize("which", ["9", "10", "somewhere", "../trips"])
def test_what_is_not_there_is_told_with_what_to_do(config, which):
    with pytest.raises(UsageError, match=f"{which}: is no run .* turnstile models --config trips.toml"):
        find(config, "trips.toml", which)


def test_before_the_first_run_there_is_none(config, tmp_path):
    none = config.model_copy(update={"output": str(tmp_path / "none")})
    with pytest.raises(UsageError, match=r"no record of a run yet. Run: turnstile run --config trips.toml"):
        find(none, "trips.toml", None)


def test_a_page_that_is_there_stays_as_it_is(config):
    found = find(config, "trips.toml", None)
    found.page.write_text("kept")
    assert page_of(config, found) == found.page
    assert found.page.read_text() == "kept"
