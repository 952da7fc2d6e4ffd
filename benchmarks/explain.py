"""How far the contributions of `turnstile explain` and of shap are from exact ones, and what a row costs.

    pip install --no-deps --target build/shap -r benchmarks/explain-requirements.txt
    python -m benchmarks.explain --packages build/shap [--model serving_model/taxi/VERSION] [--rows 8]

All ways explain the same taxi trips against the same background, that of the version, and ask the model through the
same calls. They take turns, and CPU seconds count.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import pages
from benchmarks.exact_shapley import exact
from benchmarks.local_server import newest_model
from benchmarks.machine import machine
from serving.client.base import ModelSpec, RawSignature, raw_signature
from serving.explain import background
from serving.explain.explaining import ROWS_OF_A_REQUEST, Explainer
from serving.explain.scores import scale
from serving.explain.settings import Settings
from serving.model.saved_model import SavedModel
from serving.rows.reading import Arrays
from turnstile import csv_dialect

PAGE = Path("docs/explain.md")
_TRIPS = "data/taxi/trips.csv"
_PAIRS = (2, 4, 8, 32)  # of orders, with each row of the background; the first is the default
# Subsets that the KernelExplainer of shap asks about, each with all rows of the background.
_KERNEL = (64, 128, 256, 512, 1024, 2048)
_PERMUTATION = (1, 2, 4, 10)  # pairs of orders that its PermutationExplainer tries, likewise

Way = Callable[[int], np.ndarray]  # returns the contributions to the row of that number


class Measured(NamedTuple):
    """What was measured of one way.

    Attributes:
        error: the mean distance from the exact contributions, in log-odds.
        milliseconds: CPU time for a row.
    """

    error: float
    milliseconds: float


class Taxi:
    """The model, the background, and the rows to explain."""

    def __init__(self, folder: Path, rows: int):
        self.model = SavedModel(folder)
        self.signature: RawSignature = raw_signature(self.model.signatures, ModelSpec("taxi"))
        self.background = background.recorded(folder, self.signature.inputs)
        self.rows = background.of_file(_TRIPS, self.signature.inputs, rows, (), csv_dialect.PLAIN)
        self.scale, self.features = scale(self.signature.outputs), sorted(self.signature.inputs)

    def ask(self, rows: Arrays) -> Arrays:
        """Asks the model."""
        return self.model("raw", rows)

    def scores(self, rows: Arrays) -> np.ndarray:
        """Returns the scores of any number of rows."""
        size = len(rows[self.features[0]])
        parts = [slice(begin, begin + ROWS_OF_A_REQUEST) for begin in range(0, size, ROWS_OF_A_REQUEST)]
        answers = [self.ask({name: column[part] for name, column in rows.items()}) for part in parts]
        return np.concatenate([self.scale.of(answer[self.scale.output]) for answer in answers])

    def row(self, number: int) -> Arrays:
        """Returns one of the rows, as arrays of shape [1]."""
        return {name: column[number : number + 1] for name, column in self.rows.items()}

    def exact(self, number: int) -> np.ndarray:
        """Returns the exact contributions to a row."""
        row, others = self.row(number), len(self.background[self.features[0]])

        def score(own: np.ndarray) -> np.ndarray:
            total = np.zeros(len(own))
            for k in range(others):
                mixed = {n: np.where(own[:, j], row[n], self.background[n][k]) for j, n in enumerate(self.features)}
                total += self.scores(mixed)
            return total / others

        return exact(score, len(self.features))


def main() -> None:
    """Measures, and writes the table between the marks of the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=Path, help="folder with shap; without it, shap is left out")
    parser.add_argument("--model", type=Path, help="a version of the taxi model; the newest by default")
    parser.add_argument("--rows", type=int, default=8, help="trips to explain, spread over the data (default: 8)")
    parser.add_argument("--no-page", action="store_true", help="print the table instead of writing it into the page")
    options = parser.parse_args()
    taxi = Taxi(options.model or newest_model(), options.rows)
    truth = np.array([taxi.exact(number) for number in range(options.rows)])
    found = {name: measured(way, truth) for name, way in ways(taxi, options.packages).items()}
    text = f"{options.rows} trips, whose contributions have a mean size of {np.abs(truth).mean():.3f}; {machine()}."
    text = f"{text}\n\n{table(found, float(np.abs(truth).mean()))}"
    if options.no_page:
        print(text)
    else:
        pages.write(PAGE, "python -m benchmarks.explain", text)


def ways(taxi: Taxi, packages: Path | None) -> dict[str, Way]:
    """Returns the ways to explain a row, by name."""
    found = {f"turnstile explain, {pairs} pairs": _ours(taxi, pairs) for pairs in _PAIRS}
    return found | (_of_shap(taxi, packages) if packages else {})


def _ours(taxi: Taxi, pairs: int) -> Way:
    explainer = Explainer(taxi.ask, taxi.signature, taxi.background, Settings(pairs=pairs))
    return lambda number: explainer(taxi.row(number)).contributions.values


def _of_shap(taxi: Taxi, packages: Path) -> dict[str, Way]:
    """Has shap explain rows of numbers: each is the place of a value among all values of its column."""
    sys.path.append(str(packages))
    import shap

    both = {name: np.concatenate([taxi.background[name], taxi.rows[name]]) for name in taxi.features}
    coded = np.stack([np.unique(column, return_inverse=True, equal_nan=False)[1] for column in both.values()], axis=1)
    values = {}
    for j, name in enumerate(taxi.features):
        values[name] = np.empty(len(both[name]), both[name].dtype)
        values[name][coded[:, j]] = both[name]
    others, rows = np.split(coded.astype(float), [len(coded) - len(next(iter(taxi.rows.values())))])

    def scores(codes: np.ndarray) -> np.ndarray:
        return taxi.scores({name: values[name][codes[:, j].astype(int)] for j, name in enumerate(taxi.features)})

    kernel, permutation = shap.KernelExplainer(scores, others), shap.PermutationExplainer(scores, others, seed=0)

    # By default it leaves all but ten features out, which costs it accuracy here.
    def by_kernel(subsets: int, number: int) -> np.ndarray:
        found: np.ndarray = kernel.shap_values(rows[number], nsamples=subsets, l1_reg=False, silent=True)
        return found

    def by_permutation(pairs: int, number: int) -> np.ndarray:
        most = pairs * (2 * len(taxi.features) + 1)
        found: np.ndarray = permutation(rows[number : number + 1], max_evals=most, silent=True).values[0]
        return found

    name = f"shap {shap.__version__}"
    found: dict[str, Way] = {f"{name}, KernelExplainer, {n} subsets": partial(by_kernel, n) for n in _KERNEL}
    return found | {f"{name}, PermutationExplainer, {n} pairs": partial(by_permutation, n) for n in _PERMUTATION}


def measured(way: Way, truth: np.ndarray) -> Measured:
    """Explains all rows in one way.

    Args:
        way: the way.
        truth: the exact contributions, of shape [rows, features].
    """
    way(0)  # what is made ready at the first call is not part of a row's cost
    started = time.process_time()
    found = np.array([way(number) for number in range(len(truth))])
    seconds = time.process_time() - started
    return Measured(float(np.abs(found - truth).mean()), 1000 * seconds / len(truth))


def table(found: Mapping[str, Measured], size: float) -> str:
    """Returns the table of what was measured.

    Args:
        found: by the name of the way, ours first.
        size: the mean size of the exact contributions.
    """
    least = next(iter(found.values())).milliseconds
    rows = [
        [name, f"{error:.4f}", f"{error / size:.1%}", f"{milliseconds:.1f}", f"{milliseconds / least:.1f}"]
        for name, (error, milliseconds) in found.items()
    ]
    return pages.table(["way", "mean error", "of the mean size", "CPU ms a row", "times the first"], rows)


if __name__ == "__main__":
    main()
