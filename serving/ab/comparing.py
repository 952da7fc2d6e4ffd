"""`turnstile ab-report`: by how much the arms differ in what was measured, and whether that is sure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import harmonic_mean
from typing import Any

from serving.ab import intervals
from serving.ab.arm_metrics import Metric, metrics
from serving.ab.arms import CANARY, STABLE
from serving.ab.intervals import Interval
from serving.ab.joining import COUNT_PHRASES, Counts, KeyResult, join
from serving.ab.phrases import counted

# Without --difference: what is worth seeing, as a part of stable's value.
_DEFAULT_RELATIVE_DIFFERENCE = 0.1
# With fewer keys in an arm, the interval of a mean is not reliable for values as skewed as losses are (the usual rule
# of thumb for the central limit theorem).
_MIN_KEYS_OF_A_MEAN = 30


@dataclass(frozen=True, kw_only=True)
class MetricComparison:
    """One metric, compared between the arms.

    Attributes:
        metric: the name of the metric.
        better: which values are better, "higher" or "lower"; "" if the metric does not say.
        proportion: whether the value is the share of keys with a 1, rather than a mean.
        keys: the number of keys in each arm.
        arms: the value in each arm, with its interval; None for an arm with too few keys.
        difference: canary - stable, with its interval; None if an arm has too few keys.
        to_see: the smallest difference that matters; None if nobody said and stable's value is 0.
        needed: how many keys in each arm it takes to see that difference with 80 % power; None if that is not known.
            For a mean, it is never below the number under which its interval is not reliable.
    """

    metric: str
    better: str
    proportion: bool
    keys: dict[str, int]
    arms: dict[str, Interval | None]
    difference: Interval | None
    to_see: float | None
    needed: int | None

    @property
    def differs(self) -> bool:
        """Whether the arms differ, with the confidence of the interval."""
        return self.difference is not None and 0 not in self.difference and not self.few

    @property
    def few(self) -> bool:
        """Whether there are too few keys to say anything at all."""
        return self.difference is None or (not self.proportion and min(self.keys.values()) < _MIN_KEYS_OF_A_MEAN)

    @property
    def enough(self) -> bool:
        """Whether there are enough keys to see a difference of `to_see`."""
        # Arms of unequal size tell as much as two of the harmonic mean of their sizes: a variance is as 1/a + 1/b.
        return not self.few and self.needed is not None and harmonic_mean(self.keys.values()) >= self.needed

    def as_dict(self) -> dict[str, Any]:
        """Returns what `--json` prints."""
        derived = {name: getattr(self, name) for name in ("differs", "enough")}
        return asdict(self) | derived | {"verdict": verdict(self)}


@dataclass(frozen=True)
class Comparison:
    """What an A/B test shows.

    Attributes:
        confidence: the confidence of every interval, between 0 and 1.
        counts: the numbers of rows and keys, by what they are.
        metrics: what was compared.
    """

    confidence: float
    counts: Counts
    metrics: list[MetricComparison]

    def as_dict(self) -> dict[str, Any]:
        """Returns what `--json` prints."""
        found = [metric.as_dict() for metric in self.metrics]
        counts = asdict(self.counts)
        return {"confidence": self.confidence, "power": intervals.POWER, "counts": counts, "metrics": found}


def compare(
    log: Path,
    outcomes: str,
    key: str,
    outcome: str,
    wanted: Sequence[str] = (),
    difference: float | None = None,
    confidence: float = 0.95,
) -> Comparison:
    """Compares the arms of a request log on what came of them.

    Args:
        log: a request log.
        outcomes: a .csv, .jsonl or .parquet file.
        key: its column with the key.
        outcome: its column with the outcome.
        wanted: names of metrics; those that suit if none.
        difference: the difference that should not be missed; a tenth of stable's value if None.
        confidence: the confidence of the intervals, between 0 and 1.

    Raises:
        UsageError: see joining.join and metrics.metrics.
    """
    joined = join(log, outcomes, key, outcome)
    pairs = [pair for arm in joined.arms.values() for pair in arm]
    found = [_compared(metric, joined.arms, difference, confidence) for metric in metrics(pairs, wanted)]
    return Comparison(confidence, joined.counts, found)


def _compared(
    metric: Metric, arms: dict[str, list[KeyResult]], to_see: float | None, confidence: float
) -> MetricComparison:
    values = {arm: [metric.value_of(pair) for pair in pairs] for arm, pairs in arms.items()}
    shown = {arm: _interval(metric, found, confidence) for arm, found in values.items()}
    stable, canary, between, needed = shown[STABLE], shown[CANARY], None, None
    if to_see is None and stable and stable.value:
        to_see = _DEFAULT_RELATIVE_DIFFERENCE * abs(stable.value)
    if stable and canary and metric.proportion:
        between = intervals.newcombe(canary, stable)
        needed = _needed(intervals.needed_for_proportions, stable.value, to_see=to_see, confidence=confidence)
    elif stable and canary:
        samples = values[CANARY], values[STABLE]
        between = intervals.welch(*samples, confidence)
        needed = _needed(intervals.needed_for_means, *samples, to_see=to_see, confidence=confidence)
        needed = max(needed, _MIN_KEYS_OF_A_MEAN) if needed is not None else None
    return MetricComparison(
        metric=metric.name,
        better=metric.better,
        proportion=metric.proportion,
        keys={arm: len(found) for arm, found in values.items()},
        arms=shown,
        difference=between,
        to_see=to_see,
        needed=needed,
    )


def _needed(count: Callable[..., int], *found: Any, to_see: float | None, confidence: float) -> int | None:
    try:
        return count(*found, to_see, confidence) if to_see else None
    except (ZeroDivisionError, OverflowError):  # a difference so small that no number of keys shows it
        return None


def _interval(metric: Metric, values: list[float], confidence: float) -> Interval | None:
    if len(values) < (1 if metric.proportion else 2):
        return None
    if metric.proportion:
        return intervals.wilson(round(sum(values)), len(values), confidence)
    return intervals.student(values, confidence)


def verdict(compared: MetricComparison) -> str:
    """Says in words what a comparison shows."""
    between = compared.difference
    if between is None or compared.few:
        return f"not enough data: {_keys_in_words(compared)}. {_needed_in_words(compared)}".strip()
    if compared.differs:
        direction = "higher" if between.value > 0 else "lower"
        low, high = sorted((abs(between.low), abs(between.high)))
        judged = f", which is {'better' if direction == compared.better else 'worse'}" if compared.better else ""
        return f"canary is {direction} than stable, by {low:.4g} to {high:.4g}{judged}"
    lies = f"no difference shown: canary - stable lies between {between.low:+.4g} and {between.high:+.4g}"
    return (
        lies
        if compared.enough
        else f"{lies}. Not enough data: {_keys_in_words(compared)}. {_needed_in_words(compared)}".strip()
    )


def _keys_in_words(compared: MetricComparison) -> str:
    return ", ".join(counted(count, f"keys in {arm}") for arm, count in compared.keys.items())


def _needed_in_words(compared: MetricComparison) -> str:
    if compared.needed is None or compared.to_see is None:
        return ""
    seen = f"To see a difference of {compared.to_see:.4g} with {intervals.POWER:.0%} power"
    return f"{seen} takes about {compared.needed:,} in each"


def lines(comparison: Comparison) -> list[str]:
    """Returns a comparison for people."""
    found = [counted(number, COUNT_PHRASES[what]) for what, number in asdict(comparison.counts).items() if number]
    for compared in comparison.metrics:
        what = "share of 1" if compared.proportion else "mean"
        found += ["", f"{compared.metric} ({what}, {100 * comparison.confidence:g}% intervals)"]
        found += [
            f"  {arm:<16} {_interval_in_words(interval)}  {counted(compared.keys[arm], 'keys')}"
            for arm, interval in compared.arms.items()
        ]
        found += [f"  canary - stable  {_interval_in_words(compared.difference, '+')}"]
        found += [f"  {sentence}" for sentence in verdict(compared).split(". ")]
    return found


def _interval_in_words(interval: Interval | None, sign: str = "") -> str:
    if interval is None:
        return "-"
    numbers = (f"{number:{sign}.4f}" for number in (interval.value, interval.low, interval.high))
    return "{:>9}  ({:>9} to {:>9})".format(*numbers)
