"""How often `turnstile canary` is right: its own code looks at thousands of canaries of which the truth is known.

    python -m benchmarks.canary
    python -m benchmarks.canary --runs 50 --no-page

Beside it stands what becomes of somebody who looks at `turnstile ab-report` as often, and acts on the first difference.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import stats

from benchmarks import pages
from benchmarks.machine import machine
from benchmarks.pages import table
from serving.canary import sequence
from serving.canary.judging import LEAST, PROMOTE, RETIRE, WAIT, decided

PAGE = Path("docs/canary.md")
CONFIDENCE = 0.95
MARGIN = 0.01  # of configs/taxi.toml, on log_loss
HOURS, AN_HOUR = 30 * 24, 500  # looks and requests of the month
LOOKS, ROWS = 100, 50_000
_FEWEST_FOR_A_MEAN = 30  # from which on ab-report says that means differ
_POOL = 400_000  # losses that rows are drawn from, so that the true mean is known

Pool = np.ndarray


@dataclass(frozen=True)
class Sums:
    """What an arm has had by each look: the number of rows, and the sums of the losses and of their squares."""

    rows: np.ndarray
    total: np.ndarray
    squares: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """The mean loss."""
        return self.total / self.rows

    @property
    def variance(self) -> np.ndarray:
        """The sample variance of the losses."""
        return np.maximum(self.squares - self.total**2 / self.rows, 0) / (self.rows - 1)


def log_losses(rng: np.random.Generator, positive: float, noise: float, broken: float = 0.0) -> Pool:
    """Draws log losses of a binary model.

    Args:
        rng: where chance comes from.
        positive: about which share of the outcomes is 1.
        noise: how far the model's logit is from the true one, as a standard deviation.
        broken: of which share of the answers the model is sure, and wrong.
    """
    true = rng.normal(np.log(positive / (1 - positive)), 1.5, _POOL)
    outcome = rng.random(_POOL) < 1 / (1 + np.exp(-true))
    said = 1 / (1 + np.exp(-true - rng.normal(0, noise, _POOL)))
    of_outcome = np.where(rng.random(_POOL) < broken, 1e-3, np.where(outcome, said, 1 - said))
    return -np.log(np.maximum(of_outcome, 1e-7))


EQUAL: dict[str, Callable[[np.random.Generator], Pool]] = {
    "log_loss, 20 % positive": lambda rng: log_losses(rng, 0.14, 0.5),
    "log_loss, 1 % positive": lambda rng: log_losses(rng, 0.004, 0.5),
    "accuracy of 90 %": lambda rng: (rng.random(_POOL) < 0.1).astype(float),
    "accuracy of 99 %": lambda rng: (rng.random(_POOL) < 0.01).astype(float),
    "absolute_error, normal": lambda rng: np.abs(rng.normal(size=_POOL)),
    "absolute_error, a few very large": lambda rng: np.exp(rng.normal(0, 1.2, _POOL)),
}


def arms(rng: np.random.Generator, pools: tuple[Pool, Pool], looks: np.ndarray, share: float) -> tuple[Sums, Sums]:
    """Draws the canary's and the stable version's rows.

    Args:
        rng: where chance comes from.
        pools: the losses of the canary, and of stable.
        looks: how many rows there are in all at each look.
        share: of the rows, that of the canary.
    """
    canary = np.cumsum(rng.binomial(np.diff(looks, prepend=0), share))
    return _drawn(rng, pools[0], canary), _drawn(rng, pools[1], looks - canary)


def _drawn(rng: np.random.Generator, pool: Pool, rows: np.ndarray) -> Sums:
    values = pool[rng.integers(len(pool), size=rows[-1])]
    zero = np.zeros(1)
    return Sums(
        rows,
        np.concatenate([zero, np.cumsum(values)])[rows],
        np.concatenate([zero, np.cumsum(values**2)])[rows],
    )


def by_sequence(canary: Sums, stable: Sums, margin: float) -> tuple[str, int]:
    """Returns the first verdict of `turnstile canary` but WAIT, and at which look it comes."""
    fewest = np.minimum(canary.rows, stable.rows)
    first = int(np.searchsorted(fewest, LEAST))
    rows, variances = (canary.rows[first:], stable.rows[first:]), (canary.variance[first:], stable.variance[first:])
    half = sequence.half_width(rows, variances, CONFIDENCE)
    value = (canary.mean - stable.mean)[first:]
    for look, (low, high) in enumerate(zip(value - half, value + half, strict=True), start=first):
        if (verdict := decided(low, high, margin, int(fewest[look]))) != WAIT:
            return verdict, look
    return WAIT, len(fewest)


def by_ab_report(canary: Sums, stable: Sums) -> np.ndarray:
    """Returns what Welch's interval, which ab-report has of means, says at each look."""
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = canary.variance / canary.rows, stable.variance / stable.rows
        freedom = sum(parts) ** 2 / (parts[0] ** 2 / (canary.rows - 1) + parts[1] ** 2 / (stable.rows - 1))
        half = stats.t.ppf((1 + CONFIDENCE) / 2, freedom) * np.sqrt(sum(parts))
        value = canary.mean - stable.mean
        sure = (np.abs(value) > half) & (np.minimum(canary.rows, stable.rows) >= _FEWEST_FOR_A_MEAN)
    return np.where(sure, np.where(value < 0, PROMOTE, RETIRE), WAIT)


def first_of(answers: np.ndarray) -> str:
    """Returns the first answer but WAIT."""
    given = answers[answers != WAIT]
    return str(given[0]) if len(given) else WAIT


def equal_arms(runs: int, share: float, seed: int) -> dict[str, tuple[float, float]]:
    """Looks LOOKS times at arms that are alike, of each kind of loss.

    Returns:
        The share of the runs in which `turnstile canary` decides, with no margin, and that in which ab-report does.
    """
    looks, found = np.unique(np.geomspace(200, ROWS, LOOKS).astype(int)), {}
    for name, kind in EQUAL.items():
        rng = np.random.default_rng(seed)
        pool, wrong = kind(rng), np.zeros(2)
        for _ in range(runs):
            both = arms(rng, (pool, pool), looks, share)
            wrong += by_sequence(*both, 0.0)[0] != WAIT, first_of(by_ab_report(*both)) != WAIT
        found[name] = wrong[0] / runs, wrong[1] / runs
    return found


@dataclass(frozen=True)
class Month:
    """What became of a canary in a month of hourly looks.

    Attributes:
        worse: by how much its mean loss is really above stable's.
        verdicts: the first ones of `turnstile canary`.
        hours: how long each of these took, where one came.
        often: the first answers of ab-report, read every hour.
        once: the answers of ab-report at the end of the month.
    """

    worse: float
    verdicts: list[str]
    hours: list[int]
    often: list[str]
    once: list[str]


# By name: the noise of the canary's logits, where that of stable is 0.5, and the share of its answers that are broken.
CANARIES = {
    "better": (0.25, 0.0),
    "as good": (0.5, 0.0),
    "a little worse, which is allowed": (0.57, 0.0),
    "worse by just what is allowed": (0.64, 0.0),
    "worse": (0.8, 0.0),
    "much worse": (1.5, 0.0),
    "one answer in 100 is broken": (0.5, 0.01),
}
SHARE = 0.2


def months(runs: int, seed: int) -> dict[str, Month]:
    """Lets canaries of each sort run for a month."""
    looks, found = np.arange(1, HOURS + 1) * AN_HOUR, {}
    stable = log_losses(np.random.default_rng(seed), 0.14, 0.5)
    for name, (noise, broken) in CANARIES.items():
        rng = np.random.default_rng(seed)  # the same rows for all
        canary = log_losses(rng, 0.14, noise, broken)
        worse = float(canary.mean() - stable.mean())
        margin = worse if "just what" in name else MARGIN
        month = Month(worse, [], [], [], [])
        for _ in range(runs):
            both = arms(rng, (canary, stable), looks, SHARE)
            verdict, look = by_sequence(*both, margin)
            answers = by_ab_report(*both)
            month.verdicts.append(verdict)
            month.hours.extend([look + 1] if verdict != WAIT else [])
            month.often.append(first_of(answers))
            month.once.append(str(answers[-1]))
        found[name] = month
    return found


def tables(runs: int, seed: int = 1) -> str:
    """Measures, and returns the tables with what they are of."""
    halves, tenths = (equal_arms(runs, share, seed) for share in (0.5, 0.1))
    rows = [[name, *(f"{100 * part:.1f}" for part in (*halves[name], *tenths[name]))] for name in EQUAL]
    return f"""{runs:,} runs of each kind; {machine()}.

Two arms that are alike, {LOOKS} looks at 200 to {ROWS:,} outcomes, no margin. Every verdict is wrong here.
Runs with one, in %, by the share of the requests that the canary gets:

{table(["what is compared", "canary, 50 %", "ab-report, 50 %", "canary, 10 %", "ab-report, 10 %"], rows)}

A month of {HOURS} hourly looks with {AN_HOUR} requests an hour, of which the canary gets {100 * SHARE:g} %;
log_loss, 20 % positive, margin {MARGIN:g}. Verdicts in %, with the median of the hours that they took:

{table(_OF_MONTHS, _of_months(months(runs, seed)))}"""


_OF_MONTHS = [
    "the canary is",
    "its loss is higher by",
    "promoted / retired / waits",
    "hours",
    "ab-report, every hour: better / worse",
    "ab-report, once at the end: better / worse",
]


def _of_months(found: dict[str, Month]) -> Iterable[list[str]]:
    for name, month in found.items():
        hours = f"{np.median(month.hours):.0f}" if month.hours else "-"
        yield [
            name,
            f"{month.worse:+.4f}",
            _shares(month.verdicts, PROMOTE, RETIRE, WAIT),
            hours,
            _shares(month.often, PROMOTE, RETIRE),
            _shares(month.once, PROMOTE, RETIRE),
        ]


def _shares(answers: list[str], *which: str) -> str:
    return " / ".join(f"{100 * answers.count(answer) / len(answers):.1f}" for answer in which)


def main() -> None:
    """Measures, and writes the tables between the marks of the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000, help="runs of each kind (default: 1000)")
    parser.add_argument("--no-page", action="store_true", help="print the tables instead of writing them into the page")
    arguments = parser.parse_args()
    found = tables(arguments.runs)
    if arguments.no_page:
        print(found)
        return
    pages.write(PAGE, "python -m benchmarks.canary", found)


if __name__ == "__main__":
    main()
