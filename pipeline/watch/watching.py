"""Watches a path: runs each span that is complete, one after the other, and waits for the next.

It keeps no file about what it has done. The records of the runs say that, so it may be killed at any moment.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from components.example_gen.arrivals import Arrival, Found
from pipeline.config import Config
from pipeline.run import folder
from pipeline.watch import deciding, lock
from pipeline.watch.deciding import Decision, Spans
from pipeline.watch.past_runs import Past, PastRuns
from pipeline.watch.single_run import Ended, Wait
from turnstile import span_pattern
from turnstile.errors import TurnstileError, UsageError
from turnstile.span_pattern import Span
from turnstile.stores import StoreError

# Seconds after which to look again whether another run is still going on.
_BUSY_SECONDS = 5.0
# How much longer each pause before another try is than the one before.
_GROWTH = 2


@dataclass(frozen=True)
class Asked:
    """What is to be watched for.

    Attributes:
        settle_seconds: for how long the files of a complete span have not changed.
        poll_seconds: how often to look for another span.
        once: whether to end when there is nothing to run.
        since: the oldest span to run; by default the one after the newest that was run.
    """

    settle_seconds: float
    poll_seconds: float
    once: bool = False
    since: Span | None = None


@dataclass(frozen=True)
class RunOf:
    """A run that came to its end.

    Attributes:
        span: what it was of.
        past: what its record says.
        exit_code: that of `turnstile run`.
        result: what it printed with --json.
    """

    span: Span
    past: Past
    exit_code: int
    result: dict[str, Any]


@dataclass
class Watched:
    """What a watch has done until it ended.

    Attributes:
        runs: those that came to their end, in their order.
        decision: the last; None if it was ended before it had looked.
        notes: what was odd about the spans.
        stopped: the span whose run was ended with the watch; None if none was.
    """

    runs: list[RunOf] = field(default_factory=list)
    decision: Decision | None = None
    notes: list[str] = field(default_factory=list)
    stopped: Span | None = None


class Teller:
    """Is told what happens; this one keeps it to itself."""

    def note(self, text: str) -> None:
        """Something is odd about the spans."""

    def waits(self, decision: Decision) -> None:
        """There is nothing to run."""

    def begins(self, span: Span) -> None:
        """A run begins."""

    def ended(self, run: RunOf) -> None:
        """A run came to its end."""


class Watch:
    """A watch of the spans of a config.

    Args:
        config: of the pipeline; its data.path has placeholders.
        asked: what is to be watched for.
        run: runs a span, to its end or until all is to end.
        wait: waits; returns at once, and True, if all is to end.
        teller: is told what happens.
    """

    def __init__(self, config: Config, asked: Asked, run: Callable[[Span], Ended], wait: Wait, teller: Teller):
        self._config, self._asked, self._run, self._wait, self._teller = config, asked, run, wait, teller
        self._root = folder.root(config)
        self._past = PastRuns(self._root)
        self._watched = Watched()
        self._told: set[tuple[object, ...]] = set()
        self._failures: dict[Span, int] = {}

    def go_on(self) -> Watched:
        """Watches until it is to end, or, with `once`, until there is nothing to run.

        Raises:
            UsageError: another watch is going on, or the path has no placeholders.
            TurnstileError: the runs of a span failed, as often as they may.
        """
        if not span_pattern.is_pattern(self._config.data.path):
            raise UsageError(
                f"data.path = '{self._config.data.path}' has no placeholders, so no other span of it will arrive. "
                "Write it with {YYYY}-{MM}-{DD} or {SPAN}, as docs/your-data.md shows, or use: turnstile run"
            )
        with lock.alone(self._root):
            while not self._step():
                pass
        return self._watched

    def _step(self) -> bool:
        """Runs a span, or waits; returns whether to end."""
        decision = self._looked()
        self._watched.decision = decision or self._watched.decision
        if decision is None or decision.run is None:
            if decision:
                self._say_that_it_waits(decision)
            return (self._asked.once and decision is not None) or self._wait(self._asked.poll_seconds)
        if lock.run_goes_on(self._root):
            self._note(("busy",), f"Another run is going on in {self._root}; waiting for its end.")
            return self._wait(_BUSY_SECONDS)  # and then looks again: it may have been of this very span
        return self._tried(decision.run)

    def _looked(self) -> Decision | None:
        """Looks at the spans; None if a file could not be read, such as one that was moved meanwhile."""
        try:
            found, done = Found.of_path(self._config.data.path), self._past.by_span()
            look = functools.cache(functools.partial(found.arrival, settle_seconds=self._asked.settle_seconds))
            changed = functools.partial(self._changed, found.spans, look)
            data = self._config.data
            spans = Spans(data.path, found.spans, look, done, changed, data.spans)
            decision = deciding.decide(spans, self._asked.since)
        except OSError as error:
            self._note(("file", error.filename), f"{error.filename}: could not be read ({error.strerror}).")
            return None
        except StoreError as error:
            self._note(("store", str(error)), str(error))
            return None
        for note in decision.notes:
            self._note(note.about, note.text)
        return decision

    def _changed(self, names: list[Span], look: Callable[[Span], Arrival], span: Span) -> bool:
        upto = names.index(span) + 1
        return self._past.changed(span, [look(each) for each in names[:upto][-self._config.data.window :]])

    def _note(self, about: tuple[object, ...], text: str) -> None:
        if about not in self._told:
            self._told.add(about)
            self._watched.notes.append(text)
            self._teller.note(text)

    def _say_that_it_waits(self, decision: Decision) -> None:
        about = ("waits", decision.awaited, decision.newest)
        if about not in self._told:
            self._told = {each for each in self._told if each[0] != "waits"} | {about}
            self._teller.waits(decision)

    def _tried(self, span: Span) -> bool:
        """Runs a span; if the run did not finish, waits a while; returns whether all is to end.

        Raises:
            TurnstileError: it did not finish, as often as it may.
        """
        self._told.discard(("busy",))
        self._teller.begins(span)
        before, ended = self._past.by_span().get(span), self._run(span)
        past = self._past.by_span().get(span)
        if past and past != before:
            run = RunOf(span, past, ended.exit_code, ended.result)
            self._watched.runs.append(run)
            self._teller.ended(run)
            self._failures.pop(span, None)
        elif ended.stopped:
            self._watched.stopped = span
        else:
            return self._wait(self._pause_after(span, ended))
        return ended.stopped

    def _pause_after(self, span: Span, ended: Ended) -> float:
        """Returns the seconds after which a run that failed is tried again."""
        policy = self._config.schedule
        failures = self._failures[span] = self._failures.get(span, 0) + 1
        if failures > policy.retries:
            raise _failed(span, failures, ended)
        pause = float(policy.retry_seconds * _GROWTH ** (failures - 1))
        again = f"The run of {span} failed: {ended.in_words}. It is tried again in {pause:g} s."
        self._note((span, "failed", failures), again)
        return pause


def _failed(span: Span, times: int, ended: Ended) -> TurnstileError:
    error = UsageError if ended.exit_code == UsageError.exit_code else TurnstileError
    return error(
        f"{times} runs of {span} failed, and none finished; of the last: {ended.in_words}. Mend that, and start the "
        "watch again: it begins with this span"
    )
