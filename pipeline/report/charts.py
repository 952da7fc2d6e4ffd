"""Charts with axes, as SVG that is a part of the page: Vega-Lite draws them now, so that the page needs no script.

Colours are those of the page's style sheet, so that a chart is light or dark as the page is.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

WIDTH, HEIGHT = 330, 210  # of the plot itself; the page scales it
ACCENT, OTHER, MUTED, RULE = "var(--accent)", "var(--other)", "var(--muted)", "var(--bad)"
# Of lines of several classes; those of the page's style sheet.
SERIES = [f"var(--series-{number})" for number in range(1, 7)]

_CONFIG: dict[str, Any] = {
    "background": None,
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "domain": False,
        "gridColor": "var(--line)",
        "labelColor": "var(--muted)",
        "labelFontSize": 11,
        "tickColor": "var(--line)",
        "tickCount": 5,
        "labelFlush": False,
        "titleColor": "var(--muted)",
        "titleFontSize": 12,
        "titleFontWeight": 400,
    },
    "legend": {"columnPadding": 24, "labelColor": "var(--ink)", "labelFontSize": 12, "orient": "top", "title": None},
}
Spec = dict[str, Any]


def layer(rows: Sequence[Mapping[str, Any]], mark: str, x: Spec, y: Spec, *, color: str = ACCENT, **more: Any) -> Spec:
    """Returns one layer of a chart.

    Args:
        rows: the data.
        mark: such as "line".
        x, y: Vega-Lite's channels.
        color: a colour of the page.
        more: properties of the mark; `encoding` adds channels.
    """
    encoding = {"x": x, "y": y, **more.pop("encoding", {})}
    return {"data": {"values": list(rows)}, "mark": {"type": mark, "color": color, **more}, "encoding": encoding}


def number(field: str, title: str, **more: Any) -> Spec:
    """Returns the channel of a number."""
    return {"field": field, "type": "quantitative", "title": title, **more}


def diagonal(x: Spec, y: Spec, low: float = 0.0, high: float = 1.0) -> Spec:
    """Returns the line on which both are the same, as a layer."""
    ends = [{x["field"]: end, y["field"]: end} for end in (low, high)]
    return layer(ends, "line", x, y, color=MUTED, strokeDash=[3, 4], strokeWidth=1)


def svg(layers: Sequence[Spec], description: str, height: int = HEIGHT, **more: Any) -> str:
    """Draws a chart.

    Args:
        layers: what it is made of.
        description: what it shows, for those who cannot see it.
        height: of the plot, in pixels.
        more: other properties of a Vega-Lite specification.
    """
    import vl_convert  # brings a JavaScript engine, which only this needs

    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",  # a name; nothing is fetched
        "width": WIDTH,
        "height": height,
        "layer": list(layers),
        "config": _CONFIG,
        **more,
    }
    drawn = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    # The style sheet gives the size; the view box is there already.
    body = drawn[drawn.index("viewBox") :]
    label = html.escape(description)
    return f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" aria-label="{label}" {body}'
