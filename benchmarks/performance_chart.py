"""The chart of docs/performance.md: seconds of a run against its rows."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

CHART = Path("docs/performance.svg")
_LINES = {"stock": ("TFX's taxi template", "#b3541e"), "turnstile": ("Turnstile", "#1e6fb3")}


def draw(sizes: list[int], seconds: dict[str, list[float]]) -> None:
    """Draws a line a pipeline, on logarithmic axes, each point with its seconds."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for pipeline, values in seconds.items():
        label, color = _LINES[pipeline]
        axes.plot(sizes, values, marker="o", label=label, color=color)
        for rows, value in zip(sizes, values, strict=True):
            offset = (0, 8 if pipeline == "stock" else -16)
            axes.annotate(
                f"{value:,.0f} s", (rows, value), offset, textcoords="offset points", ha="center", color=color
            )
    axes.set(xscale="log", yscale="log", xlabel="rows", ylabel="seconds, whole run", xticks=sizes)
    axes.margins(x=0.1, y=0.2)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axis.set_minor_formatter(NullFormatter())
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(CHART, metadata={"Date": None})
