"""What the columns mean: the kinds of features a config can name. The kinds of labels are in turnstile/labels.py."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from turnstile.section import Section

# The types of columns, as a schema names them, that a feature can be made from.
_NUMBERS, _INTEGERS, _STRINGS = ("INT", "FLOAT"), ("INT",), ("BYTES",)


class Numeric(Section):
    """A measured quantity, which becomes its z-score."""

    types: ClassVar[tuple[str, ...]] = _NUMBERS
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


class Bucketized(Section):
    """A quantity whose neighbourhood matters and not its size. It becomes an embedding of its quantile bucket."""

    types: ClassVar[tuple[str, ...]] = _NUMBERS
    kind: Literal["bucketized"]
    buckets: int = Field(ge=2, description="Number of quantile buckets.")


class Vocabulary(Section):
    """A string, which becomes an embedding of itself if it is frequent."""

    types: ClassVar[tuple[str, ...]] = _STRINGS
    kind: Literal["vocabulary"]
    top_k: int = Field(
        default=1000,
        ge=1,
        description="Number of strings, the most frequent ones, that have an embedding each.",
    )
    oov_buckets: int = Field(
        default=1,
        ge=1,
        description="Number of embeddings that all other strings share, by their hash.",
    )


class Categorical(Section):
    """A small integer that names something, such as an hour or an area. It becomes an embedding of its own."""

    types: ClassVar[tuple[str, ...]] = _INTEGERS
    kind: Literal["categorical"]
    size: int = Field(ge=2, description="Number of integers: they go from 0 to size - 1.")


Feature = Annotated[Numeric | Bucketized | Vocabulary | Categorical, Field(discriminator="kind")]
