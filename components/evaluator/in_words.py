"""What Evaluator's answers say, in sentences for people."""

from __future__ import annotations

import math
from collections.abc import Iterable

from components.evaluator.bounds import MISSED, UNDECIDED, Answer
from components.evaluator.metrics.names import FLIPS, NEW_ERRORS
from components.evaluator.metrics.slices import OVERALL
from turnstile.metrics import COUNT

_LISTED = 5  # slices that are named, of those that have too few rows

_SHARES = {
    NEW_ERRORS: "the share of new errors (rows that the serving model has right and this one gets wrong)",
    FLIPS: "the share of flips (rows of which this model predicts another class than the serving one)",
}


def reasons(answers: Iterable[Answer], confidence: float) -> list[str]:
    """Returns why a model is refused, a sentence for each bound that it misses."""
    missed = [each for each in answers if each.verdict == MISSED]
    # A count that is too low comes first: it says why the others may be as they are.
    return [_missed(each, confidence) for each in sorted(missed, key=lambda each: each.metric != COUNT)]


def undecided(answers: Iterable[Answer], confidence: float) -> list[str]:
    """Returns what the rows cannot tell of all rows, a sentence for each bound."""
    return [_undecided(each, confidence) for each in answers if each.verdict == UNDECIDED and each.decides]


def small_slices(answers: Iterable[Answer]) -> list[str]:
    """Returns what the rows cannot tell of slices, a sentence for each bound."""
    by_bound: dict[tuple[str, str, str, float], list[Answer]] = {}
    for each in answers:
        if not each.decides:
            by_bound.setdefault((each.slice.split("=")[0], each.metric, each.bound, each.limit), []).append(each)
    sentences = []
    for (column, metric, bound, limit), of_bound in by_bound.items():
        if unknown := [each for each in of_bound if each.verdict == UNDECIDED]:
            named = ", ".join(map(_slice, unknown[:_LISTED])) + (", ..." if len(unknown) > _LISTED else "")
            sentences.append(
                f"{metric} by {column}: {len(unknown)} of {len(of_bound)} slices have too few rows to tell whether "
                f"{_requirement(bound, limit)}: {named}"
            )
    return sentences


def _slice(each: Answer) -> str:
    value = each.slice.split("=", 1)[1]
    if math.isnan(each.low):
        return f"{value} ({each.examples:,} rows)"
    return f"{value} ({each.low:.3f} to {each.high:.3f}, {each.examples:,} rows)"


def _missed(each: Answer, confidence: float) -> str:
    if each.metric == COUNT and each.slice == OVERALL:
        return _too_few(each.value, each.limit)
    if math.isnan(each.value):
        return f"{_what(each)} cannot be computed from these rows, for example because all are of one class"
    return f"{_measured(each, confidence)}; {_expected(each)}"


def _undecided(each: Answer, confidence: float) -> str:
    rows = f"{each.examples:,} eval rows cannot tell whether {_requirement(each.bound, each.limit)}"
    if math.isnan(each.low):
        return f"{_what(each)} is {each.value:.4f}; with so few rows of the rarer class, {rows}"
    more = "more than a hundred times as many would be needed"
    if each.more is not None:
        more = f"about {rounded(each.more):,} more would"
    return f"{_measured(each, confidence)}: {rows}; {more}"


def _what(each: Answer) -> str:
    if each.metric in _SHARES:
        return _SHARES[each.metric]
    if each.bound == "gap":
        return f"the largest gap of {each.metric} between slices of {each.slice}"
    return f"{each.metric} ({each.slice})"


def _measured(each: Answer, confidence: float) -> str:
    sign = "+" if each.bound in ("max_drop", "max_rise") else ""
    interval = ""
    if each.low < each.high:
        interval = f" ({each.low:{sign}.4f} to {each.high:{sign}.4f} at {100 * confidence:g} % confidence)"
    verb = "changed by" if sign else "is"
    return f"{_what(each)} {verb} {each.value:{sign}.4f}{interval}{_change(each) if sign else ''}"


def _change(each: Answer) -> str:
    both = "" if each.now is None else f", from {each.now - each.value:.4f} to {each.now:.4f}"
    return f" against the baseline{both}"


def _expected(each: Answer) -> str:
    return {
        "min": f"expected at least {each.limit:g}",
        "max": f"expected at most {each.limit:g}",
        "max_drop": f"it may drop by at most {each.limit:g}",
        "max_rise": f"it may rise by at most {each.limit:g}",
        "gap": f"expected at most {each.limit:g}",
    }[each.bound]


def _requirement(bound: str, limit: float) -> str:
    return {
        "min": f"it is at least {limit:g}",
        "max": f"it is at most {limit:g}",
        "max_drop": f"it dropped by at most {limit:g}",
        "max_rise": f"it rose by at most {limit:g}",
        "gap": f"it is at most {limit:g}",
    }[bound]


def rounded(rows: int) -> int:
    """Returns a number of rows to two digits: nobody knows it better."""
    return round(rows, 2 - len(str(rows))) if rows >= 100 else rows


def _too_few(examples: float, least: float) -> str:
    return (
        f"the eval split has {examples:,.0f} examples; expected at least {least:,.0f}: on so few, a metric says more "
        "about which rows they are than about the model. Add rows, or give eval a larger share under [split]. "
        f"If so few are enough, write under [release]: min_examples = {max(examples, 1):.0f} "
        "(a min of example_count under [release.overall] must not be larger)"
    )
