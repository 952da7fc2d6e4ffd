"""What is predicted: the kinds of labels a config can name."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import BeforeValidator, Field, field_validator, model_validator

from turnstile.section import Section, wrong

# The types of columns, as a schema names them, that a label can be made from.
_NUMBERS, _INTEGERS, _STRINGS = ("INT", "FLOAT"), ("INT",), ("BYTES",)


def _decision(value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if value in ("f1", "balance") or (is_number and 0 < value < 1):
        return value
    raise wrong('expected "f1", "balance" or a probability between 0 and 1')


# From which probability on a binary label is 1.
Decision = Annotated[Literal["f1", "balance"] | float, BeforeValidator(_decision)]
_DECISION = Field(
    default=0.5,
    description='Probability from which on the model predicts 1; `"f1"` or `"balance"` chooses it on held-out rows, '
    "for the best F1 or for the best mean recall of the classes.",
)


class BinaryLabel(Section):
    """A label of two values. The model learns the probability of 1.

    Give at most one of `positive`, `above` and `below`.
    """

    task: ClassVar[str] = "binary"
    kind: Literal["binary"]
    column: str = Field(description="Column with the label.")
    positive: bool | int | str | None = Field(
        default=None,
        description="Value of the column that counts as 1, such as `true`; by default the column holds 0 and 1.",
    )
    above: float | None = Field(
        default=None,
        description="Number above which the column counts as 1; a value equal to it counts as 0.",
    )
    below: float | None = Field(
        default=None,
        description="Number below which the column counts as 1; a value equal to it counts as 0.",
    )
    decision: Decision = _DECISION

    @property
    def columns(self) -> tuple[str, ...]:
        """The raw columns the label is derived from."""
        return (self.column,)

    @property
    def types(self) -> tuple[str, ...]:
        """The types of columns the label can be made from; its given values decide where it has any."""
        return _NUMBERS if self.positive is None else _types_of(self.positive)

    @property
    def of_quantity(self) -> bool:
        """Whether the label says on which side of a number the column is; if not, the column holds two values."""
        return self.above is not None or self.below is not None

    def counts(self, quantity: float) -> bool:
        """Returns whether a quantity is on the side that counts as 1."""
        return (self.above is not None and quantity > self.above) or (self.below is not None and quantity < self.below)

    @model_validator(mode="after")
    def _one_rule(self) -> BinaryLabel:
        if len(given := [name for name in ("positive", "above", "below") if getattr(self, name) is not None]) > 1:
            raise wrong(f"{' and '.join(given)} each say what counts as 1; keep one of them")
        return self


class RatioAboveLabel(Section):
    """A label that is 1 where numerator > threshold * denominator, and else 0."""

    task: ClassVar[str] = "binary"
    kind: Literal["ratio_above"]
    numerator: str = Field(description="Column above the line.")
    denominator: str = Field(description="Column below the line.")
    threshold: float = Field(description="Ratio above which the label is 1.")
    decision: Decision = _DECISION

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

    @field_validator("classes", mode="before")
    @classmethod
    def _no_booleans(cls, classes: Any) -> Any:
        if isinstance(classes, list | tuple) and any(isinstance(value, bool) for value in classes):
            raise wrong('true and false are a label of two values; write kind = "binary" and positive = true')
        return classes

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
    log: bool = Field(
        default=False,
        description="Whether to learn log(1 + number), for numbers from 0 on of which a few are very large; the model "
        "still answers the number itself.",
    )

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
# The task of each kind of label, as a config names it.
TASKS = {
    get_args(label.model_fields["kind"].annotation)[0]: label.task
    for label in (BinaryLabel, RatioAboveLabel, MulticlassLabel, RegressionLabel)
}

# The served output that predicts the label, by the label's task; and the one that says which class it is.
PREDICTION = {"binary": "probability", "multiclass": "probabilities", "regression": "value"}
ANSWER = "label"
