"""What ExampleGen is told: where the examples come from, and how they are divided."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from components.example_gen.window import EvalOn, Window
from turnstile import span_pattern
from turnstile.csv_dialect import Compression, Dialect
from turnstile.local_path import LocalPath
from turnstile.periods import Every
from turnstile.places import DataPath
from turnstile.section import Section, day, wrong

# TFX's RangeConfig has 32 bits for a span.
_LARGEST_SPAN = 2**31 - 1
# The property of the examples that says how many rows were left out, because they have no label.
LEFT_OUT = "rows_without_label"


def _span(value: Any) -> int | datetime.date | None:
    """Reads a span from TOML or the command line, where it is a string."""
    if not re.fullmatch(r"-?[0-9]+", str(value)):
        return None if value is None else day(value, "an integer, or a date as YYYY-MM-DD")
    if not 0 <= int(value) <= _LARGEST_SPAN:
        raise wrong(f"expected an integer from 0 to {_LARGEST_SPAN}")
    return int(value)


def _every(value: Any) -> Any:
    """Reads how far apart spans are."""
    number = isinstance(value, int) and not isinstance(value, bool) and value > 0
    if value is None or number or value in ("day", "month", "quarter"):
        return value
    raise wrong('expected "day", "month", "quarter", or a number of days')


class Reading(Section):
    """How the cells of data are read: in a run, and by those who ask a model about rows."""

    null_values: tuple[str, ...] = Field(
        default=(),
        description='Text that means a missing value in every column, as it stands in the file: `["?", "unknown"]`.',
    )
    separator: str = Field(
        default=",",
        description='Character between the columns of a CSV file, such as `";"` or `"\\t"` (a tab).',
    )
    decimal: Literal[".", ","] = Field(
        default=".",
        description="Character before the decimals of a number in a CSV file. With a comma, write 1234,5: 1.234,5 is "
        "not read as a number.",
    )
    compression: Compression | None = Field(
        default=None,
        description="Compression of CSV files whose names do not say it by .csv.gz, .csv.bz2 or .csv.zst.",
    )

    @property
    def dialect(self) -> Dialect:
        """How CSV files are written."""
        return Dialect(self.separator, self.decimal, self.compression)

    @field_validator("separator")
    @classmethod
    def _one_sign(cls, separator: str) -> str:
        if len(separator) != 1 or not separator.isascii() or separator in '"\r\n\0':
            raise wrong('expected one ASCII character other than a quote, such as ";" or "\\t" (a tab)')
        return separator


class DataConfig(Reading):
    """Where the examples come from.

    Data that arrives by day or by number has TFX's placeholders in its path: `trips/{YYYY}-{MM}-{DD}.csv`, or
    `trips/{SPAN}/*.parquet`. {VERSION} beside them stands for the latest version of a day. {SPAN:3} and {VERSION:3}
    have three digits, with leading zeros.

    An empty cell is a missing value. In a column of numbers, so are blanks, a dash, and `NA`, `N/A`, `#N/A`, `<NA>`,
    `NaN`, `null`, `None` and `\\N`, in capital or small letters. In a column of text these are values like any other.
    """

    path: DataPath = Field(
        description="A .csv or .parquet file, a folder of them, or a path with placeholders; on this machine, or under "
        "gs:// or s3://. A .csv.gz, .csv.bz2 or .csv.zst file is unpacked.",
    )
    span: Annotated[int | datetime.date | None, BeforeValidator(_span)] = Field(
        default=None,
        description="The day to read (YYYY-MM-DD), or the number for {SPAN}; by default the latest there is.",
    )
    window: int = Field(
        default=1,
        ge=1,
        description="Number of spans to read: the one that `span` says, and those before it.",
    )
    eval_on: EvalOn = Field(
        default="split",
        description='Rows that judge the model: `"split"` for a part of all, as [split] says; `"newest"` for those of '
        "the newest span, while it learns from the spans before.",
    )
    every: Annotated[Every | None, BeforeValidator(_every)] = Field(
        default=None,
        description='How far apart the spans of a path with dates are: `"day"`, `"month"`, `"quarter"`, or a number of '
        "days. With it, a run stops if a span of its window is missing.",
    )
    drop_missing_labels: bool = Field(
        default=False,
        description="Whether rows without a label are left out; by default they stop the run. With a label of kind "
        "`ratio_above`, a row is left out if it lacks either column.",
    )
    schema_path: LocalPath | None = Field(
        default=None,
        description="The reviewed schema, a .pbtxt file; without it, a schema is inferred from each run's data.",
    )

    @model_validator(mode="after")
    def _consistent(self) -> DataConfig:
        if fault := span_pattern.fault(self.path, self.span) or self._window_fault():
            raise wrong(fault)
        return self

    def _window_fault(self) -> str | None:
        if self.eval_on == "newest" and self.window < 2:
            return 'eval_on = "newest" leaves no span to learn from; write a window of at least 2'
        if self.window > 1 and not span_pattern.is_pattern(self.path):
            return f"window = {self.window}: path '{self.path}' has no placeholders, so it has no spans; add {{SPAN}}"
        if self.every is not None and "{YYYY}" not in self.path:
            return f"every: path '{self.path}' has no dates in it, and numbers count by one; remove the line"
        return None

    @property
    def spans(self) -> Window:
        """Which spans are read."""
        return Window(self.window, self.eval_on, self.every)


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
