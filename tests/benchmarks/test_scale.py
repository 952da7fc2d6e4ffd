"""docs/scale.md says what runs of several sizes took, and what a further row costs."""

from __future__ import annotations

import json

import pytest

from benchmarks import scale


def run(rows, seconds):
    parts = [
        {"id": "ExampleGen", "wall": seconds, "cpu": seconds, "peak_mb": 1_000 + seconds},
        {"id": "Trainer", "wall": 9.0, "cpu": 9.0, "peak_mb": 1_500.0},
        {"id": "Pusher", "wall": 0.1, "cpu": 0.1, "peak_mb": 1_200.0},
    ]
    result = {"metrics": {"auc": 0.95}, "learned_from": {"rows": min(rows, 5_000), "of": rows}}
    disk = {"data": 100 * rows, "ExampleGen": 50 * rows}
    return {"rows": rows, "wall": 20, "cpu": seconds + 10, "peak_mb": 1_600, "components": parts, "result": result,
            "disk": disk}  # fmt: skip


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.setattr(scale, "PAGE", tmp_path / "scale.md")
    scale.PAGE.write_text("# Scale\n\n<!-- from here on: python -m benchmarks.scale -->\nold\n<!-- to here -->\nend\n")
    runs = tmp_path / "runs"
    runs.write_text("".join(json.dumps(run(rows, seconds)) + "\n" for rows, seconds in ((11_000, 3), (1_000, 1))))
    monkeypatch.setattr("sys.argv", ["scale", "--rows", "--runs", str(runs)])
    scale.main()
    return scale.PAGE.read_text()


def test_whole_runs_are_told_by_size(page):
    assert page.index("| 1,000 | 11 | 1,600 | 150 | 1,000 | 0.9500 |") < page.index("| 11,000 | 13 |")
    assert page.endswith("<!-- to here -->\nend\n")
    assert "old" not in page


def test_components_that_cost_nothing_are_left_out(page):
    assert "| ExampleGen | 1,001 | 1,003 |" in page
    assert "Pusher" not in page


def test_a_further_row_costs_the_difference_and_a_billion_as_much_each(page):
    assert "| ExampleGen | 200.0 |" in page
    assert "| whole run | 200.0 |" in page
    assert "| whole run | 55.6 |" in page  # 200 microseconds for each of a billion rows, in hours
