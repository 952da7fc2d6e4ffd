"""What a config makes of the columns of a file: what each must hold, and what stands for a missing value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from components.example_gen.column_types import ColumnType
from turnstile import csv_dialect, null_values
from turnstile.columns import Feature, Want
from turnstile.csv_dialect import Dialect
from turnstile.labels import BinaryLabel, Label, MulticlassLabel

# Different odd values that are remembered, a few more than are shown; of the rest, how many there are.
_REMEMBERED = 20
REST = "\0"


# Columns that are always written as text.
ONLY_TEXT = (Want.TEXT, Want.FLAG, Want.TIME)
# Columns that are written as text or whole numbers, whichever they hold.
TEXT_OR_WHOLE = (Want.NAME, Want.BOOLEAN)


@dataclass(frozen=True)
class Use:
    """What a column is used for.

    Attributes:
        want: what it must hold.
        key: where the config says so: "features", "label", or "" of a column that nothing is learned from.
        kind: the kind of the feature or label, as the config names it.
    """

    want: Want = Want.ANY
    key: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Rules:
    """How columns are read.

    Attributes:
        uses: the uses by column; None if all columns are used, for whatever they are.
        words: small text that stands for a missing value in a column of numbers.
        null_values: text that stands for one in any column.
        types: the kinds that a reviewed schema names, by column; None if there is no such schema.
        dialect: how CSV files are written.
        labels: the columns without a value in which a row is left out.
    """

    uses: Mapping[str, Use] | None = None
    words: tuple[str, ...] = ()
    null_values: tuple[str, ...] = ()
    types: Mapping[str, ColumnType] | None = None
    dialect: Dialect = csv_dialect.PLAIN
    labels: tuple[str, ...] = ()

    def use(self, column: str) -> Use:
        """Returns what a column is used for."""
        return (self.uses or {}).get(column, Use())

    def used(self, column: str) -> bool:
        """Returns whether a column is needed at all."""
        return self.uses is None or column in self.uses

    def may_be_whole(self, column: str) -> bool:
        """Returns whether numbers with decimals are whole numbers if all decimals are 0, because the schema says so.

        pandas writes integers like this where one of them is missing.
        """
        reviewed = (self.types or {}).get(column)
        return reviewed == ColumnType.INT and self.use(column).want in (Want.NUMBER, Want.ANY)

    def resolved(self, kinds: Mapping[str, ColumnType], text: bool) -> dict[str, ColumnType]:
        """Returns as what each column is written.

        Args:
            kinds: the kinds of the values of each column.
            text: whether all values are text that only looks like numbers, as in a CSV file.
        """
        return {name: self._reviewed(name, self._needed(name, kind), text) for name, kind in kinds.items()}

    def _needed(self, name: str, kind: ColumnType) -> ColumnType:
        """What the column is used for decides."""
        want = self.use(name).want
        if want in ONLY_TEXT or (want in TEXT_OR_WHOLE and kind != ColumnType.INT):
            return ColumnType.BYTES
        if want is Want.ANY:
            return ColumnType.BYTES if kind == ColumnType.WORDS else kind
        if kind == ColumnType.WORDS:
            return ColumnType.EMPTY
        return ColumnType.INT if want is Want.WHOLE and kind == ColumnType.FLOAT else kind

    def _reviewed(self, name: str, kind: ColumnType, text: bool) -> ColumnType:
        """Today's values may all be whole, or look like numbers; the schema knows those of other days."""
        known = (self.types or {}).get(name, kind)
        if known == ColumnType.FLOAT and kind == ColumnType.INT and self.use(name).want is not Want.WHOLE:
            return ColumnType.FLOAT
        if known == ColumnType.BYTES and kind in (ColumnType.INT, ColumnType.FLOAT):
            want = self.use(name).want
            return ColumnType.BYTES if want in TEXT_OR_WHOLE or (text and want is Want.ANY) else kind
        return kind

    def as_json(self) -> dict[str, Any]:
        """Returns what from_json reads."""
        uses = None if self.uses is None else {c: [use.want.value, use.key, use.kind] for c, use in self.uses.items()}
        types = None if self.types is None else {name: kind.name for name, kind in self.types.items()}
        return {
            "uses": uses,
            "words": list(self.words),
            "null_values": list(self.null_values),
            "types": types,
            "dialect": asdict(self.dialect),
            "labels": list(self.labels),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Rules:
        """Reads what as_json returned."""
        uses, types = values["uses"], values["types"]
        return cls(
            None if uses is None else {column: Use(Want(want), *rest) for column, (want, *rest) in uses.items()},
            tuple(values["words"]),
            tuple(values["null_values"]),
            None if types is None else {name: ColumnType[kind] for name, kind in types.items()},
            Dialect(**values["dialect"]),
            tuple(values["labels"]),
        )


PLAIN = Rules()


@dataclass
class Seen:
    """What was seen of a column.

    Attributes:
        kind: the kind of its values.
        filled: whether it has any value.
        odd: values that are not what the column must hold, with how often each is there.
        path: the first file with such a value.
    """

    kind: ColumnType = ColumnType.EMPTY
    filled: bool = False
    odd: Counter[str] = field(default_factory=Counter)
    path: str = ""

    def add(self, other: Seen, path: str) -> None:
        """Adds what was seen elsewhere in the column, in a file."""
        self.path = self.path or (path if other.odd else "")
        self.kind, self.filled = max(self.kind, other.kind), self.filled or other.filled
        for value, count in other.odd.items():
            self.odd[value if value in self.odd or len(self.odd) < _REMEMBERED else REST] += count


def of_config(
    features: Mapping[str, Feature],
    label: Label,
    others: Iterable[str] = (),
    listed: Iterable[str] = (),
    types: Mapping[str, ColumnType] | None = None,
    dialect: Dialect = csv_dialect.PLAIN,
    drop_missing_labels: bool = False,
) -> Rules:
    """Returns the rules of a pipeline.

    Args:
        features: the features by column.
        label: what is predicted.
        others: columns that are used for something else: those that the rows are divided by.
        listed: data.null_values.
        types: the kinds that a reviewed schema names, if there is one.
        dialect: how CSV files are written.
        drop_missing_labels: whether rows without a label are left out.
    """
    uses = dict.fromkeys(others, Use())
    uses |= {name: Use(feature.want, "features", feature.kind) for name, feature in features.items()}
    by_number = isinstance(label, BinaryLabel) and label.of_quantity
    kind = "binary with above or below" if by_number else label.kind
    uses |= {column: Use(_of_label(label), "label", kind) for column in label.columns}
    labels = tuple(label.columns) if drop_missing_labels else ()
    return Rules(uses, null_values.WORDS, tuple(listed), types, dialect, labels)


def _of_label(label: Label) -> Want:
    value: Any = label.positive if isinstance(label, BinaryLabel) else None
    value = label.classes[0] if isinstance(label, MulticlassLabel) else value
    if isinstance(value, bool):
        return Want.FLAG
    if isinstance(value, str):
        return Want.TEXT
    return Want.NUMBER if value is None else Want.WHOLE
