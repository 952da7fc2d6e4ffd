"""What ExampleGen is told: where the examples come from, and how they are divided."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from turnstile import span_pattern
from turnstile.local_path import LocalPath
from turnstile.section import Section, day, wrong

# TFX's RangeConfig has 32 bits for a span.
_LARGEST_SPAN = 2**31 - 1


def _span(value: Any) -> int | datetime.date | None:
    """Reads a span from TOML or the command line, where it is a string."""
    if not re.fullmatch(r"-?[0-9]+", str(value)):
        return None if value is None else day(value, "an integer, or a date as YYYY-MM-DD")
    if not 0 <= int(value) <= _LARGEST_SPAN:
        raise wrong(f"expected an integer from 0 to {_LARGEST_SPAN}")
    return int(value)


class DataConfig(Section):
    """Where the examples come from.

    Data that arrives by day or by number has TFX's placeholders in its path: `trips/{YYYY}-{MM}-{DD}.csv`, or
    `trips/{SPAN}/*.parquet`. {VERSION} beside them stands for the latest version of a day. {SPAN:3} and {VERSION:3}
    have three digits, with leading zeros.

    An empty cell is a missing value. In a column of numbers, so are blanks, a dash, and `NA`, `N/A`, `#N/A`, `<NA>`,
    `NaN`, `null`, `None` and `\\N`, in capital or small letters. In a column of text these are values like any other.
    """

    path: LocalPath = Field(
        description="A .csv or .parquet file, a folder of them, or a path with placeholders.",
    )
    span: Annotated[int | datetime.date | None, BeforeValidator(_span)] = Field(
        default=None,
        description="The day to read (YYYY-MM-DD), or the number for {SPAN}; by default the latest there is.",
    )
    null_values: tuple[str, ...] = Field(
        default=(),
        description='Text that means a missing value in every column, as it stands in the file: `["?", "unknown"]`.',
    )
    schema_path: LocalPath | None = Field(
        default=None,
        description="The reviewed schema, a .pbtxt file; without it, a schema is inferred from each run's data.",
    )

    @model_validator(mode="after")
    def _consistent(self) -> DataConfig:
        if fault := span_pattern.fault(self.path, self.span):
            raise wrong(fault)
        return self


class SplitConfig(Section):
    """How examples are divided: by a stable hash, so a row stays in its split when rows are added."""

    train: int = Field(
        default=4,
        ge=1,
        description="Parts of the data to train on; 4 of 5 by default.",
    )
    eval: int = Field(
        default=1,
        ge=1,
        description="Parts of the data to evaluate on.",
    )
    by: str | tuple[str, ...] | None = Field(
        default=None,
        description="Column, or columns, whose rows with equal values stay in one split; by default the whole row.",
    )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of `by`; none means the whole row."""
        return (self.by,) if isinstance(self.by, str) else self.by or ()
