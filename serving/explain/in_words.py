"""Explanations for people: a picture of the contributions to each row, and one of which features matter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from serving.explain.explained import Contribution, Explained, Importance, Row
from serving.explain.scores import Scale

WIDTH = 80  # of what goes to a file or a pipe, which has no width of its own
_SHOWN, _SHOWN_OVERALL = 8, 20  # features in a picture: few rows need more, and a picture fits a terminal
_REACH = 2.0  # standard errors within which chance moves a contribution, nearly always (95 %)
_BAR = 8  # characters of the longest bar, on either side of the middle
_LONGEST = {"feature": 22, "value": 14}  # characters that are shown; all columns together fit WIDTH
_CHANCE = "may be chance"


def pictures(explained: Explained, rows: int) -> RenderableType:
    """Draws explanations.

    Args:
        explained: the explanations.
        rows: how many of the rows to draw, from the first on.
    """
    parts: list[RenderableType] = [Text(_what(explained), style="dim")]
    for number, row in enumerate(explained.rows[:rows], start=1):
        parts += [Text(), *_row(number, row, explained.scale)]
    if len(explained.rows) > 1 and (found := explained.importances()):
        parts += [Text(), *_importances(found, explained)]
    return Group(*parts)


def _what(explained: Explained) -> str:
    file = explained.settings.background
    return f"{explained.model}, compared with {explained.compared} rows {f'of {file}' if file else 'that it carries'}"


def _row(number: int, row: Row, scale: Scale) -> list[RenderableType]:
    found, contributions = row.explanation, row.contributions()
    answer = ", ".join(f"{name} {_answer(value)}" for name, value in found.answer.items())
    heading = Text(f"row {number}: {answer}", style="bold")
    if not found.is_number:
        return [heading, Text("is not explained: the model's answer to it, or to a row like it, is no number")]
    reach = "" if found.base_error is None else f" ± {_REACH * found.base_error:.2g}"
    average = f"{scale.in_words(found.base)}{reach} on average"
    moved = f"{found.score - found.base:+.3g} here, so {scale.in_words(found.score)}"
    total = f"{scale.what(found.answer)}: {average}, {moved}"
    shown = [each for each in contributions[:_SHOWN] if each.value]
    table = _table("feature", "value", "contribution", "")
    for each in shown:
        table.add_row(each.feature, _given(each.given), _contribution(each), _bar(each, abs(shown[0].value)))
    if rest := contributions[len(shown) :]:
        table.add_row(_others(len(rest)), "", f"{sum(each.value for each in rest):+.3g}", "")
    return [heading, Text(total), Padding(table, (0, 0, 0, 2))]


def _importances(found: Sequence[Importance], explained: Explained) -> list[RenderableType]:
    rows = f"{len(explained.rows):,} rows"
    heading = f"what matters: the mean size of a contribution to the {explained.scale.unit}, {rows}"
    table = _table("feature", "size", "")
    for each in found[:_SHOWN_OVERALL]:
        table.add_row(each.feature, _size(each), "█" * round(2 * _BAR * each.value / (found[0].value or 1.0)))
    if rest := found[_SHOWN_OVERALL:]:
        table.add_row(_others(len(rest)), f"{sum(each.value for each in rest):.3g}", "")
    return [Text(heading, style="bold"), Padding(table, (0, 0, 0, 2))]


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in headings:
        table.add_column(heading, max_width=_LONGEST.get(heading), no_wrap=True)
        if heading in ("contribution", "size"):
            table.columns[-1].justify = "right"
    return table


def _others(count: int) -> str:
    return "1 other" if count == 1 else f"{count} others"


def _answer(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_answer, value))}]"
    return "null" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def _given(value: Any) -> str:
    return "missing" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def _contribution(each: Contribution) -> str:
    return f"{each.value:+.3g} ± {_REACH * each.standard_error:.2g}"


def _size(each: Importance) -> str:
    return f"{each.value:.3g}" + ("" if each.reach is None else f" ± {each.reach:.2g}")


def _bar(each: Contribution, most: float) -> Text:
    """Draws a contribution to the left or the right of a middle, unless chance alone may have made it."""
    if abs(each.value) <= _REACH * each.standard_error:
        return Text(f"{_CHANCE:^{2 * _BAR + 1}}", style="dim")
    bar = "█" * max(round(_BAR * abs(each.value) / most), 1)
    return Text(f"{bar:>{_BAR}}│") if each.value < 0 else Text(f"{'':{_BAR}}│{bar}")
