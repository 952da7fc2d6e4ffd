"""What a row costs from thousands to millions, whole runs of Turnstile alone; writes the tables of docs/scale.md.

python -m benchmarks.scale [--rows 15002 150000 1500000 15000000] [--runs FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks import pages
from benchmarks.machine import machine
from benchmarks.pipelines import write_config
from benchmarks.trips import resampled
from benchmarks.whole_run import whole_run

PAGE = Path("docs/scale.md")
BILLION = 10**9
_TOLD = 0.02  # of the CPU of the largest run
_ROWS = [15_002, 150_000, 1_500_000, 15_000_000]

Measured = dict[str, Any]  # a Run as a dict, with the bytes that each component has left: "disk"


def main() -> None:
    """Runs each size once, or goes on with those that a file has, and writes the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="*", default=_ROWS, help="sizes to run; none to write the page only")
    parser.add_argument("--runs", type=Path, help="keeps each run as a line of JSON; the page tells of all in it")
    options = parser.parse_args()
    before = options.runs.read_text().splitlines() if options.runs and options.runs.exists() else []
    runs = [json.loads(line) for line in before]
    for rows in options.rows:
        with tempfile.TemporaryDirectory() as folder:
            runs.append(measured(Path(folder), rows))
        print(json.dumps(runs[-1]), file=sys.stderr, flush=True)
        if options.runs:
            options.runs.write_text("".join(json.dumps(run) + "\n" for run in runs))
    if len(runs) > 1:  # one tells nothing of a further row
        pages.write(PAGE, "python -m benchmarks.scale", text(sorted(runs, key=lambda run: run["rows"])))


def measured(folder: Path, rows: int) -> Measured:
    """Runs the pipeline on so many rows drawn from the trips."""
    trips, config, output = folder / "trips.csv", folder / "taxi.toml", folder / "output"
    resampled(trips, rows)
    write_config(config, rows)
    arguments = ["run", "--json", f"--config={config}", f"--data={trips}", f"--output={output}"]
    run = asdict(whole_run("turnstile", rows, folder, [*arguments, f"--serving-dir={folder}/serving_model"]))
    kept = {key: run["result"][key] for key in ("metrics", "learned_from")}
    disk = {part["id"]: _bytes(output / "taxi" / part["id"]) for part in run["components"]}
    return run | {"result": kept, "disk": disk | {"data": trips.stat().st_size}}


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def text(runs: list[Measured]) -> str:
    """Returns the tables: whole runs, the peak memory of each component, what a further row costs, a billion rows."""
    return "\n\n".join(
        (
            f"One run of each size, on {machine()}.",
            _whole(runs),
            "Peak memory while a component runs, in 10^6 bytes; all run in one process, which begins with imports:",
            _by_component(runs, lambda part: f"{part['peak_mb']:,.0f}"),
            "CPU seconds of each component:",
            _by_component(runs, lambda part: f"{part['cpu']:,.1f}"),
            "CPU microseconds that a further row costs, from the difference between neighbouring sizes:",
            _costs(runs),
            f"The last column, for {BILLION:,} rows:",
            _of_a_billion(runs),
        )
    )


def _whole(runs: list[Measured]) -> str:
    lines = (
        [
            f"{run['rows']:,}",
            f"{run['cpu']:,.0f}",
            f"{run['peak_mb']:,.0f}",
            f"{sum(run['disk'].values()) / run['rows']:,.0f}",
            f"{run['result']['learned_from']['rows']:,}",
            f"{run['result']['metrics']['auc']:.4f}",
        ]
        for run in runs
    )
    return pages.table(["rows", "CPU s", "peak MB", "bytes a row on disk", "learned from", "AUC"], lines)


def _by_component(runs: list[Measured], cell: Callable[[dict[str, Any]], str]) -> str:
    found = [{part["id"]: cell(part) for part in run["components"]} for run in runs]
    heading = ["component", *(f"{run['rows']:,}" for run in runs)]
    return pages.table(heading, ([name, *(each[name] for each in found)] for name in _names(runs)))


def _names(runs: list[Measured]) -> Iterable[str]:
    """The components that cost a row anything worth telling."""
    return [part["id"] for part in runs[-1]["components"] if part["cpu"] >= _TOLD * runs[-1]["cpu"]]


def _cpu(run: Measured) -> dict[str, float]:
    return {part["id"]: part["cpu"] for part in run["components"]} | {"whole run": run["cpu"]}


def _slopes(fewer: Measured, more: Measured) -> dict[str, float]:
    """Microseconds a row, by component."""
    before, after = _cpu(fewer), _cpu(more)
    return {name: (after[name] - before[name]) / (more["rows"] - fewer["rows"]) * 1e6 for name in after}


def _costs(runs: list[Measured]) -> str:
    steps = [(fewer, more, _slopes(fewer, more)) for fewer, more in pairwise(runs)]
    heading = ["component", *(f"{fewer['rows']:,} to {more['rows']:,}" for fewer, more, _ in steps)]
    lines = ([name, *(f"{slopes[name]:,.1f}" for *_, slopes in steps)] for name in [*_names(runs), "whole run"])
    return pages.table(heading, lines)


def _of_a_billion(runs: list[Measured]) -> str:
    slopes = _slopes(*runs[-2:])
    lines = [[name, f"{slopes[name] * BILLION / 1e6 / 3_600:,.1f}"] for name in [*_names(runs), "whole run"]]
    return pages.table(["component", "CPU hours"], lines)


if __name__ == "__main__":
    main()
