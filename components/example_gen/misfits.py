"""Says what a column holds that its use in the config does not allow, and which line of the config to write."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

import pyarrow as pa

from components.example_gen.column_rules import REST, TEXT_OR_WHOLE, Rules, Seen, Use
from components.example_gen.column_types import ColumnType
from turnstile.columns import Want, are_written, is_boolean
from turnstile.feature_line import feature_line
from turnstile.times import is_iso, likely_unit

# Values of a column that a message names, and the characters of each.
_NAMED = 5
_SHOWN = 40
_EXPECTED = "integers, floats, booleans, strings, bytes, or lists of them"

_NO = {
    Want.ANY: ("does not fit in an example", "do not fit in an example"),
    Want.NUMBER: ("is not a number", "are not numbers"),
    Want.WHOLE: ("is not a whole number", "are not whole numbers"),
    Want.FLAG: ("is neither true nor false", "are neither true nor false"),
    Want.TEXT: ("is a number, not text", "are numbers, not text"),
    Want.TIME: ("is not a date or time", "are not dates or times"),
    Want.NAME: ("is neither text nor a whole number", "are neither text nor whole numbers"),
    Want.BOOLEAN: ("is neither true nor false", "are neither true nor false"),
}
_TAKES = {
    Want.ANY: "anything",
    Want.NUMBER: "numbers",
    Want.WHOLE: "whole numbers",
    Want.FLAG: "true and false",
    Want.TEXT: "text",
    Want.TIME: "dates and times such as 2015-03-01 and 2015-03-01 12:30:00",
    Want.NAME: "text and whole numbers",
    Want.BOOLEAN: "true and false, yes and no, t and f, y and n, 1 and 0",
}
_MADE_OF = {ColumnType.INT: "whole numbers", ColumnType.FLOAT: "numbers", ColumnType.BYTES: "text"}
_DECIMAL_COMMA = re.compile(r"[+-]?[\d.]*,\d+")
_UNIT = re.compile(r"[^\w.+-]?[+-]?\d[\d.]*\s*[^\W\d]{1,4}|[+-]?\d[\d.]*\s*%|[$€£]\s*\d[\d.,]*")
LIKE_A_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}")


def of_columns(seen: Mapping[str, Seen], rules: Rules) -> list[str]:
    """Returns a sentence or more for each column that does not hold what the config needs of it."""
    found = []
    for name, column in seen.items():
        use = rules.use(name)
        if column.odd:
            found.append(f"{column.path}: {_odd(name, column, use, rules.null_values)}")
        elif use.key and not column.filled and name not in (rules.types or {}):
            found.append(_empty(name, use))
    return found


def _odd(name: str, column: Seen, use: Use, listed: Sequence[str]) -> str:
    total, different = column.odd.total(), [value for value in column.odd if value != REST]
    shown = ", ".join(_quoted(value) + _times(column.odd[value]) for value in different[:_NAMED])
    more = " and others" if len(column.odd) > _NAMED else ""
    values = "1 value that" if total == 1 else f"{total:,} values that"
    what = f"column '{name}' has {values} {_NO[use.want][total > 1]}: {shown}{more}"
    rest_fits = use.want in (Want.NUMBER, Want.WHOLE) and column.kind > ColumnType.WORDS
    if use.key == "features":
        advice = _for_a_feature(name, different, use, rest_fits, listed)
    else:
        advice = _for_another(different, use, rest_fits)
    return f"{what}; {_needs(name, use)}. {advice}"


def _times(count: int) -> str:
    return f" ({count:,} times)" if count > 1 else ""


def _quoted(value: str) -> str:
    return json.dumps(value if len(value) <= _SHOWN else value[:_SHOWN] + "...", ensure_ascii=False)


def _needs(name: str, use: Use) -> str:
    if use.key == "features":
        return f"features.{name} of the config is of kind '{use.kind}', which takes {_TAKES[use.want]}"
    if not use.key:
        return "the config divides the rows by this column, in [split]"
    if use.kind == "binary" and use.want is Want.NUMBER:
        return "[label] of the config is of kind 'binary' and names no positive value, so it takes 0 and 1 only"
    return f"[label] of the config is of kind '{use.kind}', and takes {_TAKES[use.want]} here"


def _for_a_feature(name: str, odd: list[str], use: Use, rest_fits: bool, listed: Sequence[str]) -> str:
    """What to write instead, by what the values look like."""
    if use.want is Want.WHOLE and all(map(_is_number, odd)):
        return f"If it is a quantity, write under [features]: {feature_line(name, 'numeric')}"
    if not rest_fits and (line := _better(name, odd, use.want)):
        return f"Write under [features]: {line}"
    as_text = feature_line(name, "text" if are_written(odd) else "vocabulary")
    vocabulary = f"If the column is text, write under [features]: {as_text}"
    for looks, advice in (
        (LIKE_A_DATE, "Write the dates as 2015-03-01, for a feature of kind 'time'"),
        (_DECIMAL_COMMA, 'Write under [data]: decimal = ",", and no points between thousands'),
        (_UNIT, "Write the numbers without a unit"),
    ):
        if all(map(looks.fullmatch, odd)):
            return f"{advice}. {vocabulary}"
    return f"Correct those cells. {_missing(odd, listed)}. {vocabulary}" if rest_fits else vocabulary


def _better(name: str, odd: Sequence[str], want: Want) -> str:
    """The line of a kind that takes all odd values as they are; "" if no other kind is sure to."""
    if want is not Want.BOOLEAN and all(map(is_boolean, odd)):
        return feature_line(name, "boolean")
    if want is not Want.TIME:
        return feature_line(name, "time") if all(map(is_iso, odd)) else ""
    numbers = [float(value) for value in odd if _is_number(value)]
    unit = likely_unit(min(numbers), max(numbers)) if len(numbers) == len(odd) else None
    return feature_line(name, "time", unit=unit) if unit else ""


def _for_another(odd: list[str], use: Use, rest_fits: bool) -> str:
    """What to do where no feature is made of the column. A missing label would be refused, too."""
    if not use.key:
        return "Write the column as text, or take it out of [release] and [split]"
    if rest_fits:
        return "Remove those rows, or correct the values"
    if use.kind == "binary":
        return f"Write under [label] the value that counts as 1, such as: positive = {_positive(odd)}"
    if use.kind == "multiclass":
        return "Write under [label] the classes as they stand in the data, text in quotes"
    return "Remove those rows, correct the values, or name another column in [label]"


def _missing(odd: list[str], listed: Sequence[str]) -> str:
    values = ", ".join(json.dumps(value, ensure_ascii=False) for value in [*listed, *odd[:_NAMED]])
    more = " and add the others" if len(odd) > _NAMED else ""
    return f"If such values stand for a missing one, write under [data]: null_values = [{values}]{more}"


def _positive(odd: list[str]) -> str:
    if all(value.lower() in ("true", "false") for value in odd):
        return "true"
    likely = (value for value in odd if value.lower() in ("yes", "y", "t", "1", "positive", "pos"))
    value = next(likely, odd[0])
    return value if value.isdecimal() else _quoted(value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _empty(name: str, use: Use) -> str:
    step = (
        f"remove the line {name} = ... from [features]" if use.key == "features" else "name another column in [label]"
    )
    return f"column '{name}' has no value in any row; {_needs(name, use)}. Fill it in, or {step}"


def unfit_type(name: str, type_: pa.DataType, use: Use) -> str:
    """Says that a column of a Parquet file has a type that its use does not allow."""
    found, write = f"column '{name}' is {type_}", "Write under [features]: "
    if use.key != "features":
        return f"{found}; expected {_EXPECTED}. Convert it before it is written, or leave it out"
    needs = f"{found}; {_needs(name, use)}"
    if pa.types.is_date(type_) or pa.types.is_timestamp(type_):
        return f"{needs}. {write}{feature_line(name, 'time')}"
    if use.want is Want.TIME and pa.types.is_integer(type_):
        line = feature_line(name, "time", unit="s")
        return (
            f'{needs}. If they count from 1970, write under [features]: {line}, or the unit "ms", "us", "ns" or "day"'
        )
    if use.want in TEXT_OR_WHOLE:
        return f"{needs}. {write}{feature_line(name, 'numeric')}, or write the column as text"
    return f"{found}; expected {_EXPECTED}. Convert it before it is written, or remove {name} from [features]"


def kinds_differ(name: str, kind: ColumnType, first: str, other: ColumnType) -> str:
    """Says that a column is text in one file and numbers in another."""
    return (
        f"column '{name}' holds {_MADE_OF[kind]}, and in {first} {_MADE_OF[other]}; the files of a split must have the "
        "same types. Write the files again with one of the two"
    )
