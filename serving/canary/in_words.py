"""What a look at the canary shows, for people."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from serving.ab.arms import ARMS, CANARY
from serving.ab.joining import COUNT_PHRASES
from serving.ab.phrases import counted
from serving.canary.judging import LEAST, PROMOTE, RETIRE, Judgement
from serving.canary.looking import Look, facts

_PHRASES = COUNT_PHRASES | {
    "rows_of_others": "rows of other versions, or from before these two were the arms, left out",
    "young_rows": "rows younger than --settle, left out",
}
_LOSSES = {"accuracy": "1 - accuracy"}  # of metrics that are better if higher


def lines(looked: Look) -> list[str]:
    """Returns what a look shows, a line each; the last ones say what to do, and why."""
    judgement = looked.judgement
    if judgement is None:
        return [f"{looked.model}: nothing to decide: {looked.nothing}"]
    counts = asdict(looked.counts) | looked.others
    found = [counted(number, _PHRASES[what]) for what, number in counts.items() if number]
    found += ["", f"{'arm':<6}  {'version':>12}  {'outcomes':>9}  {_loss(looked):>14}"]
    for arm in ARMS:
        loss = judgement.losses[arm]
        shown = "-" if loss is None else f"{loss:.4f}"
        found.append(f"{arm:<6}  {looked.versions[arm]:>12}  {judgement.outcomes[arm]:>9,}  {shown:>14}")
    return [*found, "", f"{judgement.verdict}: {why(looked)}", *([looked.held] if looked.held else [])]


def as_dict(looked: Look) -> dict[str, Any]:
    """Returns what `--json` prints, but for what was changed."""
    verdict = looked.judgement.verdict if looked.judgement else "nothing"
    return {"model": looked.model, "verdict": verdict, "why": why(looked), "held": looked.held or None} | facts(looked)


def why(looked: Look) -> str:
    """Returns the reason of a verdict in sentences."""
    judgement = looked.judgement
    if judgement is None:
        return looked.nothing
    between, margin = judgement.difference, judgement.margin
    if between is None:
        return f"{_too_few(looked, judgement)} {_more(judgement)}".strip()
    lies = (
        f"{_loss(looked)} of the canary minus that of stable lies between {between.low:+.4g} and {between.high:+.4g}, "
        f"with a confidence of {100 * judgement.confidence:g}% at all looks together"
    )
    if judgement.verdict == PROMOTE:
        how = "better" if between.high < 0 else f"no worse than the {margin:.4g} that is allowed"
        return f"the canary is {how}: {lies}"
    if judgement.verdict == RETIRE:
        how = f"worse by more than the {margin:.4g} that is allowed" if margin else "worse"
        return f"the canary is {how}: {lies}"
    allowed = f"; up to {margin:.4g} is allowed" if margin else "; no bound says how much worse it may be (--margin)"
    return f"not yet sure: {lies}{allowed}. {_more(judgement)}".strip()


def _loss(looked: Look) -> str:
    return _LOSSES.get(looked.metric, looked.metric) or "loss"


def _too_few(looked: Look, judgement: Judgement) -> str:
    if not any(judgement.outcomes.values()) and looked.keys:
        return f"no outcome yet for any key; the keys of the log are like {', '.join(looked.keys)}."
    return f"each arm needs {LEAST} outcomes before anything is said of it."


def _more(judgement: Judgement) -> str:
    if judgement.more is None:
        return "The two are so near the bound that no number of outcomes would tell"
    canary, others = judgement.more[CANARY], sum(judgement.more.values()) - judgement.more[CANARY]
    return f"It takes about {canary:,} more outcomes of the canary and {others:,} of stable"
