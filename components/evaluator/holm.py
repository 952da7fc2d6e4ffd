"""Holm's correction: what the chance of each finding is worth, where many were looked at."""

from __future__ import annotations

from collections.abc import Sequence


def corrected(chances: Sequence[float]) -> list[float]:
    """Raises each chance such that it holds for all of them at once.

    If whatever has a corrected chance of at most c is called real, the chance that anything is called so that is not
    is at most c, however many there are. Source: Holm, A simple sequentially rejective multiple test procedure,
    Scandinavian Journal of Statistics 6 (1979).

    Args:
        chances: of each, that chance alone made what was measured, or more; in any order.

    Returns:
        The corrected chances, in the same order.
    """
    raised, least = [0.0] * len(chances), 0.0
    for rank, number in enumerate(sorted(range(len(chances)), key=chances.__getitem__)):
        least = max(least, min(chances[number] * (len(chances) - rank), 1.0))
        raised[number] = least
    return raised
