"""Asks a model about rows in Arrow's columns, many at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import numpy as np
import pyarrow as pa

from serving.asking.kept_columns import KeptColumns
from serving.client.base import Client, ModelSpec, RawSignature
from serving.rows.answer_columns import Columns
from serving.rows.reading import Arrays, to_values
from serving.tables import inputs
from serving.tables.files import Table
from turnstile.aliases import columns_of
from turnstile.errors import UsageError

# Floats in the longest vector of a processor, 512 bits.
_VECTOR_ROWS = 16


class Reject(NamedTuple):
    """A row that no inputs can be made of.

    Attributes:
        row: its place among the rows, from 0.
        reason: which value is wrong; `conversion.converted` words it.
    """

    row: int
    reason: str


@dataclass(frozen=True)
class Answers:
    """What a model answered to some rows.

    Attributes:
        rows: how many it answered.
        columns: the kept columns, the answers and what explains them, by the names that they are written by.
        rejects: the rows that it was not asked about.
    """

    rows: int
    columns: Columns
    rejects: Sequence[Reject] = ()


class Asker:
    """Asks one model about the rows of tables that have the same columns. Several threads may use it.

    Args:
        client: sends the requests.
        spec: the model.
        signature: its inputs and outputs.
        names: the columns of the tables.
        kept: the columns to keep.
        decimal: the character before the decimals of a number in text.
        fill_up: whether requests are filled up to a multiple of 16 rows. The last rows of other requests are computed
            without the processor's vectors, and may differ in the last digit from what they are among more rows.
        explain: returns columns that explain the answers to rows, see serving.explain.columns; None for none.
    """

    def __init__(
        self,
        client: Client,
        spec: ModelSpec,
        signature: RawSignature,
        names: Sequence[str],
        kept: KeptColumns,
        decimal: str,
        fill_up: bool = False,
        explain: Callable[[pa.RecordBatch], Columns] | None = None,
    ):
        self.signature, self.names = signature, names
        self._client, self._spec, self._kept, self._decimal = client, spec, kept, decimal
        self._fill_up, self._explain = fill_up, explain
        self._columns = columns_of(tuple(signature.inputs), tuple(names))

    @property
    def columns(self) -> list[str]:
        """The columns that the model's inputs are made of."""
        return list(dict.fromkeys(self._columns.values()))

    def __call__(self, table: Table) -> Answers:
        """Asks about the rows.

        Raises:
            RefusedError: the model refused to answer.
        """
        cells, kept = table
        values, wrong = inputs.of_columns(cells, self._columns, self.signature.inputs, self._decimal)
        rejects = [Reject(int(row), self._reason(cells, int(row))) for row in np.flatnonzero(wrong)]
        if rejects:
            mask = pa.array(~wrong)
            cells = cells.filter(mask)
            kept = kept.filter(mask) if kept.num_columns else kept  # which has no length then
        if cells.num_rows and (rejects or (self._fill_up and cells.num_rows % _VECTOR_ROWS)):
            values, _ = inputs.of_columns(self._filled(cells), self._columns, self.signature.inputs, self._decimal)
        outputs = (
            self._client.predict(self._spec, cast(Arrays, values), self.signature).outputs if cells.num_rows else {}
        )
        outputs = {name: array[: cells.num_rows] for name, array in outputs.items()}
        columns: dict[str, Any] = {name: kept.column(column) for column, name in self._kept.names.items()}
        because = self._explain(cells) if self._explain and cells.num_rows else {}
        return Answers(cells.num_rows, {**columns, **outputs, **because}, rejects)

    def _filled(self, cells: pa.RecordBatch) -> pa.RecordBatch:
        """Repeats the last row until the rows fill the processor's vectors."""
        more = -cells.num_rows % _VECTOR_ROWS if self._fill_up else 0
        rows = np.arange(cells.num_rows + more).clip(max=cells.num_rows - 1)
        return cells.take(pa.array(rows)) if more else cells

    def _reason(self, cells: pa.RecordBatch, row: int) -> str:
        """Has the row converted value by value, which says what is wrong with it."""
        try:
            to_values(cells.slice(row, 1).to_pylist()[0], self.signature.inputs, row, self._decimal)
        except UsageError as error:
            return str(error).removeprefix(f"row {row}, ")
        raise AssertionError(f"row {row} was taken for a wrong one, and is none")
