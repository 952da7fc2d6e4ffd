"""A watch in words: what it waits for, and what came of each run; and the same as plain values."""

from __future__ import annotations

from typing import Any

import click

from pipeline.watch.deciding import Decision
from pipeline.watch.watching import Asked, RunOf, Teller, Watched
from turnstile.outcomes import DATA_STOPPED, PUSHED, REFUSED, UNDECIDED
from turnstile.span_pattern import Span

_VERDICTS = {
    REFUSED: "refused; nothing was pushed",
    UNDECIDED: "undecided; nothing was pushed",
    DATA_STOPPED: "its data was refused; nothing was trained",
}


class Told(Teller):
    """Prints what happens: verdicts to stdout, unless that is to have JSON; all else to stderr."""

    def __init__(self, asked: Asked, as_json: bool):
        self._asked, self._as_json = asked, as_json

    def note(self, text: str) -> None:
        """Something is odd about the spans."""
        click.echo(text[0].upper() + text[1:], err=True)

    def waits(self, decision: Decision) -> None:
        """There is nothing to run."""
        newest = f"the newest complete span is {decision.newest}" if decision.newest is not None else "none is complete"
        if self._asked.once:
            words = f"Nothing more to run. Next: {decision.awaited}; {newest}"
        else:
            words = f"Waiting for {decision.awaited}; {newest}; looking every {self._asked.poll_seconds:g} s"
        click.echo(words, err=True)

    def begins(self, span: Span) -> None:
        """A run begins."""
        click.echo(f"Running {span}", err=True)

    def ended(self, run: RunOf) -> None:
        """A run came to its end."""
        click.echo("\n".join(_verdict(run)), err=self._as_json)


def stopped(span: Span) -> str:
    """Says what was going on when a watch was ended."""
    return f"Ended during the run of {span}; the next watch begins with it."


def as_dict(pipeline: str, watched: Watched) -> dict[str, Any]:
    """Returns what --json prints."""
    decision = watched.decision
    return {
        "pipeline": pipeline,
        "runs": [
            {
                "span": str(run.span),
                "run_id": run.past.run_id,
                "outcome": run.past.outcome,
                "exit_code": run.exit_code,
                "version": run.past.version,
                "reasons": _reasons(run),
            }
            for run in watched.runs
        ],
        "newest_complete": None if decision is None or decision.newest is None else str(decision.newest),
        "awaited": None if decision is None else decision.awaited,
        "stopped": None if watched.stopped is None else str(watched.stopped),
        "notes": watched.notes,
    }


def _reasons(run: RunOf) -> list[str]:
    gates = run.result.get("gates") or []
    return [f"{gate['gate']}: {reason}" for gate in gates if not gate["passed"] for reason in gate["reasons"]]


def _verdict(run: RunOf) -> list[str]:
    said = f"pushed, version {run.past.version}" if run.past.outcome == PUSHED else _VERDICTS[run.past.outcome]
    return [f"{run.span}: {said} (run {run.past.run_id})", *(f"  - {reason}" for reason in _reasons(run))]
