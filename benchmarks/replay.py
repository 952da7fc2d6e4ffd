"""Replays the bundled trips quarter by quarter, and writes the table and the chart of docs/data-over-time.md.

    python -m benchmarks.replay

What is done already in the output folder is not run again, so that it can be stopped and typed again.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks import pages
from components.example_gen.settings import Reading
from pipeline.replay import actions, charts
from pipeline.replay.replayed import Replayed, shown_metric
from pipeline.report import words
from pipeline.report.page import TEMPLATES
from pipeline.split import cutting
from turnstile.thresholds import plus_minus

_CONFIG = "configs/taxi-quarters.toml"
_SPANS = Path("output/quarters")
_PAGE, _CHARTS = Path("docs/data-over-time.md"), (Path("docs/replay-metric.svg"), Path("docs/replay-difference.svg"))
_HEADINGS = ("quarter", "rows", "data", "{}", "serving model's", "difference", "verdict", "became")
_REASONS = 2  # for each quarter, in the page


def main() -> None:
    """Makes the spans if they are not there, replays them, and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", help="Folder for artifacts, metadata and logs.")
    arguments = parser.parse_args()
    if not _SPANS.exists():
        cutting.cut("data/taxi/trips.csv", "trip_start_timestamp", "quarter", _SPANS, Reading())
    done = actions.replay(_CONFIG, output=arguments.output)
    metric = shown_metric(done.spans)
    assert metric
    for file, draw in zip(_CHARTS, (charts.metric, charts.difference), strict=True):
        file.write_text(alone(draw(done.spans, metric)))
    pages.write(_PAGE, "python -m benchmarks.replay", text(done.spans, metric))


def text(found: Sequence[Replayed], metric: str) -> str:
    """Returns the table, why those did not pass that did not, and what passed with a warning."""
    rows = [_row(each, metric) for each in found]
    reasons = [
        f"- **{each.span}**, {each.verdict}: {'; '.join(map(words.sentence, said))}."
        for each in found
        if (said := [*each.reasons[:_REASONS], *(f"warning: {warning}" for warning in each.warnings[:_REASONS])])
    ]
    headings = [heading.format(metric) for heading in _HEADINGS]
    return "\n\n".join([pages.table(headings, rows), "\n".join(reasons)])


def _row(found: Replayed, metric: str) -> list[str]:
    value = found.value(metric)
    measured = ["", "", ""]
    if value and value["value"] is not None:
        measured[0] = f"{value['value']:.4f}{_half(value['low'], value['high'])}"
    if value and value["serving"] is not None:
        measured[1:] = [f"{value['serving']:.4f}", words.signed(value["difference"])]
        measured[2] += _half(value["difference_low"], value["difference_high"])
    rows = "" if found.rows is None else f"{found.rows:,}"
    data = f"{found.data}, with a warning" if found.warnings else found.data
    return [str(found.span), rows, data, *measured, found.verdict, ", ".join(found.labels)]


def _half(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else plus_minus({"low": low, "high": high})


def alone(svg: str) -> str:
    """Returns a chart of a page as a file of its own, in the colours of the page, light or dark."""
    style = (TEMPLATES / "style.css").read_text()
    colours = re.match(r":root \{.*?\n\}\n@media screen.*?\n\}\n", style, re.DOTALL)
    assert colours
    begin = svg.index(">") + 1
    return f"{svg[:begin]}<style>{colours[0]}</style>{svg[begin:]}\n"


if __name__ == "__main__":
    main()
