"""Which span a watch runs next: told from the spans that there are, and the runs that there were."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from components.example_gen.arrivals import Arrival
from components.example_gen.window import Window, fault_between
from turnstile import periods, span_pattern
from turnstile.span_pattern import Span


@dataclass(frozen=True)
class Note:
    """Something that people should know.

    Attributes:
        about: what it is about: a note about the same is not repeated.
        text: one sentence or more.
    """

    about: tuple[object, ...]
    text: str


@dataclass(frozen=True)
class Decision:
    """What to do now.

    Attributes:
        run: the span to run; None if there is nothing to run yet.
        notes: what is odd about the spans.
        newest: the newest complete span; None if there is none, or if none was looked into.
        awaited: what is waited for, in words.
    """

    run: Span | None
    notes: tuple[Note, ...]
    newest: Span | None
    awaited: str


@dataclass(frozen=True)
class Spans:
    """The spans of a path, and what is known of them.

    Attributes:
        path: their path, with placeholders.
        names: all there are, oldest first.
        look: looks into the files of one.
        done: those with a finished run.
        changed: says of a span whether what a run of it would read has changed since its last run.
        window: how many spans a run reads, and how far apart they are.
    """

    path: str
    names: Sequence[Span]
    look: Callable[[Span], Arrival]
    done: Collection[Span]
    changed: Callable[[Span], bool]
    window: Window


def decide(spans: Spans, since: Span | None = None) -> Decision:
    """Says which span to run: the oldest that is complete, with its whole window, and has no finished run.

    Only spans after the newest that was run count, and that one itself if it has changed: a model of older data would
    take the place of one of newer data.

    Args:
        spans: what there is.
        since: the oldest span to run; from there on, spans that are older than the newest that was run count too.
    """
    notes = [*_gaps(spans), *_left_behind(spans, since)]
    if not spans.names:
        notes.append(Note(("none",), f"{spans.path}: no file is named like this yet."))
    run, awaited = None, ""
    for span in _candidates(spans, since):
        arrival, fault = spans.look(span), _window_fault(spans, span)
        if span in spans.done and (fault or not spans.changed(span)):
            continue
        if arrival.fault:
            notes.append(Note((span, arrival.settling or arrival.fault), f"{span} {arrival.fault}."))
        if fault is None:
            run = span
            break
        awaited = fault
        if arrival.settling:  # the next one may be complete, but this one will be in a moment
            break
    newest = next((each for each in reversed(spans.names) if not spans.look(each).fault), None)
    return Decision(run, tuple(notes), newest, awaited or after(spans.names, spans.window))


def after(names: Sequence[Span], window: Window) -> str:
    """Names the span that comes after all others, as far as that can be told.

    Args:
        names: the spans, oldest first.
        window: says how far apart they are.
    """
    if not names:
        return "the first span"
    last = names[-1]
    if not isinstance(last, datetime.date):
        return str(last + 1)
    if window.every is None:
        return f"a span after {last}"
    first_days = [periods.first_day(periods.index(last, window.every) + more, window.every) for more in (0, 1)]
    length = periods.in_words(window.every)
    return str(first_days[1]) if last == first_days[0] else f"the {length} that begins on {first_days[1]}"


def _newest_done(spans: Spans) -> Span | None:
    return max(spans.done, key=span_pattern.number, default=None)


def _candidates(spans: Spans, since: Span | None) -> Iterator[Span]:
    """Those that may be run, oldest first; the newest that was run is among them, for it may have changed."""
    newest = _newest_done(spans)
    for span in spans.names:
        in_time = newest is None or not _before(span, newest)
        if since is not None:
            in_time = not _before(span, since) and (in_time or span not in spans.done)
        if in_time:
            yield span


def _window_fault(spans: Spans, span: Span) -> str | None:
    """Says what of a span's window is awaited; None if all of it is there, and complete."""
    if spans.look(span).fault:
        return f"{span}, which is not complete"
    window, upto = spans.window, [each for each in spans.names if not _before(span, each)]
    taken = upto[-window.spans :]
    for older, newer in pairwise(taken):
        if fault_between(older, newer, window):
            return f"a window without a gap: one is between {older} and {newer}"
    if len(taken) < window.spans:
        return f"more spans: there are {len(taken)} up to {span}, and data.window = {window.spans} asks for more"
    return next((f"{each}, which is not complete" for each in taken if spans.look(each).fault), None)


def _gaps(spans: Spans) -> Iterator[Note]:
    """A note for each gap behind the newest span that was run; of those before it, there was one at the time."""
    newest = _newest_done(spans)
    for older, newer in pairwise(spans.names):
        if newest is not None and not _before(newest, newer):
            continue
        if fault := fault_between(older, newer, spans.window):
            yield Note((older, newer), fault.partition(". ")[0] + ".")


def _left_behind(spans: Spans, since: Span | None) -> Iterator[Note]:
    """A note for each span that came too late: one before it, and one after it, were run already."""
    if not spans.done:
        return
    oldest, newest = (pick(spans.done, key=span_pattern.number) for pick in (min, max))
    for span in spans.names:
        late = _before(oldest, span) and _before(span, newest) and span not in spans.done
        if late and (since is None or _before(span, since)):
            yield Note(
                (span, "late"),
                f"{span} has no finished run, and is left out: {newest}, which is newer, was run already. To run it "
                f"all the same, give --since {span}.",
            )


def _before(one: Span, other: Span) -> bool:
    return span_pattern.number(one) < span_pattern.number(other)
