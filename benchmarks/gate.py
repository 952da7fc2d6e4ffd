"""How good the release gate is: its own code judges thousands of pairs of models of which the truth is known.

    python -m benchmarks.gate
    python -m benchmarks.gate --pairs 500 --no-page

Of real models, nobody knows whether one is really worse. The pairs are kept, so that it can be stopped and typed again.
"""

from __future__ import annotations

import argparse
import json
import math
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import numpy as np

from benchmarks import gate_page
from benchmarks.gate_models import Model, drawn
from components.evaluator import bounds
from components.evaluator.bounds import MISSED, REACHED
from components.evaluator.metrics import jackknife
from components.evaluator.metrics.binary_sums import BinarySums
from components.evaluator.metrics.estimates import Measured
from components.evaluator.metrics.slices import Slice
from components.evaluator.settings import ReleaseConfig
from turnstile import files

ROWS = (300, 1_000, 3_000, 10_000, 30_000)
BASES = (0.01, 0.05, 0.2, 0.5)
CORRELATIONS = (0.8, 0.9, 0.99)
MAX_DROP = 0.01
# By how much the candidate's AUC is lower: not at all, by what is allowed, by what is not.
DROPS = (0.0, MAX_DROP / 2, 2 * MAX_DROP)
# How far the model is above a min for its AUC. At 0, any answer that it misses is wrong, and so is, if the bound were a
# hair higher, any that it reaches: no model is judged wrongly more often.
MARGINS = (MAX_DROP, 0.0, -MAX_DROP)
AUCS = (0.75, 0.85, 0.9, 0.95)
CONFIDENCE = 0.95
KINDS = tuple(product(BASES, CORRELATIONS, DROPS))
_PAIRS = 9_000


@dataclass(frozen=True)
class Pair:
    """What came of a candidate and a model that serves.

    Attributes:
        rows, base, correlation, drop: of the pair; see ROWS, BASES, CORRELATIONS and DROPS.
        covered: of each metric, and of each difference ("change of auc"), whether its interval has the truth; those
            without an interval are left out.
        answers: what the gate says, and what bare numbers say, of each bound: "min" by margin, "max_drop", and
            "at max_drop", where exactly as much is allowed as the candidate is worse.
    """

    rows: int
    base: float
    correlation: float
    drop: float
    covered: dict[str, bool]
    answers: dict[str, tuple[str, str]]


def judged(
    rows: int,
    base: float,
    correlation: float,
    drop: float,
    auc: float,
    rng: np.random.Generator,
    max_drop: float = MAX_DROP,
) -> Pair:
    """Draws the rows of a pair of models, and has them judged.

    Args:
        rows, base, correlation, drop: of the pair; see Pair.
        auc: of the model that serves.
        rng: what to draw by.
        max_drop: the bound on the change of the AUC.
    """
    models = Model(base, auc - drop), Model(base, auc)
    truth, before = (model.truths() for model in models)
    candidate, served = (sums.measured() for sums in drawn(*models, rows, correlation, rng))
    metrics, differences = jackknife.of_models("binary", list(BinarySums.METRICS), candidate, served)
    covered = {name: _covers(metrics[name], truth[name]) for name in truth}
    covered |= {f"change of {name}": _covers(differences[name], truth[name] - before[name]) for name in truth}
    whole = Slice(rows, metrics, differences)
    answers = {f"min {margin:+g}": _answers(whole, "min", auc - drop - margin) for margin in MARGINS}
    answers |= {"max_drop": _answers(whole, "max_drop", max_drop), "at max_drop": _answers(whole, "max_drop", drop)}
    return Pair(rows, base, correlation, drop, {k: v for k, v in covered.items() if v is not None}, answers)


def _covers(measured: Measured, truth: float) -> bool | None:
    low, high = measured.interval(CONFIDENCE)
    return None if np.isnan(low) else bool(low <= truth <= high)


def _answers(whole: Slice, bound: str, limit: float) -> tuple[str, str]:
    """Returns what the gate says of the AUC, and what follows from the bare numbers."""
    release = ReleaseConfig.model_validate({"overall": {"auc": {bound: limit}}, "confidence": CONFIDENCE})
    found = next(each for each in bounds.answers(release, {(): whole}) if each.metric == "auc")
    edge, _ = bounds.edge_of(bound, limit)
    return found.verdict, REACHED if found.value >= edge else MISSED


def _some(rows: int, seed: int, number: int, folder: Path | None = None) -> list[Pair]:
    """Judges a pair of each kind with as many rows, or reads what came of them; `number` tells such parts apart."""
    kept = folder / f"{seed}-{rows}-{number}.json" if folder else None
    if kept and kept.exists():
        return [Pair(**plain) for plain in json.loads(kept.read_text())]
    rng = np.random.default_rng((seed, rows, number))
    found = [judged(rows, *kind, rng.choice(AUCS), rng) for kind in KINDS]
    if kept:
        files.write(kept, json.dumps([asdict(pair) for pair in found]))
    return found


def measure(
    pairs: int, seed: int, sizes: Sequence[int] = ROWS, processes: int = 1, folder: Path | None = None
) -> list[Pair]:
    """Judges at least as many pairs: as many of each kind, and with each number of rows.

    Args:
        pairs: how many.
        seed: the same gives the same pairs, in however many processes.
        sizes: the numbers of rows.
        processes: how many share the work; with 1, it is done in this one.
        folder: where what is done is kept, so that it can be stopped and begun again; None keeps nothing.
    """
    parts = [(rows, seed, i, folder) for i in range(math.ceil(pairs / len(KINDS) / len(sizes))) for rows in sizes]
    if processes == 1:
        return [pair for part in parts for pair in _some(*part)]
    with ProcessPoolExecutor(processes) as pool:
        return [pair for some in pool.map(_some, *zip(*parts, strict=True)) for pair in some]


def main() -> None:
    """Judges the pairs, and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=_PAIRS, help="how many pairs at least (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="what to draw by (default: %(default)s)")
    parser.add_argument("--folder", type=Path, default=Path("build/gate"), help="where the pairs are kept")
    parser.add_argument("--no-page", action="store_true", help="print the tables, and leave docs/gates.md as it is")
    arguments = parser.parse_args()
    processes = min(2, os.cpu_count() or 1)
    pairs = measure(arguments.pairs, arguments.seed, processes=processes, folder=arguments.folder)
    if arguments.no_page:
        print(gate_page.tables(pairs))
    else:
        gate_page.write(pairs)


if __name__ == "__main__":
    main()
