"""The page about all runs: what it shows, where its links lead, and what its server gives and does not give."""

from __future__ import annotations

import datetime
import json
import re
import threading

import httpx
import pytest
from click.testing import CliRunner
from ml_metadata.proto import metadata_store_pb2 as mlmd
from tensorflow_metadata.proto.v0 import statistics_pb2

from pipeline.commands.main import main
from pipeline.dashboard import page
from pipeline.dashboard.collecting import Dashboard
from pipeline.dashboard.drift import drift
from pipeline.dashboard.server import server
from pipeline.past.history import Run
from tests import made_reports
from tests.made_metadata import execution, opened
from turnstile.errors import UsageError

AIRFLOWS = "manual__2026-11-28T20:00:00+00:00"  # the name that Airflow gives a run


def run(**changes):
    usual = {
        "run_id": "run-1", "started": datetime.datetime(2026, 11, 28, 20, 5, tzinfo=datetime.UTC), "seconds": 61.0,
        "outcome": "pushed", "metric": {"name": "auc", "value": 0.95, "low": 0.94, "high": 0.96}, "version": 7,
        "labels": ("stable",), "exists": True, "span": None, "rows": 1200,
    }  # fmt: skip
    return Run(**usual | changes)


def statistics(folder, name, **shares):
    """Statistics of one column of text, with a share of 100 rows for each value."""
    text = statistics_pb2.StringStatistics(
        common_stats=statistics_pb2.CommonStatistics(num_non_missing=100, tot_num_values=100),
        rank_histogram=statistics_pb2.RankHistogram(
            buckets=[statistics_pb2.RankHistogram.Bucket(label=v, sample_count=n) for v, n in shares.items()]
        ),
    )
    column = statistics_pb2.FeatureNameStatistics(path={"step": ["colour"]}, string_stats=text)
    dataset = statistics_pb2.DatasetFeatureStatistics(num_examples=100, features=[column])
    (split := folder / name / "Split-train").mkdir(parents=True)
    made = statistics_pb2.DatasetFeatureStatisticsList(datasets=[dataset])
    (split / "FeatureStats.pb").write_bytes(made.SerializeToString())
    return folder / name


def test_drift_is_from_span_to_span_and_what_moved_most_comes_first(tmp_path):
    spans = {
        "1": statistics(tmp_path, "1", red=50, blue=50),
        "2": statistics(tmp_path, "2", red=50, blue=50),
        "3": statistics(tmp_path, "3", green=100),
    }
    found = drift(["size", "colour"], spans)
    assert found.spans == ("2", "3")
    assert found.columns == {"colour": (pytest.approx(0), pytest.approx(1)), "size": (None, None)}
    assert list(found.columns) == ["colour", "size"]


def test_whatever_names_hold_is_text():
    hostile = made_reports.HOSTILE
    first = {"number": 7, "state": ["stable"], "pushed": "", "run_id": hostile[0], "metrics": hostile, "data": hostile}
    unclear = {"value": 1, "low": None, "high": None}
    runs = [run(run_id=name, span=name, metric={"name": name, **unclear}) for name in hostile]
    pages = frozenset(f"runs/{name}/report.html" for name in hostile)
    html = page.html(Dashboard(hostile[1], runs, [first], "", drift(hostile, {}), pages))
    assert re.findall(r"<(?:script|img|iframe)", html) == []
    assert html.count("<h1") == 1
    assert html.count('<a href="runs/') == len(hostile) + 1  # of each run and of the version
    assert len(html) < 60_000


@pytest.fixture
def root(tmp_path):
    """A run that refused a model, one that goes on, and the report of the first."""
    (root := tmp_path / "small").mkdir()
    store = opened(root / "metadata.db")
    for name in (AIRFLOWS, "20261128T210000.000000"):
        execution(store, name, "Evaluator", mlmd.Execution.COMPLETE, "ModelEvaluation")
    (folder := root / "runs" / AIRFLOWS).mkdir(parents=True)
    (folder / "release.json").write_text(json.dumps(made_reports.plain(outcome="refused", push=None)))
    (folder / "report.html").write_text("the report")
    return root


def dashboard(root, *options):
    folders = ["--output", str(root.parent), "--serving-dir", str(root.parent / "serving_model")]
    done = CliRunner().invoke(main, ["dashboard", "--config", "configs/small.toml", *folders, *options])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_command_writes_the_page_beside_the_reports(root):
    told = json.loads(dashboard(root, "--json"))
    assert told == {"dashboard": str(root / "dashboard.html"), "address": None}
    html = (root / "dashboard.html").read_text()
    assert re.findall('<a href="(runs[^"]*)"', html) == ["runs/manual__2026-11-28T20%3A00%3A00%2B00%3A00/report.html"]
    assert html.count('class="chip bad">refused') == 2  # one is the key of the chart
    assert html.count('class="chip plain">unfinished') == 1
    assert html.count("<svg") == 1
    assert "There are no statistics of two spans to compare" in html


def test_without_runs_there_is_a_page_that_says_so(tmp_path):
    assert dashboard(tmp_path / "small") == f"{tmp_path}/small/dashboard.html\n"
    html = (tmp_path / "small" / "dashboard.html").read_text()
    assert "There is no run yet" in html
    assert "<svg" not in html


def test_the_server_gives_pages_and_nothing_else(root):
    (root / "runs" / "secret.html").write_text("secret")
    (root / "report.html").write_text("secret")
    made = iter(["first", "second"])
    (root / "runs" / "20261128T210000.000000").mkdir()

    def missing(run_id):
        if run_id != "20261128T210000.000000":
            raise UsageError("no record")
        (root / "runs" / run_id / "report.html").write_text("made when it was asked for")

    with server(root, 0, lambda: next(made), missing) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        with httpx.Client(base_url=f"http://127.0.0.1:{serving.server_port}") as client:
            assert [client.get("/").text, client.get("/?again").text] == ["first", "second"]
            assert client.get("/runs/manual__2026-11-28T20%3A00%3A00%2B00%3A00/report.html").text == "the report"
            assert client.get("/runs/20261128T210000.000000/report.html").text == "made when it was asked for"
            others = (
                f"{AIRFLOWS}/release.json",
                "x/report.html",
                "../secret.html",
                "..%2Fsecret.html",
                "..%2freport.html",
            )
            for path in ("/metadata.db", "//etc/passwd", *(f"/runs/{other}" for other in others)):
                assert client.get(path).status_code == 404
        with pytest.raises(UsageError, match="give another --port"):
            server(root, serving.server_port, str, missing)
        serving.shutdown()
        thread.join()
