"""What the columns mean: the kinds of features and of labels a config can name."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from turnstile.section import Section, wrong

# The types of columns, as a schema names them, that a feature or a label can be made from.
_NUMBERS, _INTEGERS, _STRINGS = ("INT", "FLOAT"), ("INT",), ("BYTES",)


class Numeric(Section):
    """A measured quantity: z-score, optionally of sign(x) * log(1 + |x|).

    `buckets` > 0 adds an embedding of its quantile bucket, for effects that are not smooth.
    """

    types: ClassVar[tuple[str, ...]] = _NUMBERS
    kind: Literal["numeric"]
    log: bool = False
    buckets: int = Field(default=0, ge=0)


class Bucketized(Section):
    """A quantity whose neighbourhood matters, not its size: an embedding of its quantile bucket."""

    types: ClassVar[tuple[str, ...]] = _NUMBERS
    kind: Literal["bucketized"]
    buckets: int = Field(ge=2)


class Vocabulary(Section):
    """Strings: an embedding of the `top_k` most frequent; the others share `oov_buckets` by hash."""

    types: ClassVar[tuple[str, ...]] = _STRINGS
    kind: Literal["vocabulary"]
    top_k: int = Field(default=1000, ge=1)
    oov_buckets: int = Field(default=1, ge=1)


class Categorical(Section):
    """Small integers 0 to size - 1 that name something (an hour, an area): an embedding of each."""

    types: ClassVar[tuple[str, ...]] = _INTEGERS
    kind: Literal["categorical"]
    size: int = Field(ge=2)


Feature = Annotated[Numeric | Bucketized | Vocabulary | Categorical, Field(discriminator="kind")]


class BinaryLabel(Section):
    """Two-valued: a 0/1 column, or any column of which `positive` is the value that counts as 1.

    `positive = true` is for a column of true and false, in a CSV file in capital or small letters.
    """

    task: ClassVar[str] = "binary"
    kind: Literal["binary"]
    column: str
    positive: bool | int | str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The raw columns the label is derived from."""
        return (self.column,)

    @property
    def types(self) -> tuple[str, ...]:
        """The types of columns the label can be made from; its given values decide where it has any."""
        return _NUMBERS if self.positive is None else _types_of(self.positive)


class RatioAboveLabel(Section):
    """1 where numerator > threshold * denominator."""

    task: ClassVar[str] = "binary"
    kind: Literal["ratio_above"]
    numerator: str
    denominator: str
    threshold: float

    @property
    def columns(self) -> tuple[str, ...]:
        """The raw columns the label is derived from."""
        return (self.numerator, self.denominator)

    @property
    def types(self) -> tuple[str, ...]:
        """The types of columns the label can be made from."""
        return _NUMBERS


class MulticlassLabel(Section):
    """One of `classes`, all strings or all integers, in the order their probabilities are served."""

    task: ClassVar[str] = "multiclass"
    kind: Literal["multiclass"]
    column: str
    classes: tuple[str, ...] | tuple[int, ...] = Field(min_length=2)

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
    """A number."""

    task: ClassVar[str] = "regression"
    kind: Literal["regression"]
    column: str

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
