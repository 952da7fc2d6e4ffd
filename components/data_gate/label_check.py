"""Holds what a split's label columns hold against the label of the config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.data_gate.feature_check import TRAIN, odd_values
from components.data_gate.fixes import classes_line, positive_line
from components.data_gate.observed import Observed, number, some
from turnstile.labels import BinaryLabel, Label, MulticlassLabel, RegressionLabel

_CLASSES_NAMED = 12  # of a config's classes, before the rest is only counted
_TYPES = {"INT": "a whole number", "FLOAT": "a number", "BYTES": "text"}


@dataclass(frozen=True)
class LabelFaults:
    """What is wrong with a split's labels: a sentence or two each."""

    refusals: Sequence[str] = ()
    warnings: Sequence[str] = ()


def label_faults(columns: Mapping[str, Observed], label: Label, split: str, rows: int) -> LabelFaults:
    """Returns each way in which rows of the split have no usable label.

    Args:
        columns: what the split holds.
        label: the label of the config.
        split: its name, for the messages. A class may be absent from another split than the one that is learned from.
        rows: how many it has.
    """
    refusals: list[str] = []
    for name in label.columns:
        refusals += [
            f"split '{split}': column '{name}' {fault}" for fault in _of_column(columns.get(name), label, rows)
        ]
    seen = columns.get(label.columns[0])
    if refusals or seen is None:
        return LabelFaults(refusals)
    absent = [f"split '{split}': column '{seen.name}' {fault}" for fault in _absent(seen, label)]
    is_fault = split == TRAIN or label.task == "binary"
    return LabelFaults(absent) if is_fault else LabelFaults(warnings=absent)


def _of_column(seen: Observed | None, label: Label, rows: int) -> list[str]:
    """What is wrong with single values."""
    if seen is None:
        return ["is missing; the label is made from it. Fix the data, or name another column in [label] of the config"]
    if seen.count and seen.type not in label.types:
        return [_of_another_type(seen, label)]
    faults = []
    if (missing := rows - seen.count) > 0:
        faults.append(
            f"is empty in {missing:,} of {rows:,} rows; the label is made from it. "
            "Remove those rows, or fill the column in"
        )
    if seen.infinite:
        faults.append(
            f"holds an infinite value (seen: {seen.in_words()}); the label is made from it. "
            "Remove those rows, or correct them; a number beyond 3.4e38 is read as infinite"
        )
    if isinstance(label, RegressionLabel) and label.log and seen.low < 0:
        faults.append(
            f"holds numbers below 0 (seen: {seen.in_words()}); [label] has log = true, which takes numbers from 0 on. "
            "Remove those rows, or correct them; or take log = true out of [label]"
        )
    return [*faults, *_no_class(seen, label)]


def _of_another_type(seen: Observed, label: Label) -> str:
    wanted = " or ".join(_TYPES[type_] for type_ in label.types)
    odd = odd_values(seen) if seen.type == "BYTES" else []
    if odd and len(odd) < len(seen.values):  # numbers, but for some cells
        what, fix = f"Not a number: {seen.in_words(odd)}", "Remove those rows, or correct them"
    else:
        what, fix = f"Seen: {seen.in_words()}", "Fix the data"
    if line := _line(seen, label):
        fix += f", or write under [label]: {line}"
    return (
        f"holds {_TYPES.get(seen.type, seen.type)}; a label of kind '{label.kind}' needs {wanted} here. {what}. {fix}"
    )


def _line(seen: Observed, label: Label) -> str:
    """The line of [label] that would suit the column, if there is one."""
    if isinstance(label, BinaryLabel):
        return "" if label.of_quantity else positive_line(seen, label.positive)
    return classes_line(seen) if isinstance(label, MulticlassLabel) else ""


def _classes(label: Label) -> list[str]:
    """The only values a label column may hold; none for a label that has no such list."""
    if isinstance(label, MulticlassLabel):
        return [str(value) for value in label.classes]
    two_values = isinstance(label, BinaryLabel) and label.positive is None and not label.of_quantity
    return ["0", "1"] if two_values else []


def _no_class(seen: Observed, label: Label) -> list[str]:
    known = _classes(label)
    unknown = _unknown(seen, known) if known and seen.count else ""
    if not unknown:
        return []
    return [f"holds {unknown}; the label may only be {_list(known, label)}. Fix the data{_other_label(seen, label)}"]


def _other_label(seen: Observed, label: Label) -> str:
    """What to write in the config where its values are right, and the config is not."""
    line = _line(seen, label)
    if isinstance(label, MulticlassLabel):
        return f", or write under [label]: {line}" if line else ", or name these values in the classes of [label]"
    return f", or write under [label] the value that counts as 1, such as: {line}" if line else ""


def _unknown(seen: Observed, known: Sequence[str]) -> str:
    """The values that are none of the classes; "" if there is none. Of some numbers, only the range is known."""
    if seen.values:
        odd = [value for value in seen.values if value not in known]
        return seen.in_words(odd) if odd else ""
    ends = dict.fromkeys(number(end) for end in (seen.low, seen.high))
    if odd := [end for end in ends if end not in known]:
        return ", ".join(odd)
    return "" if seen.only_0_or_1 or known != ["0", "1"] else "numbers between 0 and 1"


def _list(values: Sequence[str], label: Label) -> str:
    return some([f"'{value}'" if label.types == ("BYTES",) else value for value in values], _CLASSES_NAMED)


def _absent(seen: Observed, label: Label) -> list[str]:
    """What never occurs: a class that no row has can neither be learned nor measured."""
    if isinstance(label, BinaryLabel):
        return _on_one_side(seen, label) if label.of_quantity else _one_sided(seen, label)
    if not isinstance(label, MulticlassLabel) or not seen.complete:
        return []
    absent = [str(value) for value in label.classes if str(value) not in seen.values]
    if not absent:
        return []
    line = classes_line(seen)
    return [
        f"never holds {_list(absent, label)}, which [label] names as a class: it can be neither learned nor "
        f"measured. Seen: {seen.in_words()}. "
        f"Add such rows, or take the class out of the config{f': {line}' if line else ''}"
    ]


def _on_one_side(seen: Observed, label: BinaryLabel) -> list[str]:
    """What is wrong if all values are on one side of the label's number."""
    always = label.counts(seen.low)
    if always != label.counts(seen.high):
        return []
    side = f"above {label.above:g}" if label.above is not None else f"below {label.below:g}"
    return [
        f"is {'always' if always else 'never'} {side}, which [label] counts as 1; there is nothing to tell apart. "
        f"Seen: {seen.in_words()}. Add rows of the other class, or write another number under [label]"
    ]


def _one_sided(seen: Observed, label: BinaryLabel) -> list[str]:
    positive = "1" if label.positive is None else str(label.positive)
    if seen.complete:
        same = str.casefold if isinstance(label.positive, bool) else str  # True, TRUE and true are one
        values = {same(value) for value in seen.values}
        always, never = values == {same(positive)}, same(positive) not in values
    elif seen.type == "BYTES":
        return []
    else:
        always, never = seen.low == seen.high == float(positive), not seen.low <= float(positive) <= seen.high
    if never:
        fix = (
            "Add such rows"
            if label.positive is None
            else f"Add such rows, or write under [label]: {_line(seen, label)}"
        )
        return [
            f"never holds {_list([positive], label)}, the positive value of the label. Seen: {seen.in_words()}. {fix}"
        ]
    return (
        [f"holds nothing but {_list([positive], label)}; there is nothing to tell apart. Add rows of the other class"]
        if always
        else []
    )
