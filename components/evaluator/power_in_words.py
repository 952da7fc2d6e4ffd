"""What a gate can tell, in lines of at most 80 columns for people."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from components.evaluator.in_words import rounded
from components.evaluator.metrics.slices import OVERALL
from components.evaluator.power import CHANGES, POWER, Power

_WIDTH = 80
_OFTEN = f"{100 * POWER:g} %"


def lines(found: Iterable[Power]) -> list[str]:
    """Returns a headline for each bound, and below it what the gate can tell."""
    by_bound: dict[tuple[str, str, str], list[Power]] = {}
    for each in found:
        by_bound.setdefault((each.metric, each.bound, each.slice.split("=", 1)[0]), []).append(each)
    told: list[str] = []
    for some in by_bound.values():
        told += ["", *_wrapped(_headline(some), "")]
        sentences = _of_slices(some) if "=" in some[0].slice else _of_one(some[0])
        told += [line for sentence in sentences for line in _wrapped(sentence, "  ")]
    return told


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent)


def _headline(some: list[Power]) -> str:
    each = some[0]
    what = {
        "min": f"at least {each.limit:g}",
        "max": f"at most {each.limit:g}",
        "max_drop": f"at most {each.limit:g} lower than the serving model's",
        "max_rise": f"at most {each.limit:g} higher than the serving model's",
        "gap": f"at most {each.limit:g} apart between slices of {each.slice}",
    }[each.bound]
    where = "" if each.slice == OVERALL or each.bound == "gap" else f" in each slice of {each.slice.split('=', 1)[0]}"
    return f"{each.metric}, {what}{where}"


def _of_one(each: Power) -> list[str]:
    if each.error is None:
        return ["Too few rows of the rarer class: every model is left undecided. Add rows."]
    change = each.bound in CHANGES
    sign = "+" if change else ""
    measured = f"Measured: {each.value:{sign}.4f}, with a standard error of {each.error:.4f}."
    return [measured, _caught(each), _chances(each), _rows(each)]


def _caught(each: Power) -> str:
    if each.bound == "max_drop":
        return f"A model that is worse by {-(each.caught or 0):.4f} is refused {_OFTEN} of the time."
    if each.bound == "max_rise":
        return f"A model that is worse by {each.caught:.4f} is refused {_OFTEN} of the time."
    more = "less" if each.bound == "min" else "more"
    return f"A model with {each.caught:.4f} or {more} is refused {_OFTEN} of the time, or more often."


def _model(each: Power) -> str:
    return (
        "A model equal to the serving one" if each.bound in CHANGES else "A model exactly as good as the one measured"
    )


def _chances(each: Power) -> str:
    passed, undecided, refused = (_percent(x or 0) for x in (each.passed, each.undecided, each.refused))
    return f"{_model(each)} passes {passed}, is left undecided {undecided} and is refused {refused} of the time."


def _rows(each: Power) -> str:
    if each.rows is None:
        return "Exactly at the bound, no number of rows would decide."
    rows = f"{rounded(each.rows):,} eval rows"
    if each.bound in CHANGES:
        return (
            f"With about {rows}, such a model would pass {_OFTEN} of the time, and one that is worse by "
            f"{2 * each.limit:g} would be refused as often."
        )
    return f"To decide on such a model {_OFTEN} of the time takes about {rows}; there are {each.examples:,}."


def _of_slices(some: list[Power]) -> list[str]:
    known = sorted((each for each in some if each.caught is not None), key=lambda each: each.error or 0)
    sentences = []
    if known:
        best, worst = known[0], known[-1]
        sentences = [
            f"{len(some)} slices. {_caught(best)} (That is in {best.slice}, which tells most: {best.examples:,} rows.)",
            f"In {worst.slice} ({worst.examples:,} rows), which tells least, it is {abs(worst.caught or 0):.4f}.",
        ]
    if unknown := len(some) - len(known):
        sentences.append(f"{unknown} of {len(some)} slices have too few rows to tell anything.")
    return sentences


def _percent(chance: float) -> str:
    return f"{100 * chance:.0f} %" if 0.01 <= chance <= 0.99 else "less than 1 %" if chance < 0.5 else "over 99 %"
