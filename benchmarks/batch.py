"""What a row costs in `turnstile predict` and `turnstile batch`: before they went by columns, now, and the model alone.

python -m benchmarks.batch [--model serving_model/taxi/VERSION] [--rows 600000] [--repeats 2] [--no-page]

CPU seconds of whole processes, which take turns; what a row costs is the difference between many rows and few.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from benchmarks import pages
from benchmarks.local_server import newest_model
from benchmarks.machine import machine
from benchmarks.trips import resampled

PAGE = Path("docs/batch.md")
BEFORE = "9c73c20"  # the last commit at which predict went row by row only
FEW = 15_002  # rows, which nearly all the cost of is that of starting
ROWS_OF_A_REQUEST = 4096

# Asks the model again and again about the same rows, made ready before, and prints the CPU seconds of that alone.
_BARE = """
import sys, time
from serving.model.saved_model import SavedModel
from serving.rows.reading import open_rows, to_arrays
from serving.client.base import ModelSpec, raw_signature
from serving.model.texts import Texts
import pyarrow as pa
model, file, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
saved = SavedModel(model)
dtypes = raw_signature(saved.signatures, ModelSpec("taxi")).inputs
with open_rows(file) as read:
    asked = to_arrays([row for row, _ in zip(read, range({rows}))], dtypes, 1)
asked = {name: Texts(pa.array(x.tolist(), pa.binary())) if x.dtype == object else x for name, x in asked.items()}
saved("raw", asked)
started = time.process_time()
for _ in range(rows // {rows}):
    saved("raw", asked)
print(time.process_time() - started)
""".replace("{rows}", str(ROWS_OF_A_REQUEST))

Way = Callable[[Path, int], float]  # returns the CPU seconds of some rows


def main() -> None:
    """Measures, and writes the table between the marks of the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a version of the taxi model; the newest by default")
    parser.add_argument("--rows", type=int, default=600_000, help="rows of the large file (default: 600000)")
    parser.add_argument("--repeats", type=int, default=2, help="turns of which the median counts (default: 2)")
    parser.add_argument("--no-page", action="store_true", help="print the table instead of writing it into the page")
    options = parser.parse_args()
    model = (options.model or newest_model()).absolute()
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Path(folder), model, options.rows, options.repeats)
    text = f"{options.repeats} turns, {options.rows:,} rows; {machine()}.\n\n{table(found)}"
    if options.no_page:
        print(text)
    else:
        pages.write(PAGE, "python -m benchmarks.batch", text)


def measured(folder: Path, model: Path, rows: int, repeats: int) -> dict[str, float]:
    """Returns the CPU microseconds of a row, by the way it is asked about."""
    for count in (FEW, rows):
        resampled(folder / f"{count}.csv", count)
        _as_parquet(folder / f"{count}.csv")
    before = folder / "before"
    subprocess.run(["git", "worktree", "add", "--detach", str(before), BEFORE], check=True, capture_output=True)
    try:
        ways = _ways(folder, model, before)
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(repeats):
            for name, way in ways.items():
                taken[name].append((way(folder, rows) - way(folder, FEW)) / (rows - FEW) * 1e6)
                print(f"{name}: {taken[name][-1]:.1f} us a row", file=sys.stderr, flush=True)
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", str(before)], check=True)
    return {name: statistics.median(numbers) for name, numbers in taken.items()}


def _ways(folder: Path, model: Path, before: Path) -> Mapping[str, Way]:
    here, asked = Path.cwd(), ["--model", str(model)]

    def command(where: Path, *words: str) -> Way:
        def way(_: Path, rows: int) -> float:
            out = folder / "out"
            shutil.rmtree(out, ignore_errors=True)
            return _cpu_seconds(where, *(word.format(rows=rows, folder=folder, out=out) for word in words), *asked)

        return way

    def bare(_: Path, rows: int) -> float:
        done = _run(here, "-c", _BARE, str(model), str(folder / f"{FEW}.csv"), str(rows))
        return float(done.stdout)

    csv, columns = ("{folder}/{rows}.csv", "--out", "{folder}/out.csv"), "{folder}/{rows}.parquet"
    return {
        "the model alone, by TensorFlow's C API": bare,
        "predict, CSV to CSV, before": command(before, "predict", *csv),
        "predict, CSV to CSV": command(here, "predict", *csv),
        "predict, Parquet to Parquet": command(here, "predict", columns, "--out", "{folder}/out.parquet"),
        "batch, CSV to CSV": command(here, "batch", "{folder}/{rows}.csv", "--out", "{out}"),
        "batch --beam, CSV to CSV": command(here, "batch", "{folder}/{rows}.csv", "--out", "{out}", "--beam"),
    }


def _cpu_seconds(where: Path, *words: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _run(where, "-m", "pipeline.commands.main", *words)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def _run(where: Path, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *words],
        cwd=where,
        env=os.environ | {"PYTHONPATH": str(where)},
        check=True,
        capture_output=True,
        text=True,
    )


def _as_parquet(file: Path) -> None:
    from pyarrow import csv

    table: pa.Table = csv.read_csv(file)
    parquet.write_table(table, file.with_suffix(".parquet"))


def table(found: Mapping[str, float]) -> str:
    """Returns the table of what was measured."""
    alone = next(iter(found.values()))
    rows = [[name, f"{us:.1f}", f"{1e6 / us:,.0f}", f"{us / alone:.2f}"] for name, us in found.items()]
    return pages.table(["way", "CPU us a row", "rows a CPU second", "times the model alone"], rows)


if __name__ == "__main__":
    main()
