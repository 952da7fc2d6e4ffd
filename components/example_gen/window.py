"""The spans that a run reads: the newest, or the one asked for, and those before it, with none missing between."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from components.example_gen import file_listing, spans
from components.example_gen.arrivals import Arrival, Found
from turnstile import periods, span_pattern
from turnstile.errors import DataRefusedError, UsageError
from turnstile.periods import Every
from turnstile.places import Place
from turnstile.span_pattern import Span

EvalOn = Literal["split", "newest"]


@dataclass(frozen=True)
class Window:
    """How many spans a run reads, and which rows of them it is judged on.

    Attributes:
        spans: the number of spans, the newest among them.
        eval_on: "split" for a part of all rows, by their hash; "newest" for all rows of the newest span, and no others.
        every: how far apart the spans are; None if numbers count by one, and nothing is known of dates.
    """

    spans: int = 1
    eval_on: EvalOn = "split"
    every: Every | None = None


NEWEST = Window()


def select(path: str, span: Span | None, window: Window) -> list[Arrival]:
    """Finds the spans that a run reads, oldest first.

    Args:
        path: a path with placeholders, in which span_pattern.fault finds nothing wrong.
        span: the newest; by default the latest there is.
        window: how many.

    Raises:
        UsageError: one of them is not there.
        DataRefusedError: one of them is not complete.
    """
    folder, pattern = span_pattern.folder_and_pattern(path)
    found = select_in(folder, file_listing.escaped(pattern), span, window, path)
    faults = [f"{path}: span {each.span} {each.fault}" for each in found if each.fault]
    if faults:
        raise DataRefusedError("\n".join(faults))
    return found


def select_in(folder: str | Place, pattern: str, span: Span | None, window: Window, path: str) -> list[Arrival]:
    """Does the same for the files in a folder, complete or not.

    Args:
        folder: the folder; its name may have any character in it.
        pattern: the pattern of the files in it, with placeholders, escaped for `glob`.
        span: the newest; by default the latest there is.
        window: how many.
        path: folder and pattern as the user wrote them, for messages.

    Raises:
        UsageError: as `select`.
    """
    newest = spans.select_in(folder, pattern, span, path).span
    found = Found.of(folder, pattern)
    before = [each for each in found.spans if span_pattern.number(each) <= span_pattern.number(newest)]
    taken = before[-window.spans :]
    for older, newer in pairwise(taken):
        if fault := fault_between(older, newer, window):
            raise UsageError(f"{path}: {fault}")
    if len(taken) < window.spans:
        raise UsageError(
            f"{path}: data.window = {window.spans} asks for {window.spans} spans up to {newest}, and there "
            f"{_there(before)}. Wait for more, or write a smaller window"
        )
    return [found.arrival(each) for each in taken]


def fault_between(older: Span, newer: Span, window: Window) -> str | None:
    """Says which span is missing between two, or that one of them is too many; None if neither is."""
    there = "Put its files there"
    if not isinstance(older, datetime.date) or not isinstance(newer, datetime.date):
        missing = span_pattern.number(older) + 1
        between = f"span {missing} is missing between {older} and {newer}. {there}, or write a smaller data.window"
        return None if missing == newer else between
    if window.every is None:
        return None
    first, last = (periods.index(each, window.every) for each in (older, newer))
    length, missing_day = periods.in_words(window.every), periods.first_day(first + 1, window.every)
    if first == last:
        return (
            f"{older} and {newer} are two spans of the same {length}, and data.every says that there is one. Move one "
            "of them elsewhere, or correct data.every"
        )
    told = (
        f"a span is missing between {older} and {newer}: none is of the {length} that begins on {missing_day}. "
        f"{there}, or correct data.every, or write a smaller data.window"
    )
    return None if last == first + 1 else told


def _there(spans: Sequence[Span]) -> str:
    return f"is only {spans[0]}" if len(spans) == 1 else f"are only {len(spans)}: {', '.join(map(str, spans))}"
