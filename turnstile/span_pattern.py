"""The text of a path with {YYYY}, {MM} and {DD}, or with {SPAN}: data that arrives by day or by number.

The rules are those of TFX's ExampleGens, without TFX's imports: a config with such a path is checked, and its files are
found, before TFX is loaded.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping

from turnstile import csv_dialect
from turnstile.places import Place, joined, place

Span = int | datetime.date

_DATE_WIDTHS = {"YYYY": 4, "MM": 2, "DD": 2}
_PLACEHOLDER = re.compile(r"\{([^{}/]*)\}")
_KNOWN = re.compile(r"YYYY|MM|DD|(SPAN|VERSION)(:[1-9]\d?)?")
_EPOCH = datetime.date(1970, 1, 1)


def is_pattern(path: str) -> bool:
    """Returns whether a path has placeholders."""
    return bool(_PLACEHOLDER.search(path))


def number(span: Span) -> int:
    """Returns a span as TFX counts: a date in days since 1970-01-01."""
    return (span - _EPOCH).days if isinstance(span, datetime.date) else span


def of_number(path: str, number: int) -> Span | None:
    """Returns what TFX gave the number of: a date if the path goes by day, None if it has no placeholders."""
    if "{YYYY}" in path:
        return _EPOCH + datetime.timedelta(days=number)
    return number if is_pattern(path) else None


def fault(path: str, span: Span | None) -> str | None:
    """Returns what is wrong with a path and a span as words; None if nothing is. Looks at no file."""
    placeholders = _PLACEHOLDER.findall(path)
    names = [placeholder.partition(":")[0] for placeholder in placeholders]
    dates = [name for name in _DATE_WIDTHS if name in names]
    if unknown := [placeholder for placeholder in placeholders if not _KNOWN.fullmatch(placeholder)]:
        valid = "{YYYY}, {MM}, {DD}, {SPAN} or {VERSION}, the last two also with a number of digits, as {SPAN:3}"
        return f"path '{path}' has the unknown placeholder '{{{unknown[0]}}}'; expected {valid}"
    if twice := [name for name in names if names.count(name) > 1]:
        return f"path '{path}' has {{{twice[0]}}} twice; expected it once"
    if dates and "SPAN" in names:
        return f"path '{path}' has {{SPAN}} and {{{dates[0]}}}; data arrives by number or by day, so keep one of them"
    if 0 < len(dates) < len(_DATE_WIDTHS):
        return f"path '{path}' has {{{dates[0]}}}; a day needs each of {{YYYY}}, {{MM}} and {{DD}}"
    if names == ["VERSION"]:
        return f"path '{path}' has {{VERSION}}; it needs {{SPAN}}, or {{YYYY}}, {{MM}} and {{DD}}, to be a version of"
    if names and not csv_dialect.ending(path):
        return f"path '{path}' must end in .csv or .parquet; for all such files of a folder, in /*.csv or /*.parquet"
    return None if span is None else _span_fault(path, span)


def _span_fault(path: str, span: Span) -> str | None:
    by_day = isinstance(span, datetime.date)
    if not is_pattern(path):
        placeholder = "{YYYY}, {MM} and {DD}" if by_day else "{SPAN}"
        return f"span {span}: path '{path}' has no {placeholder}, so there is nothing to choose. Leave the span out"
    if by_day and "{YYYY}" not in path:
        return f"span {span}: path '{path}' counts by {{SPAN}}; expected an integer"
    if not by_day and "{YYYY}" in path:
        return f"span {span}: path '{path}' goes by day; expected a date as YYYY-MM-DD"
    width = next((_name_and_width(one)[1] for one in _PLACEHOLDER.findall(path) if one.startswith("SPAN")), 0)
    if 0 < width < len(str(number(span))):
        return f"span {span}: path '{path}' has room for {width} digits"
    return None


def folder_and_pattern(path: str) -> tuple[Place, str]:
    """Splits a path with placeholders at the last folder before the first of them, or before the first * or ?."""
    parts = place(path).parts
    first = next(i for i, part in enumerate(parts) if set(part) & set("{*?"))
    return joined(parts[:first]), "/".join(parts[first:])


def filled(path: str, span: Span | None, version: int | None = None) -> str:
    """Returns a path with what is known in place of its placeholders, as TFX writes it: leading zeros if asked for."""
    values: dict[str, int | None] = {"VERSION": version}
    if isinstance(span, datetime.date):
        values |= {"YYYY": span.year, "MM": span.month, "DD": span.day}
    else:
        values |= {"SPAN": span}

    def written(placeholder: re.Match[str]) -> str:
        name, width = _name_and_width(placeholder[1])
        value = values.get(name)
        return placeholder[0] if value is None else str(value).zfill(width)

    return _PLACEHOLDER.sub(written, path)


def as_glob(path: str) -> str:
    """Returns a path with * in place of its placeholders."""
    return _PLACEHOLDER.sub("*", path)


def rules(path: str) -> str:
    """Says what stands in place of each placeholder."""
    widths = ((placeholder, _name_and_width(placeholder)[1]) for placeholder in _PLACEHOLDER.findall(path))
    return ", ".join(f"{{{name}}} is {f'{width} digits' if width else 'a number'}" for name, width in widths)


def values(path: str, file: str) -> Mapping[str, int] | None:
    """Returns what a file's name has in place of each placeholder; None if it is not named as the path asks.

    In `path`, [x] stands for x alone, as it does for `glob`.
    """
    parts = re.split(r"(\{[^{}/]*\}|\[.\]|\*|\?)", path)
    found = re.fullmatch("".join(map(_as_regex, parts)), file)
    if not found or not all(digits.isascii() and digits.isdigit() for digits in found.groups()):
        return None
    return {name: int(digits) for name, digits in found.groupdict().items()}


def span_of(values: Mapping[str, int]) -> Span | None:
    """Returns the day or the number among the values; None if they are no day of the calendar."""
    if "SPAN" in values:
        return values["SPAN"]
    try:
        return datetime.date(*(values[name] for name in _DATE_WIDTHS))
    except ValueError:
        return None


def _name_and_width(placeholder: str) -> tuple[str, int]:
    """Of {SPAN:3}, "SPAN" and 3; the width is 0 where none is asked for."""
    name, _, width = placeholder.partition(":")
    return name, int(width) if width else _DATE_WIDTHS.get(name, 0)


def _as_regex(part: str) -> str:
    if part in ("*", "?"):
        return "[^/]*" if part == "*" else "[^/]"
    if not (placeholder := _PLACEHOLDER.fullmatch(part)):
        return re.escape(part[1] if re.fullmatch(r"\[.\]", part) else part)
    name, width = _name_and_width(placeholder[1])
    return f"(?P<{name}>[^/]{{{width}}})" if width else f"(?P<{name}>[^/]*)"
