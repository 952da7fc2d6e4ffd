"""What the tuner is told: how many trials, and which values of [training] they try."""

from __future__ import annotations

from typing import Any

from pydantic import Field, ValidationError, model_validator

from components.trainer.settings import TrainingConfig
from turnstile.model_inputs import Columns
from turnstile.section import Section, unknown_name, wrong

# Keys of [training] that are no matter of taste: with another value, two losses are not of the same rows, or not the
# same loss; and a seed that is better is so by chance.
_FIXED = ("class_weights", "held_out", "loss", "seed")
TUNABLE = tuple(name for name in TrainingConfig.model_fields if name not in _FIXED)
RESULT = "result.json"  # in the folder of all tunings: what the last one found
_EXPECTED = "expected a list of values, or a range: { low = 0.001, high = 0.1, log = true }"


class Values(Section):
    """The values of one key that trials may try: a list of `choices`, or all from `low` to `high`."""

    choices: tuple[Any, ...] = Field(default=(), description="Values to choose from; a bare list is short for it.")
    low: float | None = Field(default=None, description="Smallest value of a range.")
    high: float | None = Field(default=None, description="Largest value of a range.")
    log: bool = Field(
        default=False,
        description="Whether a range is tried by factors, as a learning rate should be, and not by differences.",
    )

    @model_validator(mode="before")
    @classmethod
    def _short(cls, given: Any) -> Any:
        if isinstance(given, list | tuple):
            return {"choices": given}
        if not isinstance(given, dict | Values):
            raise wrong(f"{_EXPECTED}; got {given!r}")
        return given

    def check(self, key: str) -> None:
        """Raises a PydanticCustomError if these are no values of `key` under [training]."""
        if bool(self.choices) == (self.low is not None or self.high is not None) or (self.low is None) != (
            self.high is None
        ):
            raise wrong(f"tuning.space.{key}: {_EXPECTED}")
        if self.low is not None and self.high is not None:
            if self.low >= self.high:
                raise wrong(f"tuning.space.{key}: low has to be below high, got {self.low:g} and {self.high:g}")
            if self.log and self.low <= 0:
                raise wrong(f"tuning.space.{key}: a range with log = true begins above 0, got low = {self.low:g}")
        for value in self.choices or (self.low, self.high):
            _check_value(key, value)


def _check_value(key: str, value: Any) -> None:
    try:
        TrainingConfig(**{key: value})
    except ValidationError as error:
        message = error.errors()[0]["msg"]
        raise wrong(f"tuning.space.{key}: {message[0].lower()}{message[1:]}, got {value!r}") from error


# What trials change where the config does not say: it holds the defaults, and what other data sets were best with.
SPACE: dict[str, Any] = {
    "hidden_units": [[32], [64, 32], [128, 64], [256, 128], [128, 128, 64]],
    "heads": [4, 8, 16],
    "embedding_dim": [2, 4, 8, 16],
    "number_embedding_dim": [4, 8, 16],
    "dropout": {"low": 0, "high": 0.3},
    "learning_rate": {"low": 1e-3, "high": 2e-2, "log": True},
    "weight_decay": {"low": 1e-5, "high": 1e-1, "log": True},
}


class TuningConfig(Section):
    """What `turnstile tune` tries to find better values of `[training]`. A run does not look at it."""

    trials: int = Field(
        default=20,
        ge=1,
        description="Number of trials, each of which trains a model; those of an earlier `turnstile tune` count.",
    )
    minutes: float | None = Field(
        default=None,
        gt=0,
        description="Minutes after which no new trial begins; by default, only the number of trials ends the tuning.",
    )
    space: dict[str, Values] = Field(
        default={key: Values.model_validate(values) for key, values in SPACE.items()}, min_length=1
    )

    def check(self) -> None:
        """Raises a PydanticCustomError for a space of other keys or values than [training] takes."""
        for key, values in self.space.items():
            if key in _FIXED:
                raise wrong(f"tuning.space.{key}: cannot be tuned, for trials are compared by the same rows and loss")
            if key not in TUNABLE:
                raise unknown_name("key of [training]", key, sorted(TUNABLE), prefix="tuning.space: ")
            values.check(key)


class TunerSettings(Section):
    """All that Tuner needs of a config: `training` is what trials change, and the first trial as it is."""

    columns: Columns
    training: TrainingConfig
    tuning: TuningConfig
