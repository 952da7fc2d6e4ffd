"""Holds what was measured against what a model must reach. Each bound gets one of three answers, and its evidence."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from components.evaluator import holm
from components.evaluator.metrics.estimates import Estimate, Measured
from components.evaluator.metrics.names import FLIPS, NEW_ERRORS
from components.evaluator.metrics.slices import OVERALL, Slice, SliceKey, slice_name
from components.evaluator.settings import GapThreshold, ReleaseConfig
from turnstile.thresholds import SliceThreshold, Threshold

REACHED, MISSED, UNDECIDED = "reached", "missed", "undecided"
# More rows than so many times those that there are is no advice.
_MOST_TIMES = 100


@dataclass(frozen=True)
class Answer:
    """What the rows say of one bound.

    Attributes:
        metric: what is bounded.
        bound: "min" or "max", of a value; "max_drop" or "max_rise", of a change; "gap", between slices.
        limit: the bound's number.
        slice: "overall", "column=value", or the column of a gap.
        value, low, high: what was measured, and its interval; of a change, the difference; NaN if it is none.
        examples: on how many rows.
        verdict: REACHED, MISSED or UNDECIDED.
        more: about how many more rows would decide; None if it is decided, or if too many would be needed.
        decides: whether an undecided answer leaves the whole verdict undecided; those of slices do not.
        now: of a change, the value that it led to; None otherwise.
    """

    metric: str
    bound: str
    limit: float
    slice: str
    value: float
    low: float
    high: float
    examples: int
    verdict: str
    more: int | None = None
    decides: bool = True
    now: float | None = None


def answers(release: ReleaseConfig, slices: Mapping[SliceKey, Slice]) -> list[Answer]:
    """Returns the answer to every bound that could be judged; those on changes only where a model serves.

    Args:
        release: the bounds.
        slices: what was measured of each slice; () is the overall one.
    """
    found = list(_overall(release, slices[()])) if () in slices else []
    for threshold in release.per_slice:
        found += _of_slices(release, threshold, slices)
    for gap in release.gap:
        found += _gap(release, gap, slices)
    return found


def missing(release: ReleaseConfig, slices: Mapping[SliceKey, Slice]) -> list[str]:
    """Returns the slices that thresholds name and no example is in: what was never judged must not be released."""
    named = [t.slice if t.value is None else f"{t.slice}={t.value}" for t in release.per_slice if not _keys(t, slices)]
    return list(dict.fromkeys(named))


def _overall(release: ReleaseConfig, all_rows: Slice) -> Iterator[Answer]:
    for name, threshold in release.required.items():
        for bound, limit, measured in _bounds(name, threshold, all_rows):
            found = answer(name, bound, limit, OVERALL, measured, all_rows.examples, release.confidence)
            yield _with_value(found, all_rows)
    shares = {NEW_ERRORS: release.max_new_errors, FLIPS: release.max_flips}
    for name, most in shares.items():
        if most is not None and all_rows.differences:
            measured = all_rows.metrics[name]
            yield answer(name, "max", most, OVERALL, measured, all_rows.examples, release.confidence)


def _bounds(name: str, threshold: Threshold, where: Slice) -> Iterator[tuple[str, float, Measured]]:
    """Yields the bounds of a metric that apply: each with its limit, and what is held against it."""
    value, change = where.metrics[name], where.differences.get(name)
    for bound, limit, measured in (
        ("min", threshold.min, value),
        ("max", threshold.max, value),
        ("max_drop", threshold.max_drop, change),
        ("max_rise", threshold.max_rise, change),
    ):
        if limit is not None and measured is not None:
            yield bound, limit, measured


def _with_value(found: Answer, where: Slice) -> Answer:
    """Returns the answer to a bound on a change with the value that the change led to; any other as it is."""
    changed = found.bound in ("max_drop", "max_rise")
    return replace(found, now=where.metrics[found.metric].value) if changed else found


def edge_of(bound: str, limit: float) -> tuple[float, bool]:
    """Returns where a bound is on the scale of what is held against it, and whether that must be above it."""
    return (-limit if bound == "max_drop" else limit), bound in ("min", "max_drop")


def answer(
    metric: str, bound: str, limit: float, where: str, measured: Measured, examples: int, confidence: float
) -> Answer:
    """Says on which side of a bound an interval is.

    Args:
        metric, bound, limit, where, examples: see Answer; `where` is its slice.
        measured: what is held against the bound.
        confidence: of the interval.
    """
    (edge, above), value = edge_of(bound, limit), measured.value
    low, high = measured.interval(confidence)
    verdict, more = UNDECIDED, None
    if math.isnan(value):
        verdict = MISSED
    elif (low >= edge) if above else (high <= edge):
        verdict = REACHED
    elif (high < edge) if above else (low > edge):
        verdict = MISSED
    elif not math.isnan(low):
        reach = value - low if value > edge else high - value
        times = (reach / (value - edge)) ** 2 if value != edge else math.inf
        more = math.ceil(examples * (times - 1)) if times <= _MOST_TIMES else None
    return Answer(metric, bound, limit, where, value, low, high, examples, verdict, more)


def _keys(threshold: SliceThreshold, slices: Mapping[SliceKey, Slice]) -> list[SliceKey]:
    """The slices that a threshold is on; a config may write the value of a column of text without quotes."""
    of_column = [key for key in slices if len(key) == 1 and key[0][0] == threshold.slice]
    return [key for key in of_column if threshold.value is None or str(key[0][1]) == str(threshold.value)]


def _of_slices(release: ReleaseConfig, threshold: SliceThreshold, slices: Mapping[SliceKey, Slice]) -> Iterator[Answer]:
    """Holds each slice of a column against a threshold; each misses it only on evidence, which many slices dilute."""
    judged = {key: slices[key] for key in _keys(threshold, slices) if slices[key].examples >= release.min_slice_size}
    by_bound: dict[str, list[tuple[Answer, float]]] = {}
    for key, where in judged.items():
        for bound, limit, measured in _bounds(threshold.metric, threshold, where):
            edge, above = edge_of(bound, limit)
            below = measured.chance_below(edge)
            found = answer(
                threshold.metric, bound, limit, slice_name(key), measured, where.examples, release.confidence
            )
            by_bound.setdefault(bound, []).append((_with_value(found, where), below if above else 1 - below))
    for of_bound in by_bound.values():
        yield from _corrected(of_bound, (1 - release.confidence) / 2)


def _corrected(found: list[tuple[Answer, float]], chance: float) -> Iterator[Answer]:
    """Lets slices miss a bound only as far as Holm's correction has it; the likeliest to miss it come first.

    So the chance that any slice is said to miss a bound that all of them reach is at most `chance`.

    Args:
        found: each slice's answer, and the chance of what was measured, or worse, if it just reached the bound.
        chance: as above.
    """
    # Where the chance is not known, nothing speaks against the slice.
    ranked = sorted(((each, 1.0 if math.isnan(likely) else likely) for each, likely in found), key=lambda pair: pair[1])
    for (each, _), likely in zip(ranked, holm.corrected([likely for _, likely in ranked]), strict=True):
        verdict = MISSED if likely <= chance else REACHED if each.verdict == REACHED else UNDECIDED
        yield replace(each, verdict=verdict, decides=False)


def _gap(release: ReleaseConfig, gap: GapThreshold, slices: Mapping[SliceKey, Slice]) -> Iterator[Answer]:
    """Compares the metric of any two slices of a column, which have no row in common."""
    judged = {
        key: where
        for key, where in slices.items()
        if len(key) == 1 and key[0][0] == gap.column and where.examples >= release.min_slice_size
        if not math.isnan(where.metrics[gap.metric].value)
    }
    if len(judged) < 2:
        return
    pairs = list(itertools.permutations(judged.values(), 2))
    # Any pair may be the widest by chance: the intervals must hold for all of them at once (Bonferroni).
    confidence = 1 - (1 - release.confidence) / len(pairs)
    differences = [(apart(a.metrics[gap.metric], b.metrics[gap.metric]), a.examples + b.examples) for a, b in pairs]
    found = [answer("", "max", gap.max, gap.column, d, rows, confidence) for d, rows in differences]
    widest = max(found, key=lambda each: each.value)
    known = [each for each in found if not math.isnan(each.low)]
    low, high = (max(e.low for e in known), max(e.high for e in known)) if known else (math.nan, math.nan)
    verdict = MISSED if low > gap.max else REACHED if high <= gap.max and len(known) == len(found) else UNDECIDED
    rows = sum(where.examples for where in judged.values())
    more = widest.more if verdict == UNDECIDED else None
    yield Answer(gap.metric, "gap", gap.max, gap.column, widest.value, low, high, rows, verdict, more)


def apart(a: Measured, b: Measured) -> Measured:
    """The difference of two numbers that were measured on different rows.

    Their errors are half of what intervals of one standard error span.
    """
    one = math.erf(1 / math.sqrt(2))  # the confidence of one standard error
    errors = [(high - low) / 2 for low, high in (a.interval(one), b.interval(one))]
    return Estimate(a.value - b.value, math.hypot(*errors))
