"""ExampleGen against TFX's CsvExampleGen, each alone in a fresh process; writes docs/example-gen-speed.md.

python -m benchmarks.example_gen [--rows 15002 150000] [--repeats 3]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.trips import resampled

PAGE = Path("docs/example-gen-speed.md")
KINDS = ("CsvExampleGen", "ExampleGen")

TEXT = """# How fast ExampleGen is

Measured by `python -m benchmarks.example_gen` on {machine}.
The bundled trips, resampled with a fixed seed; each
component alone under TFX's local runner in a process of its own, in turn, the median of {repeats} such runs. Imports,
the same for both, are not counted; peak memory is above what the imports take.

| component | rows | CPU s | wall s | rows a CPU second | peak MB |
| --- | ---: | ---: | ---: | ---: | ---: |
{lines}

Rows a CPU second, ExampleGen to CsvExampleGen: {ratios}.
"""


def main() -> None:
    """Measures and writes the page; with --alone, runs one component and prints what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[15_002, 150_000])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--alone", nargs=2, metavar=("COMPONENT", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        print(json.dumps(alone(*options.alone)))
        return
    lines, ratios = [], []
    for rows in options.rows:
        found = {kind: median([measured(kind, rows) for _ in range(options.repeats)]) for kind in KINDS}
        lines += [_line(kind, rows, took) for kind, took in found.items()]
        ratios.append(f"{found[KINDS[0]]['cpu'] / found[KINDS[1]]['cpu']:.1f} at {rows:,} rows")
    text = TEXT.format(machine=machine(), repeats=options.repeats, lines="\n".join(lines), ratios=", ".join(ratios))
    PAGE.write_text(text)


def measured(kind: str, rows: int) -> dict[str, float]:
    """Runs a component in a process of its own on so many rows."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "data").mkdir()
        resampled(Path(folder) / "data" / "trips.csv", rows)
        command = [sys.executable, "-m", "benchmarks.example_gen", "--alone", kind, folder]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    print(kind, rows, done.stdout.strip(), file=sys.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def median(runs: list[dict[str, float]]) -> dict[str, float]:
    """Returns the run in the middle by CPU seconds."""
    return sorted(runs, key=lambda run: run["cpu"])[len(runs) // 2]


def _line(kind: str, rows: int, took: dict[str, float]) -> str:
    speed = f"{rows / took['cpu']:,.0f}"
    return f"| {kind} | {rows:,} | {took['cpu']:.1f} | {took['wall']:.1f} | {speed} | {took['peak_mb']:.0f} |"


def alone(kind: str, folder: str) -> dict[str, float]:
    """Runs one component in this process; returns its CPU and wall seconds, and by how much it raised the peak."""
    from tfx.components.example_gen.csv_example_gen.component import CsvExampleGen
    from tfx.orchestration import metadata, pipeline

    from components.example_gen.component import ColumnarExampleGen
    from pipeline.beam import BeamConfig, beam_args
    from pipeline.run import local_runner

    example_gen = {"CsvExampleGen": CsvExampleGen, "ExampleGen": ColumnarExampleGen}[kind]
    wired = pipeline.Pipeline(
        "speed",
        f"{folder}/output",
        components=[example_gen(input_base=f"{folder}/data")],
        metadata_connection_config=metadata.sqlite_metadata_connection_config(f"{folder}/metadata.db"),
        beam_pipeline_args=beam_args(BeamConfig()),
    )
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    local_runner.run(wired, "run")
    after = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "wall": time.perf_counter() - started,
        "peak_mb": (after.ru_maxrss - before.ru_maxrss) / 1024,
    }


if __name__ == "__main__":
    main()
