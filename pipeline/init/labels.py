"""Which column is predicted, and as what: told by the user, or by a name that means just that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.init.kinds import LEAST_ROWS, takes_log
from pipeline.init.profile import Profile, text
from turnstile.errors import UsageError
from turnstile.labels import BinaryLabel, Label, MulticlassLabel, RegressionLabel
from turnstile.section import nearest

# Names that mean "what is to be predicted", the surest first; of a group, one column may be in the table.
_NAMES = (
    {"target", "label", "labels", "y", "outcome", "response", "dependent"},
    {"class", "churn", "churned", "survived", "exited", "default", "defaulted", "fraud", "is_fraud", "diagnosis"},
    {"species", "converted", "attrition", "late", "sold", "clicked", "approved"},
)
_POSITIVE = ("1", "yes", "y", "true", "t", "positive", "pos", "malignant", "m", "bad", "spam", "fraud", "churned")
_MOST_CLASSES = 100
_MOST_NUMBERED_CLASSES = 20  # more whole numbers than these are a count, or an amount
_RARE = 0.2  # share of a value below which most models never say it
_SHOWN = 8
_FEWEST = 20  # rows that something can be learned and judged of


@dataclass(frozen=True)
class LabelChoice:
    """What is predicted.

    Attributes:
        label: the [label] of the config.
        column: the column that it is made of.
        why: the reason for its kind, for a comment.
        warnings: what the user should know of it.
        missing: how many rows have no label, and are left out.
    """

    label: Label
    column: Profile
    why: str
    warnings: tuple[str, ...] = ()
    missing: int = 0


def find(profiles: Sequence[Profile], given: str | None) -> Profile | None:
    """Returns the column to predict; None if it cannot be told.

    Raises:
        UsageError: `given` is no column.
    """
    named = {profile.name: profile for profile in profiles}
    if given is not None:
        if given not in named:
            raise UsageError(
                f"--label: no column '{given}' in the data{nearest(given, list(named))} "
                f"The columns are: {', '.join(named)}"
            )
        return named[given]
    for names in _NAMES:
        found = [profile for profile in profiles if profile.name.lower() in names]
        if len(found) == 1:
            return found[0]
    return None


def candidates(profiles: Sequence[Profile]) -> list[str]:
    """Returns the columns that could be predicted: those of few values first, and of them the last in the table."""
    possible = [profile for profile in profiles[::-1] if profile.distinct > 1 and _kind(profile) is not None]
    return [p.name for p in sorted(possible, key=lambda p: not isinstance(_kind(p), BinaryLabel))]


def labelled(columns: Mapping[str, Profile], label: Profile) -> dict[str, Profile]:
    """Returns the columns in the rows that have a label."""
    if not label.column.null_count:
        return dict(columns)
    there = label.column.is_valid()
    return {name: Profile(name, column.kind, column.column.filter(there)) for name, column in columns.items()}


def choose(column: Profile, missing: int = 0) -> LabelChoice:
    """Returns what a label of the column's values is; `missing` is how many rows have none, and are left out.

    Raises:
        UsageError: no label can be made of them; the message says why.
    """
    if column.filled < _FEWEST:
        raise UsageError(f"{column.filled} rows have a label in '{column.name}'; expected {_FEWEST} at the very least")
    if len(column.finite) < len(column.numbers):
        raise UsageError(f"the label '{column.name}' has infinite values. Remove those rows, or correct them")
    label = _kind(column)
    if label is None:
        raise UsageError(
            f"no label can be made of column '{column.name}': it holds {column.distinct:,} different values in "
            f"{column.filled:,} rows ({_values(column)}). Expected two values, up to {_MOST_CLASSES} classes with "
            f"{LEAST_ROWS} rows each on average, or numbers; name another column with --label"
        )
    return LabelChoice(label, column, _why(label, column), tuple(_warnings(label, column)), missing)


def _kind(column: Profile) -> Label | None:
    values, name = list(column.counts), column.name
    if len(values) < 2:
        return None
    if len(values) == 2 and (column.whole or not column.is_number):
        return _decided(BinaryLabel(kind="binary", column=name, positive=_positive(column)), column)
    if not column.is_number:
        if column.distinct > _MOST_CLASSES or column.distinct * LEAST_ROWS > column.filled:
            return None
        return MulticlassLabel(kind="multiclass", column=name, classes=tuple(sorted(map(str, values))))
    if column.whole and _numbered(column):
        return MulticlassLabel(kind="multiclass", column=name, classes=tuple(sorted(map(int, values))))
    log = bool(column.finite.min() >= 0) and takes_log(column.finite)[0]
    return RegressionLabel(kind="regression", column=name, log=log)


def _numbered(column: Profile) -> bool:
    """Whether whole numbers are classes: all from 0 or 1 to a small one."""
    values = sorted(map(int, column.counts))
    counted = values[-1] - values[0] == len(values) - 1
    return counted and values[0] in (0, 1) and 2 < len(values) <= _MOST_NUMBERED_CLASSES


def _decided(label: BinaryLabel, column: Profile) -> BinaryLabel:
    """A probability of one half is reached of no row where one of the values is rare."""
    share = _ones(label, column).mean()
    if _RARE <= share <= 1 - _RARE:
        return label
    return label.model_copy(update={"decision": "f1" if share < _RARE else "balance"})


def _positive(column: Profile) -> bool | int | str | None:
    values = list(column.counts)
    if column.is_number:
        return None if set(values) == {0, 1} else max(map(int, values))
    small = {str(value).lower(): str(value) for value in values}
    if set(small) == {"true", "false"}:
        return True
    likely = next((small[word] for word in _POSITIVE if word in small), None)
    return likely if likely is not None else str(values[-1])  # the rarer one is what is looked for, mostly


def _why(label: Label, column: Profile) -> str:
    if isinstance(label, RegressionLabel):
        numbers = column.finite
        why = f"{column.distinct:,} numbers from {numbers.min():.6g} to {numbers.max():.6g}"
        return why + (", a few of them very large, so the model learns their logarithm" if label.log else "")
    rare = isinstance(label, BinaryLabel) and label.decision != BinaryLabel.model_fields["decision"].default
    return _values(column) + (
        ". One is rare, so training chooses the probability from which the model predicts 1" if rare else ""
    )


def _values(column: Profile) -> str:
    shares = [f"{value} {rows / column.filled:.1%}" for value, rows in list(column.counts.items())[:_SHOWN]]
    more = column.distinct - len(shares)
    return ", ".join(shares) + (f" and {more:,} more" if more > 0 else "")


def _warnings(label: Label, column: Profile) -> list[str]:
    if isinstance(label, RegressionLabel):
        return []
    rare = [f"{value} ({rows})" for value, rows in column.counts.items() if rows < 4 * LEAST_ROWS]
    if not rare:
        return []
    return [f"few rows have {', '.join(rare[:_SHOWN])}: what they have in common can hardly be learned or judged"]


def targets(choice: LabelChoice) -> np.ndarray:
    """Returns what a model learns: 1 or 0, the number of the class, or the number itself; one for each row."""
    label, column = choice.label, choice.column
    if isinstance(label, RegressionLabel):
        return column.row_numbers
    if isinstance(label, MulticlassLabel):
        values = column.row_numbers if column.is_number else None
        index = {value: i for i, value in enumerate(label.classes)}
        cells = text(column.column).to_pylist() if values is None else values.astype(int).tolist()
        return np.array([index[cell] for cell in cells])
    assert isinstance(label, BinaryLabel)
    return _ones(label, column).astype(int)


def _ones(label: BinaryLabel, column: Profile) -> np.ndarray:
    if column.is_number:
        return column.row_numbers == (1 if label.positive is None else label.positive)
    cells, positive = text(column.column), str(label.positive)
    if isinstance(label.positive, bool):
        cells, positive = pc.utf8_lower(cells), positive.lower()
    return pc.equal(cells, pa.scalar(positive, pa.string())).to_numpy(zero_copy_only=False)
