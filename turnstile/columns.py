"""What the columns mean: the kinds of features and of labels a config can name."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from turnstile.section import Section, wrong


class Numeric(Section):
    """A measured quantity: z-score, optionally of sign(x) * log(1 + |x|).

    `buckets` > 0 adds an embedding of its quantile bucket, for effects that are not smooth.
    """

    kind: Literal["numeric"]
    log: bool = False
    buckets: int = Field(default=0, ge=0)


class Bucketized(Section):
    """A quantity whose neighbourhood matters, not its size: an embedding of its quantile bucket."""

    kind: Literal["bucketized"]
    buckets: int = Field(ge=2)


class Vocabulary(Section):
    """Strings: an embedding of the `top_k` most frequent; the others share `oov_buckets` by hash."""

    kind: Literal["vocabulary"]
    top_k: int = Field(default=1000, ge=1)
    oov_buckets: int = Field(default=1, ge=1)


class Categorical(Section):
    """Small integers 0 to size - 1 that name something (an hour, an area): an embedding of each."""

    kind: Literal["categorical"]
    size: int = Field(ge=2)


Feature = Annotated[Numeric | Bucketized | Vocabulary | Categorical, Field(discriminator="kind")]


class BinaryLabel(Section):
    """Two-valued: a 0/1 column, or any column of which `positive` is the value that counts as 1."""

    task: ClassVar[str] = "binary"
    kind: Literal["binary"]
    column: str
    positive: str | int | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The raw columns the label is derived from."""
        return (self.column,)


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


Label = Annotated[BinaryLabel | RatioAboveLabel | MulticlassLabel | RegressionLabel, Field(discriminator="kind")]
