"""The charts of a replay: the metric of each span's model beside the serving model's, and the difference of the two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.replay.replayed import FAILED, STOPPED, Replayed
from pipeline.report import charts
from turnstile.gates import PASSED, REFUSED, UNDECIDED

_TONES = {
    PASSED: "var(--good)",
    UNDECIDED: "var(--warn)",
    REFUSED: "var(--bad)",
    STOPPED: "var(--muted)",
    FAILED: "var(--muted)",
}
_WIDTH, _HEIGHT = 640, 200
_AXIS = {"labelAngle": -40, "labelOverlap": "greedy"}


def metric(found: Sequence[Replayed], name: str) -> str:
    """Draws the metric of each model with its interval, and that of the model which served, as SVG; "" if none."""
    rows = [row for each in found if (row := _row(each, name)) and row["value"] is not None]
    if not rows:
        return ""
    y = charts.number("value", name, scale={"zero": False})
    served = [row for row in rows if row["serving"] is not None]
    others = charts.layer(served, "point", _x(found), y | {"field": "serving"}, color=charts.OTHER, size=70)
    return charts.svg(
        [*_dots(rows, found, y, "value", "low", "high"), others],
        f"{name} of the model of each span, and of the model that served then, on the rows of the span",
        _HEIGHT,
        width=_WIDTH,
    )


def difference(found: Sequence[Replayed], name: str) -> str:
    """Draws the difference from the model that served with its interval, and the bound on it, as SVG; "" if none."""
    rows = [row for each in found if (row := _row(each, name)) and row["difference"] is not None]
    if not rows:
        return ""
    y = charts.number("difference", f"difference of {name}")
    layers = _dots(rows, found, y, "difference", "difference_low", "difference_high")
    bounds = [{"span": row["span"], "bound": row["bound"]} for row in rows if row["bound"] is not None]
    mark = {"strokeDash": [4, 4], "strokeWidth": 1.5}
    line = charts.layer(bounds, "line", _x(found), y | {"field": "bound"}, color=charts.MUTED, **mark)
    about = f"{name} of the model of each span less that of the model that served then, with the bound on it"
    return charts.svg([*layers, line], about, _HEIGHT, width=_WIDTH)


def _dots(
    rows: list[dict[str, Any]], found: Sequence[Replayed], y: charts.Spec, value: str, low: str, high: str
) -> list[charts.Spec]:
    color = {"color": {"field": "tone", "type": "nominal", "scale": None}}
    ranges = charts.layer(
        [row for row in rows if row[low] is not None],
        "rule",
        _x(found),
        y | {"field": low},
        strokeWidth=3,
        opacity=0.45,
        encoding={"y2": {"field": high}, **color},
    )
    return [ranges, charts.layer(rows, "point", _x(found), y | {"field": value}, filled=True, size=70, encoding=color)]


def _x(found: Sequence[Replayed]) -> charts.Spec:
    spans = [str(each.span) for each in found]
    return {"field": "span", "type": "ordinal", "title": None, "axis": _AXIS, "sort": None, "scale": {"domain": spans}}


def _row(found: Replayed, name: str) -> dict[str, Any] | None:
    value, bound = found.value(name), found.change(name)
    if value is None:
        return None
    allowed = None if bound is None else -bound.limit if bound.kind == "max_drop" else bound.limit
    return value | {"span": str(found.span), "tone": _TONES[found.verdict], "bound": allowed}
