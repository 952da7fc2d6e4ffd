"""The columns of the input that are written in front of the answers, so that each answer says which row it is for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from serving.rows.reading import Row
from turnstile.errors import UsageError

_PREFIX = "input_"


@dataclass(frozen=True)
class KeptColumns:
    """The columns to keep.

    Attributes:
        names: for each column of the input, its name among the answers.
    """

    names: Mapping[str, str]

    def check(self, row: Row) -> None:
        """Raises UsageError if a row, which should be the first one, lacks one of the columns."""
        for column in self.names:
            if column not in row:
                raise UsageError(
                    f"--keep {column}: the input has no such column; it has: {', '.join(map(str, row))}. "
                    "Choose one of these"
                )

    def of(self, row: Row) -> dict[str, Any]:
        """Returns what a row has in these columns, by the names they have in the answers; None where it has nothing."""
        return {name: row.get(column) for column, name in self.names.items()}

    def types(self, of_input: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the types of the answers' columns, by those that the input declares; None where it declares none."""
        return {name: of_input.get(column) for column, name in self.names.items()}


def kept_columns(columns: Iterable[str], answers: Collection[str]) -> KeptColumns:
    """Names the columns to keep: a column that is called like one of the answers' gets `input_` in front.

    Args:
        columns: the columns of the input; one that is there twice counts once.
        answers: the columns that the answers have without them.

    Raises:
        UsageError: the name with `input_` is taken as well.
    """
    columns = list(dict.fromkeys(columns))
    names = {column: _PREFIX + column if column in answers else column for column in columns}
    for column, name in names.items():
        if name != column and (name in answers or name in columns):
            raise UsageError(
                f"--keep {column}: the answers have a column '{column}' of their own, and '{name}' is taken, too. "
                "Rename the column in the input, or do not keep it"
            )
    return KeptColumns(names)
