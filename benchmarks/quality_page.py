"""The page and the chart of benchmarks.quality."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from scipy import stats

from benchmarks.machine import machine
from benchmarks.quality_errors import MEASURES, Difference
from benchmarks.quality_models import BOOSTINGS, LINEAR, OURS
from benchmarks.quality_sets import SETS

PAGE, CHART = Path("docs/quality-sets.md"), Path("docs/quality-sets.svg")
_MODELS = (OURS, *BOOSTINGS, LINEAR)
_HEADINGS = (
    *("data set", "from (licence)", "eval rows", "error", "Turnstile", "boosting", "LightGBM", "linear"),
    *("less the better boosting's", "less the linear model's"),
)


def write(results: dict[str, dict]) -> None:
    """Writes the page and the chart.

    Args:
        results: from benchmarks.quality.measure, by the name of the data set.
    """
    PAGE.write_text(page(results))
    draw(results)


def page(results: dict[str, dict]) -> str:
    """Returns the page: a row a data set, the least error of each in bold."""
    table = "\n".join(_row(name, result) for name, result in sorted(results.items()))
    return f"""# How good the models are on public data

`python -m benchmarks.quality` makes this page. `turnstile init` writes a config for each data set, of which at most
15,000 rows are taken; columns that repeat the label are removed. `turnstile run` is run once for each of three seeds;
nothing but the seed is edited. The others are fitted to the same train rows and judged on the same eval rows, which
tell no model when to stop: scikit-learn's histogram gradient boosting ("boosting"), LightGBM, and scikit-learn's
logistic or ridge regression ("linear"), each with its defaults.

{_summary(results)}

![Errors against those of the better boosting](quality-sets.svg)

Errors are means over the seeds; less is better, and the least of a row is bold. The last two columns are Turnstile's
error less the other's, with the standard error of that difference over the eval rows (a paired bootstrap). "Level" is
what is within one standard error. {machine()}.

| {" | ".join(_HEADINGS)} |
| --- | --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |
{table}
"""


def _row(name: str, result: dict) -> str:
    errors, rows, task = result["errors"], result["rows"], result["task"]
    least = min(errors.values())
    cells = [_number(errors[m], bold=errors[m] == least) if m in errors else "" for m in _MODELS]
    differences = [Difference(*result[key]) for key in ("to_boosting", "to_linear")]
    verdicts = [f"{d.value:+,.3g} ± {d.standard_error:,.2g}: {d.verdict}" for d in differences]
    source = f"{SETS[name].package} {SETS[name].item} ({SETS[name].license})"
    return f"| {' | '.join([name, source, format(rows, ','), MEASURES[task], *cells, *verdicts])} |"


def _number(value: float, bold: bool) -> str:
    text = f"{value:,.0f}" if value >= 10_000 else f"{value:.4g}"
    return f"**{text}**" if bold else text


def _summary(results: dict[str, dict]) -> str:
    boosting, linear = _counts(results, "to_boosting"), _counts(results, "to_linear")
    every = [[r["errors"][m] for m in _MODELS] for r in results.values() if all(m in r["errors"] for m in _MODELS)]
    ranks = np.mean([stats.rankdata(errors) for errors in every], axis=0)
    words = ", ".join(f"{m} {rank:.1f}" for m, rank in zip(_MODELS, ranks, strict=True))
    return (
        f"Of {len(results)} data sets, Turnstile is better than the better boosting on {boosting[0]}, "
        f"level on {boosting[1]} and\nworse on {boosting[2]}; better than the linear model on {linear[0]}, "
        f"level on {linear[1]} and worse on {linear[2]}. Mean rank\nof the four: {words}."
    )


def _counts(results: dict[str, dict], key: str) -> list[int]:
    """On how many data sets Turnstile is better, level and worse."""
    verdicts = [Difference(*result[key]).verdict for result in results.values()]
    return [verdicts.count(verdict) for verdict in ("better", "level", "worse")]


def draw(results: dict[str, dict]) -> None:
    """Draws each model's error as a share of the better boosting's."""
    figure = Figure(figsize=(7, 0.4 * len(results) + 1.2), layout="constrained")
    axes = figure.subplots()
    names = sorted(results, reverse=True)
    for model, color in ((OURS, "#1e6fb3"), (LINEAR, "#b3541e")):
        shares = [results[n]["errors"][model] / results[n]["errors"][results[n]["better_boosting"]] for n in names]
        axes.plot(shares, names, "o", label=model, color=color)
    axes.axvline(1, color="grey", linewidth=1)
    axes.set(xscale="log", xlabel="error as a share of the better boosting's: less is better")
    ticks = [0.5, 0.7, 1, 1.5, 2, 3, 5]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.legend(frameon=False)
    figure.savefig(CHART, metadata={"Date": None})
