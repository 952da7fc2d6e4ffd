"""The table of runs, which fits a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from pipeline.past.history import Run
from turnstile import printing
from turnstile.thresholds import plus_minus

# Of a table that goes to a file or a pipe, which has no width of its own.
_WIDTH = 80
_RUN = 24  # the width of the first column


def show(runs: Sequence[Run]) -> None:
    """Prints two lines for each run."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("run", "outcome", "metric", "version", "data"):
        table.add_column(column, overflow="fold", max_width=_RUN if column == "run" else None)
    for run in runs:
        table.add_row(_when(run), run.outcome, _metric(run), _version(run), _data(run))
    printing.show(table, _WIDTH)


def _when(run: Run) -> str:
    return f"{run.started:%Y-%m-%d %H:%M}{_took(run.seconds)}\n{run.run_id}"


def _took(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f", {seconds:.0f} s" if seconds < 100 else f", {seconds / 60:.0f} min"


def _metric(run: Run) -> str:
    if run.metric is None:
        return ""
    value, interval = run.metric["value"], run.metric if run.metric["low"] is not None else None
    return f"{run.metric['name']}\n{'undefined' if value is None else f'{value:.4f}{plus_minus(interval)}'}"


def _version(run: Run) -> str:
    if run.version is None:
        return ""
    return f"{run.version}\n{', '.join(run.labels) or ('' if run.exists else 'removed')}"


def _data(run: Run) -> str:
    return "\n".join([*([run.span] if run.span else []), *([f"{run.rows:,} rows"] if run.rows else [])])
