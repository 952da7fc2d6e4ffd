"""Explanations as columns beside the answers of `turnstile batch`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from serving.explain.explaining import Explainer
from serving.model.dtypes import DOUBLE
from serving.rows import reading
from turnstile.aliases import columns_of

# No feature's column has one of these names, since theirs all begin with _OF.
_BASE, _ERROR, _OF = "contribution_base", "contribution_error", "contribution_of_"


class Explaining:
    """Explains the rows of tables that have the same columns. Several threads may use it.

    Args:
        explainer: explains a row.
        inputs: the dtypes of the model's inputs.
        columns: the columns of the tables.
        decimal: the character before the decimals of a number in text.
    """

    def __init__(self, explainer: Explainer, inputs: Mapping[str, str], columns: Sequence[str], decimal: str):
        self._explainer, self._inputs, self._decimal = explainer, inputs, decimal
        named = columns_of(tuple(inputs), tuple(columns))
        self._names = [f"{_OF}{named.get(feature, feature)}" for feature in explainer.features]

    @property
    def types(self) -> dict[str, int]:
        """The columns: the mean score of the background, each contribution to it, and the largest standard error."""
        return dict.fromkeys([_BASE, *self._names, _ERROR], DOUBLE)

    def __call__(self, rows: pa.RecordBatch) -> dict[str, np.ndarray]:
        """Explains rows, none of which has a value that is not of its column's type.

        Raises:
            RefusedError: the model refused to answer.
        """
        found = [self._explainer(self._arrays(row)) for row in rows.to_pylist()]
        values = np.array([each.contributions.values for each in found])
        errors = np.array([each.contributions.errors.max() for each in found])
        base = np.array([each.base for each in found])
        return {_BASE: base, **dict(zip(self._names, values.T, strict=True)), _ERROR: errors}

    def _arrays(self, row: reading.Row) -> reading.Arrays:
        return reading.stack([reading.to_values(row, self._inputs, 1, self._decimal)], self._inputs)
