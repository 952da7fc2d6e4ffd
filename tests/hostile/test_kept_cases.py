"""Tables that once ended in a traceback, each made as small as it goes: who reads them learns what people export."""

from __future__ import annotations

import datetime
import gzip
from pathlib import Path

import pyarrow as pa
import pytest

from tests.hostile.case import Case, Parquet
from tests.hostile.commands import outcomes

_ROWS = range(40)
_CONFIG = """
name = "kept"
[data]
path = "{path}"
{data}
[label]
kind = "binary"
column = "y"
[features]
a = {{ kind = "{kind}" }}
[release.overall]
auc = {{ min = 0.6 }}
"""
_NUMBERS = ("a", pa.int64(), list(_ROWS))
_LABELS = ("y", pa.int64(), [row % 2 for row in _ROWS])
_DAY = datetime.date(2026, 11, 28)


def _csv(cells: list[str], header: str = "a,y", line_end: str = "\n") -> bytes:
    rows = (f"{cells[row % len(cells)].format(row)},{row % 2}" for row in _ROWS)
    return (line_end.join([header, *rows]) + line_end).encode()


def _case(files: dict, path: str = "t.csv", kind: str = "numeric", data: str = "") -> Case:
    return Case(files, _CONFIG.format(path=path, kind=kind, data=data))


_GOOD = _csv(["{}"])
_PARQUET = Parquet((_NUMBERS, _LABELS))

# What it is, the case, and the exit codes of the run up to the data gate and of `schema infer`.
KEPT = [
    ("sub folder named as a file", _case({"t/1.csv": _GOOD, "t/3.csv": None}, "t"), (0, 0)),
    ("name that is a glob", _case({"t[1].csv": _GOOD}, "t[1].csv"), (0, 0)),
    ("folder whose name is a glob", _case({"a*b?/[x].csv": _GOOD}, "a*b?"), (0, 0)),
    ("folder named .csv of Parquet", _case({"t.csv/1.parquet": _PARQUET}), (0, 0)),
    ("hidden file", _case({"t/1.csv": _GOOD, "t/.3.csv": b"\x00", "t/_SUCCESS": b""}, "t"), (0, 0)),
    ("carriage returns", _case({"t.csv": _csv(["{}"], line_end="\r")}), (0, 0)),
    ("gzip named .csv", _case({"t.csv": gzip.compress(_GOOD, mtime=0)}), (11, 11)),
    ("UTF-16", _case({"t.csv": _GOOD.decode().encode("utf-16")}), (11, 11)),
    ("Latin-1 in the header", _case({"t.csv": _csv(["{}"], "größe,y").decode().encode("latin-1")}), (11, 11)),
    ("text for a missing number", _case({"t.csv": _csv(["{}", "-", "{}"])}), (0, 0)),
    ("text among numbers", _case({"t.csv": _csv(["{}", "three", "{}"])}), (11, 11)),
    ("markup in cells", _case({"t.csv": _csv(["[/red]", "[/]", "{}"])}, kind="vocabulary"), (0, 0)),
    (
        "dates that are no feature",
        _case({"t.parquet": Parquet((_NUMBERS, _LABELS, ("d", pa.date32(), [_DAY] * len(_ROWS))))}, "t.parquet"),
        (0, 0),
    ),
    ("column twice in Parquet", _case({"t.parquet": Parquet((_NUMBERS, _NUMBERS, _LABELS))}, "t.parquet"), (11, 11)),
    ("split by no column", _case({"t.csv": _GOOD}, data='[split]\nby = "b"'), (2, 11)),
    # Its first row is for training; TFDV calls the column deprecated then, and Transform would not read it.
    (
        "values in one split alone",
        _case(
            {
                "t.parquet": Parquet(
                    (("a", pa.int64(), [row if row == 0 else None for row in _ROWS]), _LABELS, ("row", *_NUMBERS[1:]))
                )
            },
            "t.parquet",
        ),
        (11, 0),
    ),
    (
        "null in a list",
        _case({"t.parquet": Parquet((("a", pa.list_(pa.int64()), [[1, None]] * len(_ROWS)), _LABELS))}, "t.parquet"),
        (11, 11),
    ),
]


@pytest.mark.parametrize(("case", "exit_codes"), [kept[1:] for kept in KEPT], ids=[kept[0] for kept in KEPT])
def test_a_kept_case(tmp_path: Path, case: Case, exit_codes: tuple[int, int]):
    found = outcomes(case, tmp_path)
    assert [outcome.fault for outcome in found if outcome.fault] == []
    assert tuple(outcome.exit_code for outcome in found) == exit_codes, "\n".join(outcome.words for outcome in found)
