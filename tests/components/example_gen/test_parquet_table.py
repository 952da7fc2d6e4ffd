"""Parquet by row group: what each type becomes, the text that decides the split, and what is refused in words."""

from __future__ import annotations

import io
from decimal import Decimal

import pyarrow as pa
import pytest
from pyarrow import parquet

from components.example_gen import parquet_table, splitting
from components.example_gen.column_types import ColumnType
from components.example_gen.parquet_table import ParquetTable


def written(columns, **options):
    file = io.BytesIO()
    parquet.write_table(pa.table(columns), file, **options)
    return file


def features(columns, kinds=None, **options):
    file = written(columns, **options)
    table, known, found = ParquetTable.of("t.parquet", file), {}, {}
    blocks = list(table.blocks("t.parquet", file, 1))
    for block in blocks:
        known = table.kinds(file, block, known)
    for block in blocks:
        for rows in table.rows(file, block):
            for name, values in table.features(rows, kinds or known).to_pydict().items():
                found.setdefault(name, []).extend(values)
    return found


COLUMNS = {
    "int8": (pa.array([1, None, 0], pa.int8()), [[1], None, [0]]),
    "uint32": (pa.array([2**32 - 1, None], pa.uint32()), [[2**32 - 1], None]),
    "int64": (pa.array([2**63 - 1, None, -(2**63)]), [[2**63 - 1], None, [-(2**63)]]),
    "bool": (pa.array([True, False, None]), [[1], [0], None]),
    "float": (pa.array([1.5, None], pa.float32()), [[1.5], None]),
    "double": (pa.array([0.1, 1e39, None]), [[0.10000000149011612], [float("inf")], None]),
    "string": (pa.array(["é", "", None]), [["é".encode()], None, None]),
    "large string": (pa.array(["a", None], pa.large_string()), [[b"a"], None]),
    "binary": (pa.array([b"\xff", b"", None]), [[b"\xff"], None, None]),
    "fixed binary": (pa.array([b"ab", None], pa.binary(2)), [[b"ab"], None]),
    "dictionary": (pa.array(["a", None, "b"]).dictionary_encode(), [[b"a"], None, [b"b"]]),
    "null": (pa.nulls(2), [None, None]),
    "ints": (pa.array([[1, 2], [], None]), [[1, 2], None, None]),
    "large list": (pa.array([[1, 2], [], None], pa.large_list(pa.int32())), [[1, 2], None, None]),
    "fixed list": (pa.array([[1, 2], [3, 4]], pa.list_(pa.int64(), 2)), [[1, 2], [3, 4]]),
    "doubles": (pa.array([[0.0, 0.5], None]), [[0.0, 0.5], None]),
    "strings": (pa.array([["", "a"], []]), [[b"", b"a"], None]),
    "decimal": (pa.array([Decimal("1.5"), None]), [[1.5], None]),
}


@pytest.mark.parametrize(("column", "expected"), COLUMNS.values(), ids=COLUMNS)
def test_what_a_type_becomes(column, expected):
    assert features({"x": column}) == {"x": expected}


@pytest.mark.parametrize("batch_rows", [1, 2, 100])
def test_rows_do_not_depend_on_row_groups_and_batches(monkeypatch, batch_rows):
    monkeypatch.setattr(parquet_table, "_BATCH_ROWS", batch_rows)
    columns = {"a": pa.array([1, None, 3, 0, 5]), "b": pa.array([["x"], None, ["y", "z"], [], ["w"]])}
    expected = {"a": [[1], None, [3], [0], [5]], "b": [[b"x"], None, [b"y", b"z"], None, [b"w"]]}
    assert features(columns) == features(columns, row_group_size=2) == expected


def test_a_block_is_a_row_group():
    file = written({"a": list(range(10))}, row_group_size=4)
    blocks = list(ParquetTable.of("t.parquet", file).blocks("t.parquet", file, 1))
    assert [(b.start, b.end) for b in blocks] == [(0, 1), (1, 2), (2, 3)]
    assert all(b.size > 0 for b in blocks)


def test_integers_become_floats_where_another_file_has_floats():
    whole = {"a": pa.array([1, None, 2**53 + 1])}
    assert features(whole, {"a": ColumnType.FLOAT}) == {"a": [[1.0], None, [2.0**53]]}
    floats = written({"a": [0.5]})
    table = ParquetTable.of("t.parquet", written(whole)).joined("other.parquet", floats)
    assert table.types == (("a", ColumnType.FLOAT),)


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (pa.array([0], pa.timestamp("s")), "t.parquet: column 'x' is timestamp.*expected integers.*Convert it"),
        (pa.array([{"y": 1}]), "column 'x' is struct"),
        (pa.array([[[1]]]), "column 'x' is list"),
        (pa.array([[1, None]]), "column 'x': a list has a missing value"),
        (pa.array([2**63], pa.uint64()), "column 'x' is uint64; expected INT, of 64 bits"),
    ],
)
def test_what_no_example_can_hold_is_refused_in_words(column, words):
    with pytest.raises(ValueError, match=words):
        features({"x": column})


def test_text_in_one_file_and_numbers_in_another_are_refused():
    table = ParquetTable.of("1.parquet", written({"a": [1], "b": [1]}))
    with pytest.raises(ValueError, match=r"2\.parquet: column 'b' holds text, and in 1\.parquet whole numbers"):
        table.joined("2.parquet", written({"a": [1], "b": ["x"]}))


def test_what_is_no_parquet_file_is_refused_in_words():
    with pytest.raises(ValueError, match=r"trips\.parquet: is not a Parquet file .*Check how it was exported"):
        ParquetTable.of("trips.parquet", io.BytesIO(b"a,b\n1,2\n"))


# The hash of the first value of each of COLUMNS.
PINNED = {
    "int8": 8518482412311870710,
    "uint32": 2939097440393981732,
    "int64": 4152807693991598274,
    "bool": 8518482412311870710,
    "float": 1617895282172679083,
    "double": 6111913623194980637,
    "string": 3394012004367669963,
    "large string": 3405396810240292928,
    "binary": 10502126616487800487,
    "fixed binary": 9804581064242713102,
    "dictionary": 3405396810240292928,
    "null": 13020603013274838756,
    "ints": 5453272066684623386,
    "large list": 5453272066684623386,
    "fixed list": 5453272066684623386,
    "doubles": 15386028575773808668,
    "strings": 16370107056923344065,
    "decimal": 1617895282172679083,
}


def hashed(column):
    file = written({"x": column})
    table = ParquetTable.of("t.parquet", file)
    (block,) = table.blocks("t.parquet", file, 1)
    (rows,) = table.rows(file, block)
    return splitting.hashes(table.text(rows, ["x"])).tolist()


def test_these_hashes_never_change():
    """As of the text in a CSV file, where there is one; a float's text is the digits of its bits."""
    assert {name: hashed(column)[0] for name, (column, _) in COLUMNS.items()} == PINNED
    as_text = {"int8": "1", "int64": str(2**63 - 1), "bool": "1", "string": "é", "dictionary": "a"}
    assert {n: splitting.hashes([pa.array([t])])[0] for n, t in as_text.items()} == {n: PINNED[n] for n in as_text}


def test_a_missing_value_and_an_empty_one_have_the_same_hash():
    assert (
        len(
            set(
                hashed(pa.array(["", None]))
                + hashed(pa.array([None], pa.int64()))
                + hashed(pa.array([[], None], pa.list_(pa.string())))
            )
        )
        == 1
    )
