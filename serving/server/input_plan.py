"""Takes all inputs of a signature from JSON at once: the fast way, for requests that are plainly right."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np

from serving.model.saved_model import Signature
from serving.server.json_values import convert, flatten

Arrays = dict[str, np.ndarray]


class InputPlan:
    """The inputs of a signature by dtype: those of one dtype are converted together.

    Attributes:
        dtypes: the dtypes of the inputs, by name.
    """

    def __init__(self, signature: Signature):
        self.dtypes: dict[str, int] = {name: info.dtype for name, info in signature.inputs.items()}
        self._groups: dict[int, list[str]] = {}
        for name, dtype in self.dtypes.items():
            self._groups.setdefault(dtype, []).append(name)
        pick = itemgetter(*chain.from_iterable(self._groups.values()))
        self._pick: Callable[[dict], tuple] = pick if len(self.dtypes) > 1 else lambda row: (pick(row),)

    def flat_rows(self, rows: list[Any]) -> Arrays | None:
        """Converts rows that have a plain value for each input; None if they need a closer look."""
        try:
            if set(map(len, rows)) != {len(self.dtypes)}:
                return None
            if len(rows) == 1:
                return self._in_groups(self._pick(rows[0]), 1)
            columns = zip(*map(self._pick, rows), strict=True)
            return self._in_groups(list(chain.from_iterable(columns)), len(rows))
        except (TypeError, KeyError):  # a row that is no object, or has other names
            return None

    def flat_columns(self, columns: dict[str, Any]) -> Arrays | None:
        """Converts columns that are lists of plain values, all of one length; None if they need a closer look."""
        try:
            picked = self._pick(columns)
        except KeyError:
            return None
        if set(map(type, picked)) != {list} or len(set(map(len, picked))) > 1:
            return None
        return self._in_groups(list(chain.from_iterable(picked)), len(picked[0]))

    def nested_rows(self, rows: list[Any]) -> Arrays | None:
        """Converts rows that have lists for some inputs; None if they need a closer look."""
        arrays = {}
        try:
            if set(map(len, rows)) != {len(self.dtypes)}:
                return None
            for name, dtype in self.dtypes.items():
                array = nested([row[name] for row in rows], dtype)
                if array is None:
                    return None
                arrays[name] = array
        except (TypeError, KeyError):
            return None
        return arrays

    def _in_groups(self, values: Sequence[Any], rows: int) -> Arrays | None:
        """Converts the values of all inputs: those of the first group's first input, then of its second, and so on."""
        arrays, begin = {}, 0
        for dtype, names in self._groups.items():
            end = begin + rows * len(names)
            array = convert(values[begin:end], dtype)
            if array is None:
                return None
            for i, name in enumerate(names):
                arrays[name] = array[i * rows : (i + 1) * rows]
            begin = end
        return arrays


def nested(items: Sequence[Any], dtype: int) -> np.ndarray | None:
    """Makes a tensor of nested lists; None if they need a closer look."""
    flat = flatten(items)
    array = convert(flat[1], dtype) if flat else None
    return array if flat is None or array is None else array.reshape(flat[0])


_plans: weakref.WeakKeyDictionary[Signature, InputPlan] = weakref.WeakKeyDictionary()


def plan_of(signature: Signature) -> InputPlan:
    """Returns the plan of a signature, made at its first request."""
    found = _plans.get(signature)
    if found is None:
        found = _plans[signature] = InputPlan(signature)
    return found
