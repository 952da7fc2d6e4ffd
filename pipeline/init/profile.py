"""What there is to know of a column before anything is chosen for it: facts, no judgement."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from components.example_gen.column_types import ColumnType

_WORDS_OF_A_NAME = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# Different values whose length in words is looked at: enough for a mean.
_READ = 2_000


@dataclass(frozen=True)
class Profile:
    """A column, and what its values are.

    Attributes:
        name: the column's name.
        kind: what all its values are.
        column: a value for each row, null where there is none.
    """

    name: str
    kind: ColumnType
    column: pa.Array

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the name in small letters: customer, id for customerID and for customer_id."""
        return tuple(word.lower() for word in _WORDS_OF_A_NAME.findall(self.name))

    @property
    def is_number(self) -> bool:
        """Whether the values are numbers."""
        return self.kind in (ColumnType.INT, ColumnType.FLOAT)

    @cached_property
    def filled(self) -> int:
        """The rows with a value."""
        return len(self.column) - self.column.null_count - int(np.isnan(self.numbers).sum())

    @property
    def missing(self) -> float:
        """The share of rows without a value."""
        return 1 - self.filled / max(1, len(self.column))

    @cached_property
    def row_numbers(self) -> np.ndarray:
        """A number for each row, NaN where there is none; of a column of numbers."""
        return self.column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)

    @cached_property
    def numbers(self) -> np.ndarray:
        """The numbers that are there, in the order of the rows; none of a column of text."""
        present = self.column.drop_null()
        if not self.is_number:
            return np.zeros(0)
        return present.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)

    @cached_property
    def finite(self) -> np.ndarray:
        """The numbers that are there and finite."""
        return self.numbers[np.isfinite(self.numbers)]

    @cached_property
    def whole(self) -> bool:
        """Whether all values are whole numbers, 7.0 among them."""
        return self.is_number and bool(len(self.finite)) and bool(np.all(self.finite == np.floor(self.finite)))

    @cached_property
    def counts(self) -> dict[str | int | float, int]:
        """How many rows have each value, the most frequent first."""
        values: pa.Array = self.column.drop_null()
        if self.kind == ColumnType.BYTES:
            values = text(values)
        elif self.kind == ColumnType.FLOAT:
            values = pa.array(self.finite)
        found = values.value_counts()
        keys, rows = found.field(0).to_pylist(), found.field(1).to_numpy()
        keys = [int(key) for key in keys] if self.whole else keys
        return {keys[i]: int(rows[i]) for i in np.argsort(-rows, kind="stable")}

    @property
    def distinct(self) -> int:
        """How many different values there are."""
        return len(self.counts)

    def in_rows(self, least: int) -> tuple[int, float]:
        """How many values stand in `least` rows or more, and which share of the filled rows they cover."""
        frequent = [rows for rows in self.counts.values() if rows >= least]
        return len(frequent), sum(frequent) / max(1, self.filled)

    @cached_property
    def mean_words(self) -> float:
        """How many words a value has, on average."""
        values = [str(value) for value in list(self.counts)[:_READ]]
        return sum(len(value.split()) for value in values) / max(1, len(values))

    def all_match(self, pattern: re.Pattern[str]) -> bool:
        """Whether every value, without the blanks around it, is as a pattern says."""
        return bool(self.counts) and all(pattern.fullmatch(str(value).strip()) for value in self.counts)


def text(values: pa.Array) -> pa.Array:
    """Returns bytes as text; what is not UTF-8 is replaced."""
    try:
        return values.cast(pa.string())
    except pa.ArrowInvalid:
        return pa.array([None if v is None else v.decode(errors="replace") for v in values.to_pylist()], pa.string())


def skewness(numbers: np.ndarray) -> float:
    """The third standardised moment: 0 for a symmetric distribution, 2 for an exponential one."""
    deviation = numbers - numbers.mean()
    spread = deviation.std()
    return float((deviation**3).mean() / spread**3) if spread > 0 else 0.0
