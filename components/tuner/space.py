"""The space of the trials in keras-tuner's terms, and what it suggests as values of [training]."""

from __future__ import annotations

import json
from typing import Any, get_args

from keras_tuner import HyperParameters

from components.trainer.settings import TrainingConfig
from components.tuner.settings import TunerSettings, Values

_DIGITS = 3  # of a suggested number: more say nothing, and look in a config as if they did


def hyperparameters(settings: TunerSettings) -> HyperParameters:
    """Returns the space, whose defaults are the config's own values.

    A value that is none of the choices becomes one; of a range, the nearest end stands for a value outside.
    """
    space = HyperParameters()
    for key, values in settings.tuning.space.items():
        own = getattr(settings.training, key)
        if values.choices:
            # As JSON: keras-tuner knows no lists, and makes choices of one type only.
            choices = [_normal(key, value) for value in (*values.choices, own)]
            space.Choice(key, list(dict.fromkeys(map(json.dumps, choices))), default=json.dumps(own))
            continue
        make = space.Int if _is_whole(key) else space.Float
        default = _within(values, values.low if own is None else own)
        make(key, values.low, values.high, sampling="log" if values.log else "linear", default=default)
    return space


def training_of(suggested: dict[str, Any], settings: TunerSettings) -> TrainingConfig:
    """Returns [training] with the values that keras-tuner suggests, by key."""
    space = settings.tuning.space
    found = {key: _value(key, space[key], value) for key, value in suggested.items()}
    return TrainingConfig.model_validate(settings.training.model_dump() | found)


def _value(key: str, values: Values, suggested: Any) -> Any:
    if values.choices:
        return json.loads(suggested)
    # keras-tuner may round beyond an end, and so do we.
    return _within(values, suggested if _is_whole(key) else float(f"{suggested:.{_DIGITS}g}"))


def _within(values: Values, number: Any) -> Any:
    return type(number)(min(max(number, values.low), values.high))


def _normal(key: str, value: Any) -> Any:
    """Returns a value as [training] holds it, so that 0 and 0.0 are one choice."""
    return getattr(TrainingConfig(**{key: value}), key)


def _is_whole(key: str) -> bool:
    annotation = TrainingConfig.model_fields[key].annotation
    return int in (annotation, *get_args(annotation))
