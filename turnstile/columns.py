"""What the columns mean: the kinds of features a config can name. The kinds of labels are in turnstile/labels.py."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from turnstile import times
from turnstile.null_values import is_word
from turnstile.section import Section

# Bytes of a text that are read for each term that is kept: a long text costs no more than one of so many, four average
# words.
BYTES_A_TERM = 24

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
    TIME = "time"  # text that turnstile.times.is_iso takes


# The words that a boolean feature takes, in capital or small letters; pandas writes 1.0 where cells are missing.
BOOLEANS = {True: ("true", "yes", "t", "y", "1", "1.0"), False: ("false", "no", "f", "n", "0", "0.0")}


def is_boolean(value: str) -> bool:
    """Returns whether text says true or false."""
    return value.strip().lower() in BOOLEANS[True] + BOOLEANS[False]


def are_written(values: Sequence[str]) -> bool:
    """Returns whether values are text that people have written, and no names: of three words or more, on average."""
    return sum(len(value.split()) for value in values) >= 3 * max(len(values), 1)


class FeatureKind(Section):
    """What every kind of feature says of itself."""

    of_types: ClassVar[tuple[str, ...]]
    of_cells: ClassVar[Want]
    sliceable: ClassVar[bool] = True  # whether its values are so few that slices can be made by it

    @property
    def types(self) -> tuple[str, ...]:
        """The types of columns, as a schema names them, that the feature can be made from."""
        return self.of_types

    @property
    def want(self) -> Want:
        """What a cell of the column must hold."""
        return self.of_cells

    def takes(self, value: str) -> bool:
        """Returns whether the feature can be made of a value of a fitting type, written as text."""
        return True


class Numeric(FeatureKind):
    """A measured quantity, which becomes its z-score."""

    of_types: ClassVar[tuple[str, ...]] = _NUMBERS
    of_cells: ClassVar[Want] = Want.NUMBER
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

    of_types: ClassVar[tuple[str, ...]] = _NUMBERS
    of_cells: ClassVar[Want] = Want.NUMBER
    kind: Literal["bucketized"]
    buckets: int = Field(ge=2, description="Number of quantile buckets.")


class Vocabulary(FeatureKind):
    """A string or a whole number that names something. Each frequent value has an embedding; the others share one, or
    as many as `oov_buckets` says.
    """

    of_types: ClassVar[tuple[str, ...]] = ("BYTES", "INT")
    of_cells: ClassVar[Want] = Want.NAME
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
    """A small integer that names something, such as an hour or an area. Each integer has an embedding."""

    of_types: ClassVar[tuple[str, ...]] = _INTEGERS
    of_cells: ClassVar[Want] = Want.WHOLE
    kind: Literal["categorical"]
    size: int = Field(ge=2, description="Number of integers: they go from 0 to size - 1.")


class Boolean(FeatureKind):
    """True or false, also as yes and no, t and f, y and n, or 1 and 0. Each of the two values has an embedding."""

    of_types: ClassVar[tuple[str, ...]] = ("BYTES", "INT")
    of_cells: ClassVar[Want] = Want.BOOLEAN
    kind: Literal["boolean"]

    def takes(self, value: str) -> bool:
        """Returns whether a value is true or false, or stands for a missing one."""
        return is_boolean(value) or is_word(value)


class Time(FeatureKind):
    """A date or a time: ISO 8601 text such as 2015-03-01, 2015-03-01 12:30:00 or 2015-03-01T12:30:00+01:00, a date or
    a timestamp of Parquet, or an integer with a unit.

    It becomes two z-scores (of the year, and of the whole time), and the sine and cosine of the month, the weekday and
    the hour. A time with an offset from UTC is converted to UTC; one without is taken as it is written.
    """

    sliceable: ClassVar[bool] = False
    kind: Literal["time"]
    unit: Literal["s", "ms", "us", "ns", "day"] | None = Field(
        default=None,
        description="Unit of a column of integers, counted from the beginning of 1970. Leave it out for text, dates "
        "and timestamps.",
    )

    @property
    def types(self) -> tuple[str, ...]:
        """The types of columns, as a schema names them, that the feature can be made from."""
        return _INTEGERS if self.unit else _STRINGS

    @property
    def want(self) -> Want:
        """What a cell of the column must hold."""
        return Want.WHOLE if self.unit else Want.TIME

    def takes(self, value: str) -> bool:
        """Returns whether a value is a time of the years 1 to 9999, or stands for a missing one."""
        if is_word(value):
            return True
        return times.in_range(float(value), self.unit) if self.unit else times.is_iso(value)


class Text(FeatureKind):
    """Text that people have written, in a language that separates words, such as a review. Its words, and the pairs of
    words that follow each other, become embeddings, which are added up.
    """

    of_types: ClassVar[tuple[str, ...]] = _STRINGS
    of_cells: ClassVar[Want] = Want.TEXT
    sliceable: ClassVar[bool] = False
    kind: Literal["text"]
    top_k: int = Field(
        default=10_000,
        ge=1,
        description="Number of terms (words, pairs, triples), the most frequent ones, that have an embedding each; "
        "others are left out.",
    )
    ngrams: int = Field(
        default=2,
        ge=1,
        le=3,
        description="Length of the longest runs of words: 1 for words alone, 2 for pairs too, 3 for triples too.",
    )
    terms: int = Field(
        default=256,
        ge=1,
        description="Largest number of different terms of one text, words first; only the first 24 bytes for each are "
        "read, 6,144 bytes by default.",
    )


Feature = Annotated[
    Numeric | Bucketized | Vocabulary | Categorical | Boolean | Time | Text, Field(discriminator="kind")
]
