"""Numbers and names as the page has them."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from typing import Any

from turnstile.visible import visible

NONE, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"
_LONGEST = 60  # of a name in a table
_LONGEST_SENTENCE = 2000
_LONGEST_HINT = 300  # of what is shown when a pointer rests on it


def sentence(text: Any) -> str:
    """Returns what somebody said, with what cannot be seen written out."""
    seen = visible(str(text))
    return seen if len(seen) <= _LONGEST_SENTENCE else f"{seen[: _LONGEST_SENTENCE - 1]}…"


def number(value: float | None) -> str:
    """Returns a number with as many digits as can be read; a dash for none."""
    if value is None or not math.isfinite(value):
        return NONE
    if float(value).is_integer() or abs(value) >= 10_000:
        return f"{value:,.0f}"
    return f"{value:.4f}" if abs(value) < 100 else f"{value:,.1f}"


def rough(value: float) -> str:
    """Returns a number with four digits, as the ends of an axis have them."""
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"


def signed(value: float | None) -> str:
    """Returns a difference with its sign."""
    return NONE if value is None else f"{'+' if value > 0 else MINUS if value < 0 else ''}{number(abs(value))}"


def percent(share: float | None) -> str:
    """Returns a share as a percentage."""
    if share is None:
        return NONE
    return f"{100 * share:.3g} %" if share == 0 or share >= 0.001 else "< 0.1 %"


def short(text: Any) -> str:
    """Returns a name that fits in a table: what is cut off is an ellipsis, what cannot be seen is written out."""
    seen = visible(str(text)).replace("\n", " ")
    return seen if len(seen) <= _LONGEST else f"{seen[: _LONGEST - 1]}…"


def hint(text: Any) -> str:
    """Returns a name for what is shown when a pointer rests on it."""
    return visible(str(text))[:_LONGEST_HINT]


def moment(iso: str) -> str:
    """Returns a time as "2026-11-28 20:05 UTC"; what is no time stays as it is."""
    try:
        return f"{datetime.datetime.fromisoformat(iso).astimezone(datetime.UTC):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return short(iso)


def seconds(value: float | None) -> str:
    """Returns a time as people say it."""
    if value is None:
        return NONE
    return f"{value:.1f} s" if value < 10 else f"{value:.0f} s" if value < 120 else f"{value / 60:.0f} min"


# The templates call them by their names.
FILTERS: dict[str, Callable[[Any], str]] = {
    each.__name__: each for each in (number, rough, signed, percent, short, sentence, hint, moment, seconds, visible)
}
