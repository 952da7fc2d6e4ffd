"""The table of a replay, which fits a terminal of 80 columns, and below it reasons and warnings."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from pipeline.replay.replayed import Replayed, shown_metric
from turnstile import printing
from turnstile.thresholds import plus_minus

_WIDTH = 80  # of a table that goes to a file or a pipe
_INDENT = "  "


def show(found: Sequence[Replayed]) -> None:
    """Prints a line for each span, and then why those did not pass that did not, and what passed with a warning."""
    metric = shown_metric(found)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in headings(metric):
        table.add_column(column, overflow="fold", justify="right" if column == "rows" else "left")
    for each in found:
        table.add_row(*cells(each, metric))
    printing.show(table, _WIDTH)
    for each in (each for each in found if each.reasons or each.warnings):
        print(f"\n{each.span}: {each.verdict}")
        for sentence in (*each.reasons, *(f"Warning: {warning}" for warning in each.warnings)):
            print(f"{_INDENT}{sentence}")


def headings(metric: str | None) -> list[str]:
    """Returns the headings of the columns."""
    return ["span", "rows", "data", metric or "metric", "serving", "verdict", "version"]


def cells(found: Replayed, metric: str | None) -> list[str]:
    """Returns what a span has in each column."""
    value = found.value(metric) if metric else None
    return [
        str(found.span),
        "" if found.rows is None else f"{found.rows:,}",
        found.data,
        "" if value is None else f"{value['value']:.4f}{plus_minus(_interval(value))}",
        "" if value is None or value["serving"] is None else f"{value['serving']:.4f}",
        found.verdict,
        found.record.version or "",
    ]


def _interval(value: dict[str, float | None]) -> dict[str, float] | None:
    low, high = value["low"], value["high"]
    return None if low is None or high is None else {"low": low, "high": high}
