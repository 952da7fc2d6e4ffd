"""Says what a column holds that its use in the config does not allow, and which line of the config to write."""

from __future__ import annotations

import json
from collections.abc import Mapping

from components.example_gen.column_rules import REST, Rules, Seen, Use, Want
from components.example_gen.column_types import ColumnType

# Values of a column that a message names, and the characters of each.
_NAMED = 5
_SHOWN = 40

_NO = {
    Want.ANY: ("does not fit in an example", "do not fit in an example"),
    Want.NUMBER: ("is no number", "are no numbers"),
    Want.WHOLE: ("is no whole number", "are no whole numbers"),
    Want.FLAG: ("is neither true nor false", "are neither true nor false"),
    Want.TEXT: ("is a number, not text", "are numbers, not text"),
}


def of_columns(seen: Mapping[str, Seen], rules: Rules) -> list[str]:
    """Returns a sentence or more for each column that does not hold what the config needs of it."""
    found = []
    for name, column in seen.items():
        use = rules.use(name)
        if column.odd:
            found.append(f"{column.path}: {_odd(name, column, use)}")
        elif use.key and not column.filled and name not in (rules.types or {}):
            found.append(_empty(name, use))
    return found


def _odd(name: str, column: Seen, use: Use) -> str:
    total, different = column.odd.total(), [value for value in column.odd if value != REST]
    shown = ", ".join(_quoted(value) + _times(column.odd[value]) for value in different[:_NAMED])
    more = " and others" if len(column.odd) > _NAMED else ""
    values = "1 value that" if total == 1 else f"{total:,} values that"
    what = f"column '{name}' has {values} {_NO[use.want][total > 1]}: {shown}{more}"
    return f"{what}; {_needs(name, use)}. {_advice(name, different, use)}"


def _times(count: int) -> str:
    return f" ({count:,} times)" if count > 1 else ""


def _quoted(value: str) -> str:
    return json.dumps(value if len(value) <= _SHOWN else value[:_SHOWN] + "...", ensure_ascii=False)


def _needs(name: str, use: Use) -> str:
    if use.key == "features":
        return f"features.{name} of the config is of kind '{use.kind}'"
    if not use.key:
        return "the config names the column for its slices or its split"
    return f"[label] of the config is of kind '{use.kind}'"


def _advice(name: str, odd: list[str], use: Use) -> str:
    """What to write instead, by what the values look like."""
    if use.key == "features" and use.want is Want.WHOLE and all(map(_is_number, odd)):
        return f'If it is a quantity, write under [features]: {name} = {{ kind = "numeric" }}'
    if use.key == "features":
        text = f'If the column is text, write under [features]: {name} = {{ kind = "vocabulary" }}'
        return f"{text}. {_missing(odd)}"
    if not use.key:
        return "Write the column as text, or take it out of [release] and [split]"
    if use.kind == "binary":
        return f"Write under [label] the value that counts as 1, such as: positive = {_positive(odd)}"
    if use.kind == "multiclass":
        return "Write under [label] the classes as they stand in the data, text in quotes"
    return f"Remove those rows, or correct the values. {_missing(odd)}"


def _missing(odd: list[str]) -> str:
    listed = ", ".join(map(json.dumps, odd[:_NAMED]))
    return f"If such values stand for a missing one, write under [data]: null_values = [{listed}]"


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


def unfit_type(name: str, type_: str, use: Use) -> str:
    """Says that a column of a Parquet file has a type that its use does not allow."""
    if use.want is Want.TEXT and use.key == "features":
        return (
            f"column '{name}' is {type_}; {_needs(name, use)}, which takes text, whole numbers and booleans. "
            f'Write under [features]: {name} = {{ kind = "numeric" }}, or write the column as text'
        )
    expected = "integers, floats, booleans, strings, bytes, or lists of them"
    out = f"remove {name} from [features]" if use.key == "features" else "leave it out"
    return f"column '{name}' is {type_}; expected {expected}. Convert it before it is written, or {out}"


def kinds_differ(name: str, kind: ColumnType, first: str, other: ColumnType) -> str:
    """Says that a column is text in one file and numbers in another."""
    return (
        f"column '{name}' is {kind.name}, in {first} it is {other.name}; the files of a split must have the same "
        "types. Write them anew with one of the two"
    )
