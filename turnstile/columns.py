"""What the columns mean: the kinds of features a config can name. The kinds of labels are in turnstile/labels.py."""

from __future__ import annotations

import enum
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from turnstile.null_values import is_word
from turnstile.section import Section

# The types of columns, as a schema names them, that a feature can be made from.
_NUMBERS, _INTEGERS, _STRINGS = ("INT", "FLOAT"), ("INT",), ("BYTES",)


class Want(enum.StrEnum):
    """What a cell of a column must hold."""

    ANY = "any"
    NUMBER = "number"
    WHOLE = "whole"  # whole numbers, 7.0 among them
    TEXT = "text"
    NAME = "name"  # text; or whole numbers, if the column holds nothing else
    FLAG = "flag"  # true or false, as text
    BOOLEAN = "boolean"  # a word of BOOLEANS, or 0 and 1


# The words that a boolean feature takes, in capital or small letters; pandas writes 1.0 where cells are missing.
BOOLEANS = {True: ("true", "yes", "t", "y", "1", "1.0"), False: ("false", "no", "f", "n", "0", "0.0")}


def is_boolean(value: str) -> bool:
    """Returns whether text says true or false."""
    return value.strip().lower() in BOOLEANS[True] + BOOLEANS[False]


class FeatureKind(Section):
    """What every kind of feature says of itself: the types of columns that it is made of, and what a cell must hold."""

    types: ClassVar[tuple[str, ...]]
    want: ClassVar[Want]

    def takes(self, value: str) -> bool:
        """Returns whether the feature can be made of a value of a fitting type, written as text."""
        return True


class Numeric(FeatureKind):
    """A measured quantity, which becomes its z-score."""

    types: ClassVar[tuple[str, ...]] = _NUMBERS
    want: ClassVar[Want] = Want.NUMBER
    kind: Literal["numeric"]
    log: bool = Field(
        default=False,
        description="Whether to take sign(x) * log(1 + |x|) first, for a quantity with a long tail.",
    )
    buckets: int = Field(
        default=0,
        ge=0,
        description="Number of quantile buckets to embed beside the z-score, for effects that are not smooth; "
        "0 means none.",
    )


class Bucketized(FeatureKind):
    """A quantity whose neighbourhood matters and not its size. It becomes an embedding of its quantile bucket."""

    types: ClassVar[tuple[str, ...]] = _NUMBERS
    want: ClassVar[Want] = Want.NUMBER
    kind: Literal["bucketized"]
    buckets: int = Field(ge=2, description="Number of quantile buckets.")


class Vocabulary(FeatureKind):
    """A string or a whole number that names something. It becomes an embedding of itself if it is frequent."""

    types: ClassVar[tuple[str, ...]] = ("BYTES", "INT")
    want: ClassVar[Want] = Want.NAME
    kind: Literal["vocabulary"]
    top_k: int = Field(
        default=1000,
        ge=1,
        description="Number of values, the most frequent ones, that have an embedding each.",
    )
    oov_buckets: int = Field(
        default=1,
        ge=1,
        description="Number of embeddings that all other values share, by their hash.",
    )


class Categorical(FeatureKind):
    """A small integer that names something, such as an hour or an area. It becomes an embedding of its own."""

    types: ClassVar[tuple[str, ...]] = _INTEGERS
    want: ClassVar[Want] = Want.WHOLE
    kind: Literal["categorical"]
    size: int = Field(ge=2, description="Number of integers: they go from 0 to size - 1.")


class Boolean(FeatureKind):
    """True or false, also as yes and no, t and f, y and n, or 1 and 0. It becomes an embedding of each of the two."""

    types: ClassVar[tuple[str, ...]] = ("BYTES", "INT")
    want: ClassVar[Want] = Want.BOOLEAN
    kind: Literal["boolean"]

    def takes(self, value: str) -> bool:
        """Returns whether a value is true or false, or stands for a missing one."""
        return is_boolean(value) or is_word(value)


Feature = Annotated[Numeric | Bucketized | Vocabulary | Categorical | Boolean, Field(discriminator="kind")]
