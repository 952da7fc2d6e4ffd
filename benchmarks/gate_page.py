"""The tables and the chart of benchmarks.gate, and where they go in docs/gates.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from benchmarks import pages
from benchmarks.machine import machine
from benchmarks.pages import table
from components.evaluator.bounds import MISSED, REACHED, UNDECIDED

if TYPE_CHECKING:
    from benchmarks.gate import Pair

PAGE, CHART = Path("docs/gates.md"), Path("docs/gates.svg")
# Expected rows of the rarer class: from these on, up to the next.
_RARER = (0, 30, 100, 1_000)
_RARER_NAMES = ("below 30", "30 to 100", "100 to 1,000", "1,000 and more")
GATE, BARE = 0, 1  # whose answers
_ALLOWED = 0.01  # benchmarks.gate.MAX_DROP

Which = Callable[["Pair"], bool]


def write(pairs: list[Pair]) -> None:
    """Writes the tables between the marks of the page, and the chart."""
    pages.write(PAGE, "python -m benchmarks.gate", tables(pairs))
    draw(pairs)


def tables(pairs: list[Pair]) -> str:
    """Returns both tables, and what they are of."""
    rows = ", ".join(f"{size:,}" for size in _sizes(pairs))
    return f"""{len(pairs):,} pairs of models on {rows} rows; {machine()}.

Intervals that have the true value, in %, by the number of rows of the rarer class: of the metric, and of its change.

{table(["metric", *_RARER_NAMES], _coverage(pairs))}

Answers by the number of eval rows, in %: the gate's, and in brackets those of bare numbers.

{table(["", *(f"{size:,}" for size in _sizes(pairs))], _answers(pairs))}"""


def _sizes(pairs: list[Pair]) -> list[int]:
    return sorted({pair.rows for pair in pairs})


def coverage(pairs: Iterable[Pair], name: str) -> tuple[float, int]:
    """Returns the share of intervals that have the truth, and how many there are; `name` as in Pair.covered."""
    found = [pair.covered[name] for pair in pairs if name in pair.covered]
    return (sum(found) / len(found) if found else float("nan")), len(found)


def share(pairs: Iterable[Pair], bound: str, answer: str, whose: int = GATE) -> float:
    """Returns the share of pairs for which a bound, named as in Pair.answers, got an answer from GATE or from BARE."""
    found = [pair.answers[bound][whose] == answer for pair in pairs]
    return sum(found) / len(found)


def wrong(pairs: Iterable[Pair], whose: int = GATE) -> float:
    """Returns the share of wrong answers on max_drop among those that were given."""
    given = [(pair, pair.answers["max_drop"][whose]) for pair in pairs]
    found = [answer == (REACHED if pair.drop > _ALLOWED else MISSED) for pair, answer in given if answer != UNDECIDED]
    return sum(found) / len(found) if found else 0.0


def _coverage(pairs: list[Pair]) -> Iterable[list[str]]:
    parts = [
        [p for p in pairs if low <= p.rows * p.base < high]
        for low, high in zip(_RARER, (*_RARER[1:], 10**9), strict=True)
    ]
    names = [name for name in max((pair.covered for pair in pairs), key=len) if not name.startswith("change of")]
    for name in names:
        cells = [[coverage(part, each) for each in (name, f"change of {name}")] for part in parts]
        yield [name, *(" / ".join(f"{100 * value:.1f}" for value, _ in cell) for cell in cells)]
    yield ["intervals each", *(f"{coverage(part, 'auc')[1]:,}" for part in parts)]


# In words; the bound; which pairs; the answer.
_LINES: tuple[tuple[str, str, Which, str], ...] = (
    ("**max_drop = 0.01**; equal: refused", "max_drop", lambda p: p.drop == 0, MISSED),
    ("equal: undecided", "max_drop", lambda p: p.drop == 0, UNDECIDED),
    ("worse by 0.005, which is allowed: refused", "max_drop", lambda p: 0 < p.drop <= _ALLOWED, MISSED),
    ("worse by 0.02: passed", "max_drop", lambda p: p.drop > _ALLOWED, REACHED),
    ("worse by 0.02: undecided", "max_drop", lambda p: p.drop > _ALLOWED, UNDECIDED),
    ("worse by just what is allowed: refused", "at max_drop", lambda p: True, MISSED),
    ("worse by just what is allowed: passed", "at max_drop", lambda p: True, REACHED),
    ("**min**; 0.01 above it: refused", "min +0.01", lambda p: True, MISSED),
    ("0.01 above it: undecided", "min +0.01", lambda p: True, UNDECIDED),
    ("0.01 below it: passed", "min -0.01", lambda p: True, REACHED),
    ("0.01 below it: undecided", "min -0.01", lambda p: True, UNDECIDED),
    ("just at it: refused", "min +0", lambda p: True, MISSED),
    ("just at it: passed", "min +0", lambda p: True, REACHED),
)


def _answers(pairs: list[Pair]) -> Iterable[list[str]]:
    for words, bound, which, answer in _LINES:
        parts = [[p for p in pairs if p.rows == size and which(p)] for size in _sizes(pairs)]
        bare = ["" if answer == UNDECIDED else f" ({100 * share(part, bound, answer, BARE):.0f})" for part in parts]
        yield [words, *(f"{100 * share(p, bound, answer):.1f}{b}" for p, b in zip(parts, bare, strict=True))]
    parts = [[p for p in pairs if p.rows == size] for size in _sizes(pairs)]
    words = "on max_drop, of the answers that are given to all three kinds: wrong"
    yield [words, *(f"{100 * wrong(part):.1f} ({100 * wrong(part, BARE):.0f})" for part in parts)]


def draw(pairs: list[Pair]) -> None:
    """Draws wrong answers on max_drop against the number of rows."""
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    panels = zip(
        figure.subplots(1, 2, sharey=True),
        ("an equal model is refused", "a model that is worse by 0.02 passes"),
        (lambda p: p.drop == 0, lambda p: p.drop > _ALLOWED),
        (MISSED, REACHED),
        strict=True,
    )
    sizes = _sizes(pairs)
    for axes, title, which, wrong in panels:
        parts = [[p for p in pairs if p.rows == size and which(p)] for size in sizes]
        lines = (
            ("bare numbers", "#b3541e", "-", [share(part, "max_drop", wrong, BARE) for part in parts]),
            ("the gate", "#1e6fb3", "-", [share(part, "max_drop", wrong) for part in parts]),
            ("the gate leaves it undecided", "#7b8794", ":", [share(part, "max_drop", UNDECIDED) for part in parts]),
        )
        for label, color, style, values in lines:
            axes.plot(sizes, [100 * v for v in values], style, marker="o", label=label, color=color)
        axes.set(title=title, xscale="log", xlabel="eval rows", ylim=(-3, 103))
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes.minorticks_off()
        axes.grid(visible=True, alpha=0.3)
    figure.axes[0].set_ylabel("% of the pairs; max_drop = 0.01")
    figure.axes[1].legend(frameon=False)
    figure.savefig(CHART, metadata={"Date": None})
