"""Many rows at once are written as one row after another would be."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from serving.model.dtypes import BFLOAT16, FLOAT, NUMPY
from serving.rows.answer_columns import number_texts
from serving.rows.answer_file import AnswerFile
from serving.rows.reading import column_values

LEAST = np.iinfo(np.int64).min
EDGES = [0.0, -0.0, 1.0, 0.1, 1e-4, 9.999e-5, 1e-7, 123456.0, 1e15, 1e16, 1e22, 3e38, np.nan, np.inf, -np.inf, 1 / 3]
COUNT = len(EDGES)
COLUMNS = {
    "kept": pa.array(['a "b"', "a,b", "two\nlines", None, "", "Bläu", *["x"] * (COUNT - 6)]),
    "number": pa.array([None, *range(COUNT - 1)], pa.int16()),
    "percent %s": np.array(EDGES, np.float32),
    "double": np.array(EDGES) * 1.7,
    "half": np.array(EDGES, np.float32).astype(np.float16),
    "short": np.array(EDGES, np.float32).astype(NUMPY[BFLOAT16]),
    "whole": np.array([LEAST, -1, *range(COUNT - 2)]),
    "small": np.arange(COUNT, dtype=np.int32),
    "byte": np.arange(COUNT, dtype=np.uint8),
    "flag": np.arange(COUNT) % 2 == 0,
    "class": np.array([b"Bl\xc3\xa4u", b"", b"\xff", *[b"a,b"] * (COUNT - 3)], object),
    "classes": np.array([[b"a", b"b"]] * COUNT, object),
    "scores": np.array([[number, 0.5] for number in EDGES], np.float32),
    "wave": np.array([1 + 2j] * COUNT, np.complex64),
}


def values(column):
    return column.to_pylist() if isinstance(column, pa.Array) else column_values(column)


def written(path, columns, at_once, tell, types=None):
    file = AnswerFile(str(path), None, types or dict.fromkeys(columns), tell)
    with file as write:
        for part in (slice(0, 5), slice(5, None)):
            if at_once:
                file.write_columns({name: column[part] for name, column in columns.items()})
            else:
                for row in zip(*[values(column[part]) for column in columns.values()], strict=True):
                    write(dict(zip(columns, row, strict=True)))
    return path


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("names", [[*COLUMNS], *([name] for name in COLUMNS)], ids="".join)
def test_the_text_is_the_same(tmp_path, form, names):
    columns = {name: COLUMNS[name] for name in names}
    told: list[str] = []
    many = written(tmp_path / f"many.{form}", columns, True, told.append)
    one = written(tmp_path / f"one.{form}", columns, False, told.append)
    assert many.read_bytes() == one.read_bytes()
    parts = [sorted(re.findall(r"[\d,]+ in '.*?'", words)) for words in told]
    assert parts[: len(parts) // 2] == parts[len(parts) // 2 :]


def test_parquet_has_the_same_rows_and_keeps_the_types(tmp_path):
    columns = {name: column for name, column in COLUMNS.items() if name != "wave"}
    types = {"number": pa.int16(), "percent %s": FLOAT}
    types = {name: types.get(name) for name in columns}
    many = parquet.read_table(written(tmp_path / "many.parquet", columns, True, print, types))
    one = parquet.read_table(written(tmp_path / "one.parquet", columns, False, print, types))
    assert many.schema == one.schema
    assert str(many.to_pylist()) == str(one.to_pylist())  # NaN is not NaN


def test_no_rows_leave_a_header(tmp_path):
    out = tmp_path / "out.csv"
    file = AnswerFile(str(out), None, {"a": None, "b": None})
    with file:
        file.write_columns({"a": [], "b": []})
    assert out.read_bytes() == b"a,b\r\n"


def test_numbers_are_written_as_python_writes_them():
    rng = np.random.default_rng(0)
    numbers = np.concatenate([rng.random(5000), rng.normal(size=5000) * 10.0 ** rng.integers(-20, 25, 5000)])
    assert number_texts(numbers) == [repr(number) for number in numbers.tolist()]
    single = numbers.astype(np.float32)
    assert number_texts(single) == [repr(number) for number in single.tolist()]
    assert number_texts(np.array([[1.0]])) is number_texts([1.0]) is None
