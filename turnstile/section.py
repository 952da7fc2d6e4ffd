"""What every table of a config file shares: it is frozen, and an unknown key names the nearest known one."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Callable
from typing import Any

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError


def nearest(word: str, valid: list[str]) -> str:
    """Returns ". Did you mean 'x'?" for the valid name most like `word`, or "." when none is like it."""
    close = difflib.get_close_matches(word, valid, n=1)
    return f". Did you mean '{close[0]}'?" if close else "."


def wrong(message: str) -> PydanticCustomError:
    """Returns the error for a value of the right type that makes no sense."""
    return PydanticCustomError("wrong", "{message}", {"message": message})


def without(fault: Callable[[str], str]) -> AfterValidator:
    """Returns what checks a text, for Annotated: `fault` says what is wrong with it, and "" if nothing is."""

    def checked(text: str) -> str:
        if found := fault(text):
            raise wrong(found)
        return text

    return AfterValidator(checked)


def unknown_name(what: str, name: str, valid: list[str], prefix: str = "") -> PydanticCustomError:
    """Returns the error for a name that is none of `valid`; it lists them, and proposes the nearest."""
    return wrong(f"{prefix}unknown {what} '{name}'; expected one of: {', '.join(valid)}{nearest(name, valid)}")


def day(value: Any, expected: str = "a date as YYYY-MM-DD") -> datetime.date:
    """Reads a date, given as one (in TOML) or as text (on the command line); its error says what was expected."""
    if type(value) is datetime.date:  # and not a moment of a day
        return value
    try:
        return datetime.datetime.strptime(str(value), "%Y-%m-%d").date()
    except ValueError:
        raise wrong(f"expected {expected}") from None


class Section(BaseModel):
    """A table of the TOML file. Frozen; an unknown key is an error that names the nearest known one."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        for key in data if isinstance(data, dict) else ():
            if key not in cls.model_fields:
                raise unknown_name("key", key, sorted(cls.model_fields))
        return data
