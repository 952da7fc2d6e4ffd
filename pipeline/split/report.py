"""What `turnstile data split` prints: the spans, what is in none of them, and the lines for a config."""

from __future__ import annotations

import json
from typing import Any

from pipeline.split.cutting import Cut, Every
from turnstile.errors import UsageError
from turnstile.periods import Period

_PERIODS: tuple[Period, ...] = ("day", "month", "quarter")
# Of a year of quarters, and of as many days or months: enough to learn from, and the newest to be judged on.
_WINDOW = 4
_SHOWN = 5  # spans at each end of a long list


def every_of(text: str) -> Every:
    """Reads how long a span is.

    Raises:
        UsageError: it is neither a period nor a number of rows.
    """
    for period in _PERIODS:
        if text == period:
            return period
    if text.isascii() and text.isdigit() and int(text):
        return int(text)
    raise UsageError(f"--every {text}: expected quarter, month, day, or a number of rows, such as 1000")


def lines(cut: Cut) -> list[str]:
    """Returns it in words."""
    spans = [f"  {span}  {rows:>9,} rows" for span, rows in cut.rows.items()]
    if len(spans) > 2 * _SHOWN + 10:
        spans[_SHOWN:-_SHOWN] = ["  ..."]
    return [
        f"{sum(cut.rows.values()):,} rows in {len(cut.rows):,} spans in {cut.folder}:",
        *spans,
        *_noted(cut),
        "Lines for [data] of a config:",
        *(f"  {key} = {json.dumps(value)}" for key, value in settings(cut).items()),
    ]


def _noted(cut: Cut) -> list[str]:
    noted = []
    if cut.without:
        rows = "1 row has" if cut.without == 1 else f"{cut.without:,} rows have"
        noted.append(f"{rows} no value in the column, and are in no span; the first is row {cut.first_without:,}.")
    if cut.missing:
        days = ", ".join(map(str, cut.missing[:_SHOWN]))
        more = " and more" if len(cut.missing) > _SHOWN else ""
        noted.append(f"No row is of the {cut.every} that begins on {days}{more}: a run stops at a missing span.")
    return noted


def settings(cut: Cut) -> dict[str, Any]:
    """Returns the keys of [data] that suit the spans."""
    every = {} if isinstance(cut.every, int) else {"every": cut.every}
    return {"path": cut.path, **every, "window": min(_WINDOW, len(cut.rows))}


def as_dict(cut: Cut) -> dict[str, Any]:
    """Returns it as plain values, ready for json.dumps."""
    return {
        "folder": str(cut.folder),
        "data": settings(cut),
        "spans": [{"span": str(span), "rows": rows} for span, rows in cut.rows.items()],
        "rows": sum(cut.rows.values()),
        "rows_in_no_span": cut.without,
        "missing": [str(day) for day in cut.missing],
    }
