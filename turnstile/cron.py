"""Checks a cron expression, so that a slip in it is told when the config is read and not by a scheduler at night."""

from __future__ import annotations

import re

PRESETS = ("@hourly", "@daily", "@weekly", "@monthly", "@yearly")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# Of each field, its least and greatest value, and the names of the values. Kubeflow knows no 7 for Sunday.
_FIELDS: dict[str, tuple[int, int, tuple[str, ...]]] = {
    "minute": (0, 59, ()),
    "hour": (0, 23, ()),
    "day of the month": (1, 31, ()),
    "month": (1, 12, _MONTHS),
    "day of the week": (0, 6, _DAYS),
}
_PART = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?")


def fault(expression: str) -> str | None:
    """Returns what is wrong with an expression, by the rules that Airflow and Kubeflow share; None if nothing is.

    Args:
        expression: five fields, each a list of *, a value or a range, with a step if wanted: "*/15 8-18 * * mon-fri";
            or one of PRESETS.
    """
    fields = expression.split()
    if expression.startswith("@"):
        return None if expression in PRESETS else f"expected one of {', '.join(PRESETS)}"
    if len(fields) != len(_FIELDS):
        return (
            f'expected five fields ({", ".join(_FIELDS)}), such as "30 4 * * *" for every day at 4:30, or one of '
            f"{', '.join(PRESETS)}; there are {len(fields)}"
        )
    told = (_field_fault(name, field) for name, field in zip(_FIELDS, fields, strict=True))
    return next(filter(None, told), None)


def _field_fault(name: str, field: str) -> str | None:
    least, greatest, names = _FIELDS[name]
    if all(_is_part(part, least, greatest, names) for part in field.lower().split(",")):
        return None
    called = f", or {names[0]} to {names[-1]}" if names else ""
    return f"{name} '{field}': expected *, {least} to {greatest}{called}, a range 'a-b', a list 'a,b', or a step '*/n'"


def _is_part(part: str, least: int, greatest: int, names: tuple[str, ...]) -> bool:
    found = _PART.fullmatch(part)
    if not found or found["step"] == "0":
        return False
    ends = [_value(word, least, names) for word in (found["first"], found["last"]) if word]
    return all(least <= value <= greatest for value in ends) and ends == sorted(ends)


def _value(word: str, least: int, names: tuple[str, ...]) -> int:
    """Returns a value as a number; one that is out of any range for a word that is none."""
    if word in names:
        return least + names.index(word)
    return int(word) if word.isascii() and word.isdigit() else -1
