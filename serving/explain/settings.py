"""How rows are explained: what a command may choose, and the defaults."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How rows are explained.

    Attributes:
        compared: with how many background rows each row is compared, if there are so many.
        pairs: how many pairs of orders are drawn for each of these, at least 2; see shapley.Sampling.
        seed: what they are drawn by.
        background: the file of rows to compare with; None for those that the version carries.
    """

    compared: int = 32  # as many as a version carries
    pairs: int = 2  # the fewest that tell how far chance goes; docs/explain.md has the errors
    seed: int = 0
    background: str | None = None
