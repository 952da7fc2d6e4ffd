"""Numbers of a model as JSON has them: the fewest digits from which float32 comes out as it was."""

from __future__ import annotations

from typing import Any

import numpy as np

from turnstile.errors import UsageError


def shortest(values: np.ndarray | np.generic) -> Any:
    """Returns a number, or the numbers of an array one after another, with as few digits as their precision needs."""
    if values.ndim:
        return [float(str(value)) for value in np.ravel(values)]
    return float(str(values))


def tensor(values: np.ndarray) -> dict[str, Any]:
    """Returns an array as the JSON files have it: its shape, and its values row by row."""
    return {"shape": list(values.shape), "values": shortest(values)}


def finite(what: str, *arrays: np.ndarray) -> None:
    """Checks that numbers are numbers.

    Raises:
        UsageError: one of them is infinite or not a number.
    """
    if not all(np.isfinite(values).all() for values in arrays):
        raise UsageError(
            f"{what}: some are no finite numbers, so the model cannot be exported. Look at the data, train again"
        )
