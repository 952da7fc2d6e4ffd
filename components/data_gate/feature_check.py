"""Holds what a split's columns hold against the kinds of features that the config makes of them.

ExampleGen has looked at every cell of files on this machine. Of other files, the statistics see every cell first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from components.data_gate.fixes import is_number, line_for
from components.data_gate.observed import Observed, number
from turnstile.columns import Categorical, Feature, Time
from turnstile.times import is_iso

TRAIN = "train"  # the split that is learned from
_MADE_OF = {"INT": "whole numbers", "FLOAT": "numbers with decimals", "BYTES": "text"}


def misfits(
    columns: Mapping[str, Observed],
    features: Mapping[str, Feature],
    split: str,
    change_schema: str,
    unread: Collection[str] = (),
) -> dict[str, str]:
    """Returns a sentence or two for each feature that cannot be made of its column, by the column's name.

    Args:
        columns: what the split holds.
        features: the features of the config.
        split: its name. A column may hold nothing in another split than the one that is learned from.
        change_schema: what else there is to do when the config changes; "" where no schema was reviewed.
        unread: columns that the schema calls deprecated, so that Transform would not read them: an inferred one does so
            with a column that holds nothing in one of the splits.
    """
    found = {}
    for name, feature in features.items():
        seen = columns.get(name)
        if seen is None or not seen.count:
            fault = _without_values(name, seen, split) if split == TRAIN or name in unread else ""
        elif seen.type not in feature.types:
            fault = _of_another_type(seen, feature, change_schema)
        else:
            fault = _outside(seen, feature, change_schema) or _not_taken(seen, feature, change_schema)
        if fault:
            found[name] = f"split '{split}': column '{name}' {fault}"
    return found


def _without_values(name: str, seen: Observed | None, split: str) -> str:
    what = "is missing" if seen is None else "holds no value in any row"
    why = "nothing can be learned from it" if split == TRAIN else "what was learned from it cannot be measured"
    return (
        f"{what}, so {why}. "
        f"Fix the data, or take the feature out of the config: delete the line of {name} under [features]"
    )


def _of_another_type(seen: Observed, feature: Feature, change_schema: str) -> str:
    wanted = "numbers" if "FLOAT" in feature.types else " or ".join(_MADE_OF[type_] for type_ in feature.types)
    return (
        f"holds {_MADE_OF.get(seen.type, seen.type)}; kind '{feature.kind}' is made of {wanted}. "
        f"{_evidence(seen, feature)}. {_advice(seen, feature)}, "
        f"or write under [features]: {line_for(seen)}{change_schema}"
    )


def _evidence(seen: Observed, feature: Feature) -> str:
    """Of values that should be numbers, those that are none: five in forty thousand make the column text."""
    odd = odd_values(seen, integer=feature.types == ("INT",))
    if seen.type != "BYTES" or "BYTES" in feature.types:
        return f"Seen: {seen.in_words()}"
    if odd:
        return f"Not a number: {seen.in_words(odd)}"
    if seen.complete:
        return f"Seen: {seen.in_words()}: numbers, but as text; one cell that is no number makes a CSV column text"
    return f"Seen: {seen.in_words()}; a rarer value is no number"


def odd_values(seen: Observed, integer: bool = False) -> list[str]:
    """Returns the values that are not written as numbers, the most frequent first; with `integer`, as whole ones."""
    return [value for value in seen.values if not is_number(value, integer)]


def _advice(seen: Observed, feature: Feature) -> str:
    if seen.type != "BYTES":
        return "Store the column as text" if "BYTES" in feature.types else "Write the numbers without a decimal point"
    if any(map(is_iso, odd_values(seen))):
        return "Turn the dates into numbers, such as a month or the seconds since 1970"
    return "Correct those cells, or leave them empty"


def _not_taken(seen: Observed, feature: Feature, change_schema: str) -> str:
    """Of numbers, the least and the largest tell."""
    values = seen.values if seen.type == "BYTES" else [number(seen.low), number(seen.high)]
    odd = [value for value in values if not feature.takes(value)]
    if not odd:
        return ""
    unit = f' with unit = "{feature.unit}"' if isinstance(feature, Time) and feature.unit else ""
    return (
        f"holds {seen.in_words(odd)}, which kind '{feature.kind}'{unit} cannot be made of. "
        f"Fix the data, or write under [features]: {line_for(seen)}{change_schema}"
    )


def _outside(seen: Observed, feature: Feature, change_schema: str) -> str:
    """A categorical feature takes every integer outside of 0 to size - 1 as one: all of them tell nothing."""
    if not isinstance(feature, Categorical) or (seen.high >= 0 and seen.low < feature.size):
        return ""
    return (
        f"holds only whole numbers outside of 0 to {feature.size - 1}, which kind 'categorical' with size = "
        f"{feature.size} does not tell apart. Seen: {seen.in_words()}. "
        f"Fix the data, or write under [features]: {line_for(seen)}{change_schema}"
    )


def partly_outside(columns: Mapping[str, Observed], features: Mapping[str, Feature], split: str) -> list[str]:
    """Returns a warning for each categorical feature that takes some of its column's integers as one."""
    return [
        f"split '{split}': column '{name}' holds {columns[name].in_words()}; kind 'categorical' with size = "
        f"{feature.size} does not tell whole numbers outside of 0 to {feature.size - 1} apart. "
        f"If they differ in meaning, write under [features]: {line_for(columns[name])}"
        for name, feature in features.items()
        if isinstance(feature, Categorical) and _is_partly_outside(columns.get(name), feature.size)
    ]


def _is_partly_outside(seen: Observed | None, size: int) -> bool:
    if seen is None or seen.type != "INT" or not seen.count:
        return False
    return seen.low < 0 <= seen.high or seen.low < size <= seen.high
