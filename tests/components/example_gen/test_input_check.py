"""A file that cannot be read as a table is refused before the run, by name and with the place of the fault."""

import pyarrow as pa
import pytest
from pyarrow import parquet

from components.example_gen import shards
from components.example_gen.column_rules import Rules, Use
from components.example_gen.input_check import look


def write(folder, content, name="trips.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def faults(files, rules=Rules()):  # noqa: B008 - frozen
    return look([str(file) for file in files], rules).faults


def parquet_bytes(table):
    sink = pa.BufferOutputStream()
    parquet.write_table(table, sink)
    return sink.getvalue().to_pybytes()


FINE_PARQUET = parquet_bytes(pa.table({"a": [1, 2]}))


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1,2\n",
        "a,b\n1,2",
        "a,b\r\n1,2\r\n",
        "a,b\n,\n",
        "a,b\n1,2\n\n3,4\n",
        'a,b\n1,"two\nlines"\n2,x\n',
        'a,b\n1,"x, ""y"""\n',
        "a,b\n1,2\nx,3.5\n",
        "ä,b\n1,€😀\n",
        "\ufeffa, b \r1,2\r",
        '\na,b,\n1,5" pipe,\n',
    ],
)
def test_a_fine_csv_has_no_fault(tmp_path, content):
    assert faults([write(tmp_path, content)]) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ["is empty"]),
        ("a,b\n", ["no rows"]),
        ("a,b\n1,2\n3", ["line 3 has 1 value", "the header has 2", "cut off"]),
        ("a,b\n1,2,3\n4,5\n6,7,8\n", ["line 2 has 3 values", "the header has 2", "2 such", "'1,2,3'"]),
        ("a,b,a\n1,2,3\n", ["twice", ": a"]),
        (b"a,b\n1,caf\xe9\n", ["not UTF-8", "byte 9", "iconv"]),
        ("\n\n", ["has no header"]),
    ],
    ids=["empty", "header only", "truncated", "ragged", "twice", "latin-1", "blank"],
)
def test_a_faulty_csv_is_told(tmp_path, content, words):
    path = write(tmp_path, content)
    (sentence,) = faults([path])
    assert sentence.startswith(f"{path}: ")
    assert [word for word in words if word not in sentence] == []


@pytest.mark.parametrize("block", range(12, 24))
def test_a_character_across_two_blocks_is_no_fault(tmp_path, monkeypatch, block):
    monkeypatch.setattr(shards, "BLOCK_BYTES", block)
    assert faults([write(tmp_path, "a,b\n" + "1,€\n2,😀\n" * 8)]) == []


def test_the_line_of_a_fault_does_not_depend_on_the_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "BLOCK_BYTES", 64)
    (sentence,) = faults([write(tmp_path, "a,b\n" + "1,2\n" * 30 + "3\n" + "1,2\n" * 30)])
    assert "line 32 has 1 value" in sentence


def test_a_fine_parquet_has_no_fault(tmp_path):
    assert faults([write(tmp_path, FINE_PARQUET, "trips.parquet")]) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (parquet_bytes(pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"])), "a column twice: a"),
        (b"", "is empty"),
        (b"a,b\n1,2\n", "is not a Parquet file"),
        (FINE_PARQUET[:-20], "is not a Parquet file"),
        (FINE_PARQUET[:-60] + b"\xff" * 52 + FINE_PARQUET[-8:], "Parquet"),
        (parquet_bytes(pa.table({"a": pa.array([], pa.int64())})), "has no rows"),
    ],
    ids=["twice", "empty", "a csv", "cut off", "damaged footer", "no rows"],
)
def test_a_faulty_parquet_is_told(tmp_path, content, words):
    path = write(tmp_path, content, "trips.parquet")
    (sentence,) = faults([path])
    assert sentence.startswith(f"{path}: ")
    assert words in sentence


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (
            pa.array([1, 2**63], pa.uint64()),
            ["column 'a'", "1 value that does not fit", '"9223372036854775808"', "as text"],
        ),
        (pa.array([[1], [None]]), ["column 'a'", "a missing value inside a list", "[release]"]),
    ],
)
def test_values_that_a_slice_cannot_be_told_by_are_told_and_others_are_nobodys_loss(tmp_path, column, words):
    file = write(tmp_path, parquet_bytes(pa.table({"a": column, "b": [1, 2]})), "t.parquet")
    (fault,) = faults([file], Rules(uses={"a": Use()}))
    assert all(word in fault for word in words), fault
    assert faults([file], Rules(uses={"b": Use()})) == []


def test_each_faulty_file_is_told(tmp_path):
    write(tmp_path, "a,b\n1\n", "3.csv")
    write(tmp_path, "a,b\n1,2\n", "2.csv")
    write(tmp_path, "", "1.csv")
    files = [tmp_path / f"{number}.csv" for number in (1, 2, 3)]
    assert [sentence.split(": ")[0] for sentence in faults(files)] == [
        str(tmp_path / "1.csv"),
        str(tmp_path / "3.csv"),
    ]


def test_files_of_a_folder_with_other_headers_are_told(tmp_path):
    write(tmp_path, "a,b\n1,2\n", "1.csv")
    write(tmp_path, "a,c\n1,2\n", "2.csv")
    (sentence,) = faults([tmp_path / "1.csv", tmp_path / "2.csv"])
    assert "It lacks b, and has c, which the first does not have." in sentence


def test_of_many_faulty_files_the_first_are_told(tmp_path):
    files = [write(tmp_path, "", f"{number:02}.csv") for number in range(25)]
    assert [len(faults(files)), faults(files)[-1]] == [21, "and 5 more faults"]
