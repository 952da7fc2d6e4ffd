"""docs/performance.md says what the runs took, and compares like with like."""

from __future__ import annotations

import pytest

from benchmarks import performance_chart, performance_page
from benchmarks.whole_run import Run


def run(pipeline, rows, wall, cpu, components):
    parts = [{"id": name, "wall": took, "cpu": took} for name, took in components.items()]
    result = None if pipeline == "stock" else {"metrics": {"auc": 0.95}}
    return Run(pipeline, rows, wall, cpu, peak_mb=1_500, components=parts, result=result)


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.setattr(performance_page, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(performance_chart, "CHART", tmp_path / "chart.svg")
    runs = []
    for rows, factor in ((1_000, 1), (11_000, 3)):
        for slow in (1, 9, 1.1):  # the slowest does not count: medians
            runs.append(run("stock", rows, 20 * factor * slow, 10 * factor, {"CsvExampleGen": 4 * factor}))
            runs.append(run("turnstile", rows, 5 * factor * slow, 6 * factor, {"ExampleGen": factor, "DataGate": 0.1}))
            runs.append(run("again", rows, 2, 2, {}))
    performance_page.write(runs)
    return (tmp_path / "page.md").read_text()


def test_whole_runs_are_compared_by_their_medians(page):
    assert "| 1,000 | 22.0 | 5.5 | **0.25** | 10.0 / 6.0 | 1,500 / 1,500 | 2.0 (0.36) | 0.9500 |" in page
    assert "runs: 3 at 1,000 rows, 3 at 11,000 rows." in page


def test_components_are_compared_by_what_they_do(page):
    assert "| ExampleGen | 4.0 / 4.0 | 1.0 / 1.0 | 12.0 / 12.0 | 3.0 / 3.0 |" in page
    assert "| DataGate |  | 0.1 / 0.1 |  | 0.1 / 0.1 |" in page


def test_a_further_row_costs_the_difference(page):
    assert "| ExampleGen | 800 | 200 |" in page  # (12 - 4) s and (3 - 1) s over 10,000 rows
    assert "| whole run | 2,000 | 1,200 |" in page


def test_the_chart_is_there(page, tmp_path):
    assert "](performance.svg)" in page
    assert "<svg" in (tmp_path / "chart.svg").read_text()
