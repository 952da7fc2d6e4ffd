"""The training curve: the losses of each epoch, and the epoch whose weights the model has."""

from __future__ import annotations

from typing import Any

from pipeline.report import charts
from pipeline.report.record import Record

_NAMES = {"loss": "rows learned from", "val_loss": "rows held out"}


def context(record: Record) -> dict[str, Any]:
    """Returns the chart, and what is said beside it; no chart where nothing was written down."""
    epochs = record.training.get("epochs") or []
    rows = [
        {"epoch": each["epoch"], "loss": each[key], "of": name}
        for each in epochs
        for key, name in _NAMES.items()
        if each.get(key) is not None
    ]
    if not rows:
        return {"chart": None}
    best, x, y = record.training.get("best_epoch"), charts.number("epoch", "epoch"), charts.number("loss", "loss")
    y["scale"], x["axis"] = {"zero": False}, {"tickMinStep": 1, "format": "d"}
    color = {
        "field": "of",
        "type": "nominal",
        "scale": {"domain": list(_NAMES.values()), "range": [charts.OTHER, charts.ACCENT]},
    }
    layers = [charts.layer(rows, "line", x, y, strokeWidth=2.5, point={"size": 25}, encoding={"color": color})]
    if best is not None:
        rule = charts.layer([{"epoch": best}], "rule", x, {"value": 0}, color=charts.MUTED, strokeDash=[3, 4])
        layers.insert(0, rule | {"encoding": {"x": x}})
    chart = charts.svg(layers, "The loss of each epoch, of the rows learned from and of those held out")
    return {"chart": chart, "best": best, "epochs": len(epochs), "seconds": record.training.get("seconds")}
