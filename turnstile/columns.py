"""What the columns mean: the kinds of features and of labels a config can name."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from turnstile.section import Section, wrong

# The types of columns, as a schema names them, that a feature or a label can be made from.
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


class BinaryLabel(Section):
    """A label of two values, whose probability of 1 is learned."""

    task: ClassVar[str] = "binary"
    kind: Literal["binary"]
    column: str = Field(description="Column with the label.")
    positive: bool | int | str | None = Field(
        default=None,
        description="Value of the column that counts as 1, such as `true`; by default the column holds 0 and 1.",
    )

    @property
    def columns(self) -> tuple[str, ...]:
        """The raw columns the label is derived from."""
        return (self.column,)

    @property
    def types(self) -> tuple[str, ...]:
        """The types of columns the label can be made from; its given values decide where it has any."""
        return _NUMBERS if self.positive is None else _types_of(self.positive)


class RatioAboveLabel(Section):
    """A label that is 1 where numerator > threshold * denominator, and else 0."""

    task: ClassVar[str] = "binary"
    kind: Literal["ratio_above"]
    numerator: str = Field(description="Column above the line.")
    denominator: str = Field(description="Column below the line.")
    threshold: float = Field(description="Ratio above which the label is 1.")

    @property
    def columns(self) -> tuple[str, ...]:
        """The raw columns the label is derived from."""
        return (self.numerator, self.denominator)

    @property
    def types(self) -> tuple[str, ...]:
        """The types of columns the label can be made from."""
        return _NUMBERS


class MulticlassLabel(Section):
    """A label that is one of several classes."""

    task: ClassVar[str] = "multiclass"
    kind: Literal["multiclass"]
    column: str = Field(description="Column with the class.")
    classes: tuple[str, ...] | tuple[int, ...] = Field(
        min_length=2,
        description="All values of the column, strings or integers, in the order in which their probabilities are "
        "served.",
    )

    @property
    def columns(self) -> tuple[str, ...]:
        """The raw columns the label is derived from."""
        return (self.column,)

    @property
    def types(self) -> tuple[str, ...]:
        """The types of columns the label can be made from; its given values decide where it has any."""
        return _types_of(self.classes[0])

    @model_validator(mode="after")
    def _distinct(self) -> MulticlassLabel:
        if len(set(self.classes)) < len(self.classes):
            raise wrong("classes names a class twice; name each once")
        return self


class RegressionLabel(Section):
    """A label that is a number."""

    task: ClassVar[str] = "regression"
    kind: Literal["regression"]
    column: str = Field(description="Column with the number.")

    @property
    def columns(self) -> tuple[str, ...]:
        """The raw columns the label is derived from."""
        return (self.column,)

    @property
    def types(self) -> tuple[str, ...]:
        """The types of columns the label can be made from."""
        return _NUMBERS


def _types_of(value: str | bool | int) -> tuple[str, ...]:
    return _STRINGS if isinstance(value, str | bool) else _INTEGERS  # examples have true and false as text


Label = Annotated[BinaryLabel | RatioAboveLabel | MulticlassLabel | RegressionLabel, Field(discriminator="kind")]

# The served output that predicts the label, by the label's task.
PREDICTION = {"binary": "probability", "multiclass": "probabilities", "regression": "value"}
