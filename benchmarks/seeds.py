"""How often the same data, trained anew, passes the gate: with its intervals, and by comparing bare numbers.

    python -m benchmarks.seeds

The bundled trips are trained with ten seeds, each against the same model that serves: all are equally good, and what
differs is chance. Then they are trained with a tenth of the training labels flipped: these are worse. The eval rows
are the same all the time.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import tensorflow as tf

from components.evaluator.bounds import edge_of
from components.trainer.example_files import records
from pipeline import config_file
from pipeline.config import Config
from pipeline.run import last_evaluation
from pipeline.run.whole_run import run

Trips = list[dict[str, str]]
_ROW = "row"  # a column with the number of each row, by which they are split
_FLIPPED = 0.1


def trips(path: str) -> Trips:
    """Reads the trips, and numbers them."""
    with Path(path).open(newline="") as file:
        return [row | {_ROW: f"r{number}"} for number, row in enumerate(csv.DictReader(file))]


def flipped(rows: Trips, kept: Collection[str], seed: int) -> Trips:
    """Returns the trips with a tenth of the labels flipped, but for rows of the numbers `kept`."""
    chosen = random.Random(seed)
    return [
        row | {"tips": "0" if float(row["tips"]) > 0.2 * float(row["fare"] or 0) else row["fare"]}
        if row[_ROW] not in kept and chosen.random() < _FLIPPED
        else row
        for row in rows
    ]


class Bench:
    """A folder in which runs compete with one model that serves."""

    def __init__(self, folder: Path, config: str):
        lines = Path(config).read_text().splitlines(keepends=True)
        # The reviewed schema does not know the column with the numbers of the rows.
        self.folder, self.file = folder, folder / "config.toml"
        self.text = "".join(line for line in lines if not line.startswith("schema_path"))

    def config(self, rows: Trips, seed: int) -> Config:
        """Writes the rows, and loads the config for them."""
        path = self.folder / "trips.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        changes: dict[str, Any] = {
            "data__path": str(path),
            "split__by": _ROW,
            "training__seed": seed,
            "output": str(self.folder / "output"),
            "serving__dir": str(self.folder / "serving_model"),
        }
        self.file.write_text(self.text)
        return config_file.load(self.file, **changes)

    def verdicts(self, rows: Trips, seed: int) -> dict[str, Any]:
        """Runs, and returns the gate's verdict and that of bare numbers, with the changes of two metrics."""
        config = self.config(rows, seed)
        result = run(config)
        (evaluator,) = (gate for gate in result.gates if gate.gate == "Evaluator")
        bare = all(_bare(bound) for bound in last_evaluation.report(config, str(self.file))["bounds"])
        changes = {name: result.differences.get(name, {}) for name in ("auc", "log_loss")}
        return {"seed": seed, "verdict": evaluator.verdict, "bare": "passed" if bare else "refused", **changes}

    def eval_rows(self) -> set[str]:
        """The numbers of the eval rows."""
        (folder,) = (self.folder / "output").glob("*/ExampleGen/examples/*/Split-eval")
        parsed = (tf.train.Example.FromString(raw) for raw in records([f"{folder}/*"]).as_numpy_iterator())
        return {example.features.feature[_ROW].bytes_list.value[0].decode() for example in parsed}


def _bare(bound: dict[str, Any]) -> bool:
    """Whether the number alone is on the right side of a bound."""
    edge, above = edge_of(bound["bound"], bound["limit"])
    return bound["value"] >= edge if above else bound["value"] <= edge


def table(name: str, found: Sequence[dict[str, Any]]) -> str:
    """A line of Markdown: how often each answer was given."""
    gate = [sum(each["verdict"] == verdict for each in found) for verdict in ("passed", "undecided", "refused")]
    bare = [sum(each["bare"] == verdict for each in found) for verdict in ("passed", "refused")]
    return f"| {name} | {' | '.join(map(str, [len(found), *gate, *bare]))} |"


def main() -> None:
    """Prints each run, and how often each answer was given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="configs/taxi.toml", help="config of the runs")
    parser.add_argument("--seeds", type=int, default=10, help="number of runs on the data as it is")
    parser.add_argument("--flipped", type=int, default=4, help="number of runs with flipped labels")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), arguments.config)
        rows = trips(config_file.load(arguments.config).data.path)
        bench.verdicts(rows, 7)
        kept = bench.eval_rows()
        runs = [("the same data", rows, 100 + number) for number in range(arguments.seeds)]
        runs += [
            ("a tenth of the labels flipped", flipped(rows, kept, number), 200 + number)
            for number in range(arguments.flipped)
        ]
        found: dict[str, list[dict[str, Any]]] = {}
        for name, data, seed in runs:
            found.setdefault(name, []).append(bench.verdicts(data, seed))
            print(name, json.dumps(found[name][-1]), flush=True)
    print("\n| trained on | runs | passed | undecided | refused | bare: passed | bare: refused |\n|" + " --- |" * 7)
    for name, answers in found.items():
        print(table(name, answers))


if __name__ == "__main__":
    main()
