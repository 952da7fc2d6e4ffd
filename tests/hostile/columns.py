"""Columns as people export them: names, values, what stands for a missing one, the features that one could be."""

from __future__ import annotations

import datetime
import decimal
import json
from dataclasses import dataclass
from random import Random
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

NUMERIC, BUCKETS = '{ kind = "numeric", log = true, buckets = 3 }', '{ kind = "bucketized", buckets = 4 }'
VOCABULARY, CATEGORICAL = '{ kind = "vocabulary", top_k = 5 }', '{ kind = "categorical", size = 10 }'
TEXT, BOOLEAN, TIME = '{ kind = "text", top_k = 20, terms = 8 }', '{ kind = "boolean" }', '{ kind = "time" }'
FEATURES = ('{ kind = "numeric" }', NUMERIC, BUCKETS, VOCABULARY, CATEGORICAL, TEXT, BOOLEAN, TIME)
NUMBERS, WRITTEN = FEATURES[:3], (VOCABULARY, TEXT)

PLAIN = ("a", "b", "c", "d", "e", "f")
STRANGE = (
    "",
    " ",
    " a",
    "a ",
    "a.b",
    "a b",
    "1",
    "1a",
    "A",
    "größe",
    "数",
    "é",
    "e\u0301",
    "\u200b",
    "\ufeffa",
    "examples",
    "label",
    "numbers",
    "indices",
    "words",
    "outputs",
    "self",
    "None",
    'a"b',
    "a,b",
    "a\nb",
    "a:b",
    "a/b",
    "[red]",
    "[/]",
    "%s",
    "{SPAN}",
    "n" * 300,
    "b",
    "_a",
    "a_vocabulary",
    "a missing",
    "\t",
    "\x01",
)
MISSING = ("", "NA", "null", "N/A", "None", "-", "NaN", "nan", " ", "NULL", "#N/A", "?")


@dataclass(frozen=True)
class Kind:
    """Cells of one kind, and the features that are made of such a column."""

    cells: tuple[str, ...]
    fits: tuple[str, ...]


# Of a CSV file. "{row}" in a cell stands for the number of the row.
CELLS = {
    "integers": Kind(("0", "1", "7", "9", "-3"), (*NUMBERS, CATEGORICAL)),
    "floats": Kind(("0.5", "1.25", "-3e2", "7", "1e-30"), NUMBERS),
    "classes": Kind(("red", "green", "blue"), WRITTEN),
    "constant": Kind(("1",), FEATURES[:3]),
    "ids": Kind(("{row}",), FEATURES[:3]),
    "text ids": Kind(("id-{row}",), WRITTEN),
    "past int64": Kind(("9223372036854775808", "1", "-9223372036854775809", str(10**30)), FEATURES),
    "ends of int64": Kind(("9223372036854775807", "-9223372036854775808", "1"), FEATURES),
    "past float": Kind(("1e400", "-1e400", "1e39", "1.5"), NUMBERS),
    "not finite": Kind(("inf", "-inf", "nan", "Infinity", "2.5"), NUMBERS),
    "odd numbers": Kind(("007", " 1", "1 ", "+3", "1_000", "0x1f", "1.", ".5", "-0", "٣"), FEATURES),
    "formatted numbers": Kind(("1,000.5", "1.000,5", "12 %", "$4", "(3)", "1e"), WRITTEN),
    "booleans": Kind(("true", "false", "True", "FALSE"), (VOCABULARY, BOOLEAN)),
    "yes and no": Kind(("yes", "no", "y", "n"), (VOCABULARY, BOOLEAN)),
    "dates": Kind(("2026-11-28", "2026-02-30", "28/11/2026", "2026-11-28T09:15:00Z", "09:15"), WRITTEN),
    "empty": Kind(("",), FEATURES),
    "only NA": Kind(("NA",), FEATURES),
    "quotes": Kind(('5" pipe', '""', '"', "'", "it's", '"a","b"'), WRITTEN),
    "separators": Kind(("a,b", "a;b", "a\tb", "a|b", ","), WRITTEN),
    "line ends": Kind(("a\nb", "a\r\nb", "\n", "a\rb", "a\u2028b", "a\x0bb"), WRITTEN),
    "unicode": Kind(("größe", "数", "e\u0301", "\U0001f600", "\u200b", "\u202eabc", "\ufeffx"), WRITTEN),
    "control": Kind(("\x00", "\x01", "\x1b[31m", "a\x00b", "\x7f"), WRITTEN),
    "markup": Kind(("[red]", "[/]", "[/red]", "%s", "{0}", "\\", "$(x)"), WRITTEN),
    "blanks": Kind(("", " ", "  a", "a  ", "\t"), WRITTEN),
    "long": Kind(("x" * 5000, "y" * 200_000, "z"), WRITTEN),
    "integers, then text": Kind(("1", "2", "three"), WRITTEN),
    "integers, then floats": Kind(("1", "2", "3.5"), NUMBERS),
}

_MOMENT = datetime.datetime(2026, 11, 28, 9, 15)
# Of a Parquet file: Arrow's type, values, and the features that are made of them.
VALUES: tuple[tuple[pa.DataType, tuple[Any, ...], tuple[str, ...]], ...] = (
    (pa.int64(), (0, 1, 7, 2**63 - 1, -(2**63)), (*NUMBERS, CATEGORICAL)),
    (pa.int64(), (0, 1, 7, 9, -3), (*NUMBERS, CATEGORICAL, VOCABULARY)),
    (pa.float64(), (0.5, 1.25, -300.0, 7.0), NUMBERS),
    (pa.string(), ("red", "green", "blue"), WRITTEN),
    (pa.int8(), (0, 1, -128), (*NUMBERS, CATEGORICAL)),
    (pa.uint64(), (0, 1, 2**64 - 1), FEATURES),
    (pa.uint32(), (0, 1, 2**32 - 1), (*NUMBERS, CATEGORICAL)),
    (pa.float32(), (0.5, float("nan"), float("inf"), float("-inf")), NUMBERS),
    (pa.float64(), (1e300, -1e300, 5e-324, 1.0), NUMBERS),
    (pa.bool_(), (True, False), (*NUMBERS, CATEGORICAL, BOOLEAN)),
    (pa.string(), ("", " ", "größe", "a\x00b", "\n", "x" * 200_000), WRITTEN),
    (pa.large_string(), ("red", "green"), WRITTEN),
    (pa.binary(), (b"\xff\xfe", b"", b"a"), WRITTEN),
    (pa.list_(pa.int64()), ([], [1], [1, 2]), FEATURES),
    (pa.dictionary(pa.int32(), pa.string()), ("red", "green"), WRITTEN),
    (pa.dictionary(pa.int32(), pa.int64()), (3, 4), (*NUMBERS, CATEGORICAL)),
)
# The same of types that no feature is made of, or that are not read at all.
UNSUITED = (
    (pa.date32(), (datetime.date(2026, 11, 28), datetime.date(1, 1, 1)), (TIME,)),
    (pa.timestamp("us"), (_MOMENT,), (TIME,)),
    (pa.timestamp("ns", "UTC"), (_MOMENT,), (TIME,)),
    (pa.time64("us"), (datetime.time(9, 15),), FEATURES),
    (pa.duration("s"), (datetime.timedelta(days=1),), FEATURES),
    (pa.decimal128(10, 2), (decimal.Decimal("1.25"), decimal.Decimal("-3.00")), FEATURES),
    (pa.list_(pa.string()), (["a", None], ["b"], []), FEATURES),
    (pa.list_(pa.list_(pa.int64())), ([[1]], []), FEATURES),
    (pa.struct([("x", pa.int64())]), ({"x": 1}, {"x": None}), FEATURES),
    (pa.null(), (None,), FEATURES),
)


rarely = st.sampled_from((False,) * 9 + (True,))


@dataclass(frozen=True)
class Column:
    """A column of a table; `type` is Arrow's, None in a CSV file, where all values are text; `kind` is for people."""

    name: str
    type: pa.DataType | None
    values: list
    fits: tuple[str, ...]
    kind: str


@st.composite
def column(draw: st.DrawFn, plain: str, rows: int, parquet: bool) -> Column:
    """Draws a column named `plain`, or strangely."""
    name = draw(st.sampled_from(STRANGE)) if draw(rarely) else plain
    if parquet:
        type_, cells, fits = draw(st.sampled_from(UNSUITED if draw(rarely) else VALUES))
        kind = f"{type_} {cells!r:.20}"
    else:
        kind = draw(st.sampled_from(sorted(CELLS)))
        type_, cells, fits = None, CELLS[kind].cells, CELLS[kind].fits
    some = draw(st.lists(st.sampled_from(cells), min_size=1, max_size=4, unique_by=str))
    missing, share, arrange = None, draw(st.sampled_from((0, 0, 0, 0.1, 0.9))), Random(draw(st.integers(0, 99)))
    if share and not parquet:
        missing = draw(st.sampled_from(("",) * 12 + MISSING))
        kind = f"{kind}, {missing!r} for {share:.0%}"
    values = [missing if arrange.random() < share else _of_row(arrange.choice(some), row) for row in range(rows)]
    return Column(name, type_, values, fits, kind)


def row_number(rows: int, parquet: bool) -> Column:
    """A column that makes every row another, so that each split gets some."""
    numbers = list(range(rows)) if parquet else [str(row) for row in range(rows)]
    return Column("row", pa.int64() if parquet else None, numbers, (), "row numbers")


def _of_row(value: Any, row: int) -> Any:
    return value.replace("{row}", str(row)) if isinstance(value, str) else value


def toml_string(text: str) -> str:
    """Returns a text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
