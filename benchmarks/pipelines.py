"""Turnstile against TFX's own taxi template, whole runs in turn on the same rows; writes docs/performance.md.

python -m benchmarks.pipelines [--rows 15002 150000 1500000] [--repeats 3 3 1]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks import performance_page, stock_template
from benchmarks.trips import resampled
from benchmarks.whole_run import Run, whole_run
from components.evaluator.settings import ReleaseConfig

_CONFIG = Path("configs/taxi.toml")
_TRIPS = 15_002  # in the bundled data
_RUNS = {_TRIPS: 5, 150_000: 3, 1_500_000: 1}


def main() -> None:
    """Measures all sizes and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[*_RUNS])
    parser.add_argument("--repeats", type=int, nargs="+", default=[*_RUNS.values()], help="as many as --rows")
    options = parser.parse_args()
    if len(options.rows) != len(options.repeats):
        parser.error(
            f"--rows has {len(options.rows)} numbers and --repeats {len(options.repeats)}; one each is expected"
        )
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        stock_template.make(Path(folder) / "stock")
        for rows, repeats in zip(options.rows, options.repeats, strict=True):
            runs += measured(Path(folder), rows, repeats)
    performance_page.write(runs)


def measured(folder: Path, rows: int, repeats: int) -> list[Run]:
    """Runs the template, Turnstile, and Turnstile again on the unchanged rows, in turn."""
    trips = folder / f"{rows}.csv"
    resampled(trips, rows)
    stock_template.set_data(folder / "stock", trips)
    config = folder / f"{rows}.toml"
    write_config(config, rows)
    runs = []
    for number in range(repeats):
        output = folder / f"turnstile-{rows}-{number}"
        turnstile = ["run", "--json", f"--config={config}", f"--data={trips}", f"--output={output}"]
        turnstile.append(f"--serving-dir={output}/serving_model")
        for pipeline, arguments in (("stock", []), ("turnstile", turnstile), ("again", turnstile)):
            if pipeline == "stock":
                stock_template.forget_runs(folder / "stock")
            runs.append(whole_run(pipeline, rows, folder, arguments))
            print(runs[-1].as_line(), file=sys.stderr, flush=True)
    return runs


def write_config(file: Path, rows: int) -> None:
    """Writes the taxi config for so many rows drawn from the trips.

    A trip drawn ten times is no more evidence of how good a model is than once, so that a slice must be ten times as
    large to be judged.
    """
    least = ReleaseConfig.model_fields["min_slice_size"].default * max(1, rows // _TRIPS)
    file.write_text(_CONFIG.read_text().replace("[release]\n", f"[release]\nmin_slice_size = {least}\n"))


if __name__ == "__main__":
    main()
