"""CSV in blocks: where records end, what a cell is, and what is refused in words."""

from __future__ import annotations

import io

import pyarrow as pa
import pytest

from components.example_gen import splitting
from components.example_gen.column_types import ColumnType
from components.example_gen.csv_table import CsvTable
from components.example_gen.tables import Block

BOM = "\ufeff"
# From blocks that hold less than a record to one that holds all.
BLOCK_BYTES = [1, 2, 3, 5, 8, 13, 1 << 20]


def opened(content, first=None):
    file = io.BytesIO(content.encode())
    return file, first or CsvTable.of("trips.csv", file)


def read(content, block_bytes=1 << 20):
    """Returns the rows, each as a tuple of cells."""
    file, table = opened(content)
    blocks = list(table.blocks("trips.csv", file, block_bytes))
    return [
        tuple(row[n] for n in table.names) for b in blocks for rows in table.rows(file, b) for row in rows.to_pylist()
    ]


def kinds(content, block_bytes=1 << 20):
    (file, table), known = opened(content), {}
    for block in table.blocks("trips.csv", file, block_bytes):
        known = table.kinds(file, block, known)
    return known


@pytest.mark.parametrize("block_bytes", BLOCK_BYTES)
@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("a,b\n1,2\n3,4\n", [("1", "2"), ("3", "4")]),
        ("a,b\r\n1,2\r\n3,4", [("1", "2"), ("3", "4")]),
        ("a,b\n\n1,2\n\r\n\n3,4\n\n", [("1", "2"), ("3", "4")]),
        ("a,b\n,\n\"\",x\n", [(None, None), (None, "x")]),
        ("a\n\n\"\"\n \n", [(None,), (" ",)]),
        ("a,b\r1,2\r\r3,4\r", [("1", "2"), ("3", "4")]),
        ("a\n1\r2\n", [("1",), ("2",)]),
        (f"{BOM}\n a, b ,\n1,2,3\n", [("1", "2")]),
        ('a,b\n5" pipe,x\n6" pipe,"y"\n', [('5" pipe', "x"), ('6" pipe', "y")]),
        (f"a\n{'x' * 150_000}\n", [("x" * 150_000,)]),
        ('a,b\n1,"two\nlines"\n"3\r\n\n4",x\n', [("1", "two\nlines"), ("3\r\n\n4", "x")]),
        ('a,b\n"x, ""y""","""\n"""\n1,2\n', [('x, "y"', '"\n"'), ("1", "2")]),
        ('a,b\n x , "y" \n"z",5"3"\n', [(" x ", ' "y" '), ("z", '5"3"')]),
        (f"a,b\n1,2\n{BOM}3,4\n{BOM}5,{BOM}\n", [("1", "2"), (f"{BOM}3", "4"), (f"{BOM}5", BOM)]),
        ("a,b\nNA,null\nnan,NULL\n", [("NA", "null"), ("nan", "NULL")]),
        ("ä,b\né,😀\n", [("é", "😀")]),
        ("a,b\n", []),
        ("a,b", []),
    ],
)  # fmt: skip
def test_rows_do_not_depend_on_the_blocks(content, rows, block_bytes):
    assert read(content, block_bytes) == rows


@pytest.mark.parametrize("block_bytes", BLOCK_BYTES)
def test_blocks_are_whole_records_next_to_each_other_and_no_larger_than_need_be(block_bytes):
    records = [f'{i},"line\n{i}"\n' for i in range(50)]
    content = "a,b\n" + "".join(records)
    file, table = opened(content)
    blocks = list(table.blocks("trips.csv", file, block_bytes))
    assert "".join(content[b.start : b.end] for b in blocks) == "".join(records)
    assert all(content[b.start : b.end].count('"') % 2 == 0 for b in blocks)
    assert max(b.size for b in blocks) <= block_bytes + max(map(len, records))
    assert {b.end - b.start - b.size for b in blocks} == {0}


def test_a_column_without_a_name_is_left_out():
    file, table = opened("a,b,\n1,2,3\n")
    assert table.names == ("a", "b")
    assert next(table.blocks("trips.csv", file, 100)).start == len("a,b,\n")


@pytest.mark.parametrize("block_bytes", BLOCK_BYTES)
def test_the_kind_of_a_column_is_told_from_all_of_it(block_bytes):
    content = "i,f,t,e,late\n" + "1,1.5,x,,2\n" * 30 + '-3,2,"",,\n' + "4,,1,,9223372036854775808\n"
    expected = {
        "i": ColumnType.INT,
        "f": ColumnType.FLOAT,
        "t": ColumnType.BYTES,
        "e": ColumnType.EMPTY,
        "late": ColumnType.BYTES,
    }
    assert kinds(content, block_bytes) == expected


def test_nothing_is_told_of_no_rows():
    assert kinds("a,b\n") == {}
    assert kinds("a,b\n\n") == {}


def test_features_are_lists_and_a_missing_value_keeps_its_columns_kind():
    file, table = opened("i,f,t,e,left_out\n1,.5,x,,\n,,,,\n")
    (block,) = table.blocks("trips.csv", file, 100)
    (rows,) = table.rows(file, block)
    features = table.features(
        rows, {"i": ColumnType.INT, "f": ColumnType.FLOAT, "t": ColumnType.BYTES, "e": ColumnType.EMPTY}
    )
    assert features.to_pydict() == {"i": [[1], []], "f": [[0.5], []], "t": [[b"x"], []], "e": [None, None]}
    assert features.schema.field("f").type == pa.list_(pa.float32())


def test_a_value_that_is_not_what_the_schema_says_is_told():
    file, table = opened("a,b\n1,2\n1,Taxi\n")
    (block,) = table.blocks("trips.csv", file, 100)
    (rows,) = table.rows(file, block)
    with pytest.raises(
        ValueError, match=r"column 'b': 'Taxi' is not a whole number, which the schema expects\. Fix the data"
    ):
        table.features(rows, {"a": ColumnType.INT, "b": ColumnType.INT})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a,b\n1,2\n3\n", ["trips.csv: line 3 has 1 value, the header has 2: '3'"]),
        ("a,b\n1,2,3\n", ["line 2 has 3 values, the header has 2: '1,2,3'"]),
        ("a,b\n1\r2,3\n", ["line 2 has 1 value"]),
        ('a,b\n1,"x\n3,4\n', ["trips.csv: line 2: a quote is opened and never closed", "cut off"]),
        (
            'a,b\n1,2\n3,"5" pipe\n',
            ["line 3: a quoted value goes on behind its closing quote", "doubled"],
        ),
        ("", ["trips.csv: has no header"]),
        ("a,b,a\n1,2,3\n", ["trips.csv: names a column twice in its header: a"]),
    ],
)
def test_what_is_no_table_is_refused_in_words(content, words):
    with pytest.raises(ValueError) as error:
        read(content, block_bytes=len(content))
    assert [word for word in words if word not in str(error.value)] == []


@pytest.mark.parametrize("content", [b"a,b\n1,caf\xe9\n", b"caf\xe9,b\n1,2\n"])
def test_what_is_not_utf8_is_refused(content):
    file = io.BytesIO(content)
    with pytest.raises(ValueError, match=r"(?i)utf-?8"):
        list(CsvTable.of("t.csv", file).rows(file, Block("t.csv", 4, len(content), len(content) - 4)))


def test_another_header_is_refused():
    _, table = opened("a,b\n")
    file, _ = opened("b,a\n")
    with pytest.raises(
        ValueError, match=r"other\.csv: its header differs from that of trips\.csv.* Their order is another"
    ):
        list(table.blocks("other.csv", file, 100))


@pytest.mark.parametrize("block_bytes", [3, 1 << 20])
def test_a_row_keeps_its_split_whatever_is_around_it(block_bytes):
    """Blocks, other rows that change a column's type, quotes that need not be there, and the columns' order."""
    splits = splitting.Splits(("train", "eval"), (1, 1))

    def by_row(content):
        (file, table), found = opened(content), []
        for block in table.blocks("t.csv", file, block_bytes):
            for rows in table.rows(file, block):
                found += splits.of(table.text(rows, splits.columns(table.names))).tolist()
        return found

    rows = [f"{i},{i % 7}.0" for i in range(40)]
    before = by_row("a,b\n" + "\n".join(rows))
    assert {0, 1} == set(before)
    assert by_row("a,b\r\n" + "\r\n".join([*rows, "x,y"]))[:40] == before
    assert by_row("a,b\n" + "\n".join(f'"{row}"'.replace(",", '","') for row in rows)) == before
    assert by_row("b,a\n" + "\n".join(",".join(row.split(",")[::-1]) for row in rows)) == before
