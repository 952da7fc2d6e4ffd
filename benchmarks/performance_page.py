"""docs/performance.md, from what runs took."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import median

from benchmarks import performance_chart
from benchmarks.machine import machine
from benchmarks.pages import table
from benchmarks.whole_run import Run

PAGE = Path("docs/performance.md")

TEXT = """# How fast a run is

Whole runs of Turnstile and of TFX's own taxi template (`tfx template copy --model=taxi`, every component uncommented),
measured by `make bench` on {machine}. Both get the same rows: the bundled trips, or as many drawn from them
with a fixed seed. Every run is a process of its own, timed from its start to its end, imports included, with nothing
cached; they take turns. Medians; runs: {repeats}.

Turnstile does more in that time: it gates the data, trains until the loss on held-out rows no longer falls (the
template: 1,000 steps), judges seven metrics on every payment type and hour (the template: one metric), proves the
export in TensorFlow's C++ loader and labels the version.

![Seconds of a run against its rows](performance.svg)

{whole}

"Again" is Turnstile's run once more with nothing changed, against its first. Peak memory is the largest process's.

## What is left of it at 15,002 rows

Hardly anything that depends on the rows. By a sampling profile (py-spy, 100 samples a second, waiting not counted),
such a run spends 21 % of its time on imports, 18 % on Beam's bundles, 17 % on building Beam's graphs and translating
them, 12 % on training, 7 % on tracing, saving and loading TensorFlow's graphs, 5 % on the report, 3 % on the simple
models, and 17 % on the rest. Most of it is one thread of Python in the libraries, so a second core does not shorten
it.

Of an unchanged run, imports are two thirds, the report is a sixth, and a tenth is computing from the sources which
stages have changed. At 150,000 rows, Trainer is the largest part of a run: it trains until the loss no longer falls,
while the template takes 1,000 steps whatever the data, and it fits the simple models. At 1,500,000 rows, Transform
and Evaluator are.

## Component by component

Wall seconds, and CPU seconds with those of child processes.

{components}

## What a further row costs

CPU microseconds a row, from the difference between neighbouring sizes; where there are any.

{costs}

## What a further column costs

Not measured by `make bench`, but once, on two busy cores: a whole `turnstile run` of the houses of `benchmarks.quality`
(`ames`: 73 columns and a label, 2,930 rows, the config of `turnstile init`), before and after all vocabularies had one
analyzer and one table in common (`components/transform/vocabularies.py`). The models are the same to the last digit.

| | CPU s | of them Transform | peak MB |
| --- | ---: | ---: | ---: |
| 15 features of taxi, before | 40 | 11 | 1,140 |
| 15 features of taxi | 42 | 10 | 1,127 |
| 73 columns of ames, before | 132 | 82 | 3,453 |
| 73 columns of ames | 51 | 16 | 1,218 |
| the same columns three times, cut to 200 | 87 | 31 | 1,488 |

Before, each of the 43 vocabularies was some 14 stages of Beam, and a table in each of nine tracings of the graph. A
busy machine changes CPU seconds by a fifth: the rows of taxi are alike.
"""

# How the template calls what Turnstile has too.
_NAMES = {"CsvExampleGen": "ExampleGen", "latest_blessed_model_resolver": "Baseline", "SchemaGen": "ImportSchemaGen"}


def write(runs: list[Run]) -> None:
    """Writes the page and the chart that it shows."""
    sizes = sorted({run.rows for run in runs})
    repeats = ", ".join(f"{len(_of(runs, 'stock', rows))} at {rows:,} rows" for rows in sizes)
    text = TEXT.format(
        machine=machine(),
        repeats=repeats,
        whole=_whole(runs, sizes),
        components=_components(runs, sizes),
        costs=_costs(runs, sizes),
    )
    PAGE.write_text(text)
    performance_chart.draw(sizes, {name: [_wall(runs, name, n) for n in sizes] for name in ("stock", "turnstile")})


def _of(runs: list[Run], pipeline: str, rows: int) -> list[Run]:
    return [run for run in runs if (run.pipeline, run.rows) == (pipeline, rows)]


def _middle(runs: list[Run], value: Callable[[Run], float]) -> float:
    return median(value(run) for run in runs)


def _wall(runs: list[Run], pipeline: str, rows: int) -> float:
    return _middle(_of(runs, pipeline, rows), lambda run: run.wall)


def _whole(runs: list[Run], sizes: list[int]) -> str:
    lines = []
    for rows in sizes:
        stock, ours, again = (_of(runs, name, rows) for name in ("stock", "turnstile", "again"))
        walls = [_middle(group, lambda run: run.wall) for group in (stock, ours, again)]
        cpus = [_middle(group, lambda run: run.cpu) for group in (stock, ours)]
        peaks = [_middle(group, lambda run: run.peak_mb) for group in (stock, ours)]
        lines.append(
            [
                f"{rows:,}",
                *(f"{wall:.1f}" for wall in walls[:2]),
                f"**{walls[1] / walls[0]:.2f}**",
                f"{cpus[0]:.1f} / {cpus[1]:.1f}",
                f"{peaks[0]:,.0f} / {peaks[1]:,.0f}",
                f"{walls[2]:.1f} ({walls[2] / walls[1]:.2f})",
                _auc(ours),
            ]
        )
    header = ["rows", "template s", "Turnstile s", "ratio", "CPU s", "peak MB", "again s", "AUC"]
    return table(header, lines)


def _auc(runs: list[Run]) -> str:
    return f"{_middle(runs, lambda run: (run.result or {})['metrics']['auc']):.4f}"


def _took(runs: list[Run], component: str, what: str) -> float | None:
    """The median of what a component took, or None if the pipeline has no such component."""
    found = [part[what] for run in runs for part in run.components if _NAMES.get(part["id"], part["id"]) == component]
    return median(found) if found else None


def _components(runs: list[Run], sizes: list[int]) -> str:
    def cell(pipeline: str, rows: int, name: str) -> str:
        wall, cpu = (_took(_of(runs, pipeline, rows), name, what) for what in ("wall", "cpu"))
        return "" if wall is None or cpu is None else f"{wall:.1f} / {cpu:.1f}"

    header = ["component", *(f"{who} {rows:,}" for rows in sizes for who in ("template", "Turnstile"))]
    pairs = [(pipeline, rows) for rows in sizes for pipeline in ("stock", "turnstile")]
    return table(header, [[name, *(cell(*pair, name) for pair in pairs)] for name in _names(runs)])


def _names(runs: list[Run]) -> list[str]:
    ours = next(run for run in runs if run.pipeline == "turnstile")
    return [part["id"] for part in ours.components]


def _costs(runs: list[Run], sizes: list[int]) -> str:
    steps = list(pairwise(sizes))

    def cell(pipeline: str, name: str | None, fewer: int, more: int) -> str:
        groups = [_of(runs, pipeline, rows) for rows in (fewer, more)]
        cpus = [_took(g, name, "cpu") if name else _middle(g, lambda run: run.cpu) for g in groups]
        before, after = cpus
        return "" if before is None or after is None else f"{(after - before) / (more - fewer) * 1e6:,.0f}"

    header = ["part", *(f"{who} {a:,} to {b:,}" for a, b in steps for who in ("template", "Turnstile"))]
    names: list[str | None] = [*_names(runs), None]
    cells = [[cell(who, name, *step) for step in steps for who in ("stock", "turnstile")] for name in names]
    lines = [[name or "whole run", *row] for name, row in zip(names, cells, strict=True)]
    return table(header, [line for line in lines if not {*line[1:]} <= {"", "0", "-0", "1"}])
