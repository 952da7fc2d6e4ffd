"""Row by row, the examples are those of TFX's CsvExampleGen, of its decoder by schema, and of its Parquet executor."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pytest
import tensorflow as tf
from pyarrow import parquet
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.coders import example_coder

from components.example_gen import column_types as kind_rules
from components.example_gen.csv_table import CsvTable
from components.example_gen.parquet_table import ParquetTable
from tests import made_data, stock_example_gen

# From blocks that hold less than a record to one that holds all.
BLOCK_BYTES = (1, 7, 64, 1 << 20)


def batches(table_class, paths, block_bytes, kinds=None):
    """The encoder's input: what the component gives it, without Beam."""
    files = [path.open("rb") for path in paths]
    table = table_class.of(str(paths[0]), files[0])
    blocks = [(f, b) for p, f in zip(paths, files, strict=True) for b in table.blocks(str(p), f, block_bytes)]
    known = kinds or kind_rules.merged(table.kinds(file, block, {}) for file, block in blocks)
    return [table.features(rows, known) for file, block in blocks for rows in table.rows(file, block)]


def examples(table_class, *paths, block_bytes=1 << 20):
    encoder = example_coder.RecordBatchToExamplesEncoder()
    return [e for batch in batches(table_class, paths, block_bytes) for e in encoder.encode(batch)]


def canonical(serialized):
    """Bytes that are equal when the examples are: with features in order, and NaN equal to itself."""
    return [canonical_example(tf.train.Example.FromString(example)) for example in serialized]


def canonical_example(example):
    return example.SerializeToString(deterministic=True)


def assert_same_as_tfx(*paths, block_bytes=BLOCK_BYTES):
    expected = [canonical_example(example) for example in stock_example_gen.csv_examples(*paths)]
    for size in block_bytes:
        found = canonical(examples(CsvTable, *paths, block_bytes=size))
        assert len(found) == len(expected)
        for number, (mine, tfx) in enumerate(zip(found, expected, strict=True)):
            assert mine == tfx, (number, tf.train.Example.FromString(mine), tf.train.Example.FromString(tfx))


NASTY = {
    "missing": "i,f,t,e\n1,1.5,x,\n,,,\n3,,y,\n",
    "quoted missing": 'i,t\n"",""\n1,x\n"",y\n',
    "no value at all": "a,b\n,\n,\n",
    "quotes": 'a,b\n"x, ""y""",1\n"""",2\n x "y" ,4\n',
    "embedded newlines": 'a,b\n"1\n2",x\n"\n",y\n"\r\n\r\n",z\n',
    "windows lines": 'a,b\r\n1,x\r\n"2\r\n",y\r\n',
    "blank lines": "a,b\n\n1,2\n\r\n\n3,4\n\n\n",
    "one column": 'a\n\n""\n \n1\n',
    "no last line end": "a,b\n1,2",
    "integers": "a,b,c\n9223372036854775807,+5,007\n-9223372036854775808, 6 ,1_000\n",
    "integers past int64": "a,b\n9223372036854775808,1\n1,99999999999999999999\n",
    "integers past int64 among floats": "a,b\n1.5,1e30\n9223372036854775808,1\n",
    "integers, then floats, then text": "a,b,c\n1,1,1\n2,2.5,2.5\n3,3,x\n",
    "floats": "a,b,c\n0.1,nan,1e39\n1e400,-inf,.5\n-1e-400,Infinity,5.\n",
    "nearly numbers": "a,b,c,d,e\n0x10,nan(1),1e,1f,--1\n1,1,1,1,1\n",
    "words that some readers take for null": "a,b\nNA,null\nnan,\n",
    "other alphabets": "ä,b\n😀,\u0661\né,\u00a01\n",
    "a byte order mark inside": "a\n\ufeffx\n\ufeffy\n",
    "spaces around": "a,b\n 1 , x \n2,y\n",
    "more digits than int() takes": f"a\n1\n{'9' * 5000}\n",
}


@pytest.mark.parametrize("content", NASTY.values(), ids=NASTY)
def test_a_nasty_file(tmp_path, content):
    path = tmp_path / "nasty.csv"
    path.write_bytes(content.encode())
    assert_same_as_tfx(path)


def test_several_files_are_one_table(tmp_path):
    for name, content in {"1.csv": "a,b\n1,\n2,x\n", "2.csv": "a,b\n", "3.csv": "a,b\n1.5,\n"}.items():
        (tmp_path / name).write_text(content)
    assert_same_as_tfx(*sorted(tmp_path.glob("*.csv")))


def test_the_taxi_trips():
    assert_same_as_tfx(made_data.TRIPS.resolve(), block_bytes=(100_000,))


CELLS = [
    ["1", "2", "-3", "007", "9223372036854775807"],
    ["1.5", ".5", "-1e5", "nan", "inf", "1e400", "0.1", "3"],
    ["9223372036854775808", "1", "99999999999999999999999"],
    ["+1", " 1", "1_0", "+1.5", " 2.5\t"],
    ["0x10", "nan(1)", "1", "1.5", "1e", "-", "true"],
    ["a", " x ", '"', '""', "é", "\0", "\ufeffz", "null", "NA", "\\", "a\nb", "x\r\ny", '"q"\n', "a,b", ";"],
]


def random_table(seed):
    """A table whose columns mix up to two of CELLS with missing values, as text with more quotes than it needs."""
    rng = random.Random(seed)
    columns = [(rng.choice(CELLS) + rng.choice(CELLS), rng.choice([0, 0.3, 0.9, 1])) for _ in range(rng.randint(1, 4))]

    def cell(values, missing):
        if rng.random() < missing:
            return rng.choice(["", '""'])
        value = rng.choice(values)
        quote = rng.random() < 0.2 or any(sign in value for sign in ',"\n\r')
        return '"' + value.replace('"', '""') + '"' if quote else value

    rows = [",".join(cell(*column) for column in columns) for _ in range(rng.randint(0, 12))]
    header = ",".join(f"c{number}" for number in range(len(columns)))
    return rng.choice(["\n", "\r\n"]).join([header, *rows]) + rng.choice(["", "\n"])


def test_random_tables(tmp_path):
    path = tmp_path / "random.csv"
    for seed in range(200):
        path.write_bytes(random_table(seed).encode())
        assert_same_as_tfx(path, block_bytes=(7, 1 << 20))


def test_by_a_schema(tmp_path):
    path = tmp_path / "typed.csv"
    path.write_text("i,f,t,left_out,e\n1,1,1,1,\n,2.5,x,2,\n 3 ,1e400,,3,\n")
    types = {"i": schema_pb2.INT, "f": schema_pb2.FLOAT, "t": schema_pb2.BYTES, "e": schema_pb2.INT}
    schema = schema_pb2.Schema(feature=[{"name": name, "type": type_} for name, type_ in types.items()])
    found = [row for b in batches(CsvTable, [path], 8, kind_rules.of_schema(schema)) for row in b.to_pylist()]
    # The decoder has null where CsvExampleGen, and we, have an empty list of the column's type.
    found = [{name: values or None for name, values in row.items()} for row in found]
    assert found == stock_example_gen.csv_features(path, schema)


PARQUET = {
    "int8": pa.array([1, None, -3], pa.int8()),
    "uint32": pa.array([1, None, 2**32 - 1], pa.uint32()),
    "int64": pa.array([2**63 - 1, None, -(2**63)]),
    "bool": pa.array([True, None, True]),
    "float": pa.array([1.5, None, float("nan")], pa.float32()),
    "double": pa.array([0.1, None, 1e39]),
    "string": pa.array(["é", None, ""]),
    "large string": pa.array(["a", None, ""], pa.large_string()),
    "binary": pa.array([b"a", None, b""]),
    "fixed binary": pa.array([b"ab", None, b"cd"], pa.binary(2)),
    "dictionary": pa.array(["a", None, "b"]).dictionary_encode(),
    "null": pa.nulls(3),
    "ints": pa.array([[1, 0], None, []]),
    "doubles": pa.array([[0.0], None, [1.5, 2]]),
    "strings": pa.array([["", "a"], None, []]),
    "bools": pa.array([[True, False], None, []]),
}


@pytest.mark.parametrize("row_group_size", [1, 2, 100])
def test_parquet(tmp_path, row_group_size):
    path = tmp_path / "all.parquet"
    parquet.write_table(pa.table(PARQUET), path, row_group_size=row_group_size)
    expected = [canonical_example(example) for example in stock_example_gen.parquet_examples(path)]
    assert canonical(examples(ParquetTable, path)) == expected


def test_where_parquet_differs_zero_is_a_number(tmp_path):
    path = tmp_path / "zeros.parquet"
    parquet.write_table(pa.table({"a": [0, 1], "b": [0.0, 1.0], "c": [False, True]}), path)
    assert all(not f.WhichOneof("kind") for f in stock_example_gen.parquet_examples(path)[0].features.feature.values())
    first = tf.train.Example.FromString(examples(ParquetTable, Path(path))[0]).features.feature
    assert first["a"].int64_list.value == [0]
    assert first["b"].float_list.value == [0.0]
    assert first["c"].int64_list.value == [0]


@pytest.mark.parametrize(
    ("content", "names"),
    [('"a","b c"\n1,2\n', ["a", "b c"]), ("\ufeffa,b\n1,2\n", ["a", "b"]), ("a , b\n1,2\n", ["a", "b"])],
    ids=["quoted names", "byte order mark", "blanks"],
)
def test_where_csv_differs_names_are_what_they_say(tmp_path, content, names):
    path = tmp_path / "header.csv"
    path.write_bytes(content.encode())
    assert sorted(stock_example_gen.csv_examples(path)[0].features.feature) != names
    assert sorted(tf.train.Example.FromString(examples(CsvTable, path)[0]).features.feature) == names


@pytest.mark.parametrize(
    "content",
    ["a,b\n1,2\n3\n", "a,b\n1,2,3\n", 'a,b\n1,"x\n'],
    ids=["short row", "long row", "open quote"],
)
def test_what_tfx_refuses_is_refused(tmp_path, content):
    path = tmp_path / "faulty.csv"
    path.write_bytes(content.encode())
    with pytest.raises(Exception):  # noqa: B017 - TFX has a different one for each
        stock_example_gen.csv_examples(path)
    with pytest.raises(ValueError, match=str(path)):
        examples(CsvTable, path)
