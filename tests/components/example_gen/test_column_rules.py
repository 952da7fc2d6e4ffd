"""What a config makes of columns: what each kind of feature and label takes, and what is told where it does not."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from components.example_gen import column_rules, shards
from components.example_gen.column_rules import Rules
from components.example_gen.column_types import ColumnType
from components.example_gen.csv_table import CsvTable
from components.example_gen.input_check import look
from components.example_gen.parquet_table import ParquetTable
from serving.rows import reading
from turnstile.columns import Boolean, Bucketized, Categorical, Numeric, Time, Vocabulary
from turnstile.labels import BinaryLabel, MulticlassLabel, RegressionLabel

NUMERIC, TEXT, WHOLE = Numeric(kind="numeric"), Vocabulary(kind="vocabulary"), Categorical(kind="categorical", size=9)
BUCKETS, BOOLEAN = Bucketized(kind="bucketized", buckets=2), Boolean(kind="boolean")
TIME, SECONDS = Time(kind="time"), Time(kind="time", unit="s")
NUMBER = RegressionLabel(kind="regression", column="y")


def binary(**positive):
    return BinaryLabel(kind="binary", column="y", **positive)


def rules(feature=NUMERIC, label=NUMBER, **options):
    return column_rules.of_config({"x": feature}, label, **options)


def csv(folder, cells, name="a.csv", y="1"):
    """A file with a column of those cells, a label, and a number beside it."""
    path = folder / name
    path.write_text("x,y\n" + "".join(f"{cell},{y}\n" for cell in cells))
    return str(path)


def as_parquet(folder, name="a.parquet", **columns):
    columns = {"y": pa.array([1.0] * len(next(iter(columns.values())))), **columns}
    parquet.write_table(pa.table(columns), folder / name)
    return str(folder / name)


def written(paths, rules_):
    """The features that ExampleGen makes of the columns, or what it refuses the files for."""
    found = look(paths, rules_)
    if found.faults:
        return found.faults
    kind = ParquetTable if paths[0].endswith(".parquet") else CsvTable
    files = [Path(path).open("rb") for path in paths]  # noqa: SIM115
    table = kind.of(paths[0], files[0], rules_)
    for path, file in zip(paths[1:], files[1:], strict=True):
        table = table.joined(path, file) if kind is ParquetTable else table
    kinds, result = found.kinds, {}
    for path, file in zip(paths, files, strict=True):
        for block in table.blocks(path, file, 64):
            for rows in table.rows(file, block):
                for name, values in table.features(rows, kinds).to_pydict().items():
                    result.setdefault(name, []).extend(value or [] for value in values)
    return result


MISSING = ["", " ", "NA", "n/a", "null", "None", "NaN", "-", "#N/A", "\\N"]


@pytest.mark.parametrize("feature", [NUMERIC, BUCKETS, WHOLE])
def test_the_usual_words_are_missing_numbers(tmp_path, feature):
    found = written([csv(tmp_path, [*MISSING, "7", *MISSING])], rules(feature))
    assert found["x"] == [[]] * len(MISSING) + [[7]] + [[]] * len(MISSING)


def test_words_are_values_of_a_column_of_text(tmp_path):
    cells = ["None", "NA", "blue", ""]
    assert written([csv(tmp_path, cells)], rules(TEXT))["x"] == [[b"None"], [b"NA"], [b"blue"], []]
    assert written([csv(tmp_path, cells)], rules(TEXT, listed=["NA"]))["x"] == [[b"None"], [], [b"blue"], []]


def test_a_column_that_only_slices_use_is_what_its_values_are(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,y,number,text,word\n1,1,NA,NA,NA\n2,1,5,b,\n")
    found = written([str(path)], rules(others=["number", "text", "word"]))
    assert found["number"] == [[], [5]]
    assert found["text"] == [[b"NA"], [b"b"]]
    assert found["word"] == [[b"NA"], []]


def test_listed_text_is_missing_in_numbers_too(tmp_path):
    found = written([csv(tmp_path, ["?", "-999", "1.5"])], rules(listed=["?", "-999"]))
    assert found["x"] == [[], [], [1.5]]


@pytest.mark.parametrize(
    ("feature", "cells", "expected"),
    [
        (NUMERIC, ["9223372036854775808", "1"], [[2.0**63], [1.0]]),
        (NUMERIC, ["1", "2.5"], [[1.0], [2.5]]),
        (WHOLE, ["7.0", "NA", "3"], [[7], [], [3]]),
        (TEXT, ["10115", "01067"], [[b"10115"], [b"01067"]]),
        (TEXT, ["10115", "NA", "-7"], [[10115], [], [-7]]),
        (TEXT, ["10115", "2.5"], [[b"10115"], [b"2.5"]]),
        (TEXT, ["True", "False"], [[b"True"], [b"False"]]),
        (BOOLEAN, ["True", "NO", "NA"], [[b"True"], [b"NO"], [b"NA"]]),
        (BOOLEAN, ["1", "0", "NA"], [[1], [0], []]),
        (BOOLEAN, ["1.0", "0.0", ""], [[b"1.0"], [b"0.0"], []]),
        (TIME, ["2015-03-01", "2015-03-01T12:30Z", "NA"], [[b"2015-03-01"], [b"2015-03-01T12:30Z"], [b"NA"]]),
        (SECONDS, ["1420070400", ""], [[1420070400], []]),
        (TEXT, ["2015-01-01"], [[b"2015-01-01"]]),
    ],
)
def test_what_a_kind_of_feature_takes(tmp_path, feature, cells, expected):
    assert written([csv(tmp_path, cells)], rules(feature))["x"] == expected


def test_whole_numbers_in_one_file_and_floats_in_the_next_are_floats(tmp_path):
    paths = [csv(tmp_path, ["1", "NA"], "1.csv"), csv(tmp_path, ["2.5"], "2.csv")]
    assert written(paths, rules())["x"] == [[1.0], [], [2.5]]
    paths = [as_parquet(tmp_path, "1.parquet", x=[1]), as_parquet(tmp_path, "2.parquet", x=[2.5])]
    assert written(paths, rules())["x"] == [[1.0], [2.5]]


VOCABULARY = 'x = { kind = "vocabulary" }'


@pytest.mark.parametrize(
    ("feature", "cells", "words"),
    [
        (
            NUMERIC,
            ["abc"] * 2 + ["1"],
            ["2 values that are not numbers", '"abc" (2 times)', "'numeric'", VOCABULARY],
        ),
        (NUMERIC, ["?", "1"], ['1 value that is not a number: "?"', 'null_values = ["?"]']),
        (NUMERIC, ["abc", "?"], [f"takes numbers. If the column is text, write under [features]: {VOCABULARY}"]),
        (NUMERIC, ['"0,5"', '"1.000,25"'], ['Write under [data]: decimal = ",", and no points']),
        (NUMERIC, ["9 USD", "12.5 kg", "$3", "7%"], ["Write the numbers without a unit"]),
        (NUMERIC, ["2015-01-01"], ['"2015-01-01"', 'Write under [features]: x = { kind = "time" }']),
        (NUMERIC, ["1.3.2015"], ["Write the dates as 2015-03-01", VOCABULARY]),
        (TIME, ["2015-02-28", "2015-02-29", "soon"], ['2 values that are not dates or times: "2015-02-29", "soon"']),
        (TIME, ["1420070400000"], ['Write under [features]: x = { kind = "time", unit = "ms" }']),
        (SECONDS, ["2015-02-28"], ['"2015-02-28"', 'Write under [features]: x = { kind = "time" }']),
        (BUCKETS, ["True", "False"], ['"True", "False"', "'bucketized'", 'x = { kind = "boolean" }']),
        (BOOLEAN, ["yes", "maybe"], ['1 value that is neither true nor false: "maybe"', VOCABULARY]),
        (BOOLEAN, ["0", "1", "2"], ['1 value that is neither true nor false: "2"']),
        (NUMERIC, ["1"] * 4000 + list("abcdefg"), ["7 values", '"a", "b", "c", "d", "e" and others', VOCABULARY]),
        (WHOLE, ["1", "2.5"], ['1 value that is not a whole number: "2.5"', 'x = { kind = "numeric" }']),
        (WHOLE, ["1", "9223372036854775808"], ["9223372036854775808", 'x = { kind = "numeric" }']),
        (WHOLE, ["1", "x"], ['"x"', VOCABULARY]),
        (NUMERIC, ["NA", ""], ["column 'x' has no value in any row", "features.x", "remove the line x = "]),
        (TEXT, ["", ""], ["column 'x' has no value in any row"]),
        (NUMERIC, ["y" * 200], ["y" * 40 + '..."']),
    ],
)
def test_what_a_feature_does_not_take_is_told_with_the_line_to_write(tmp_path, monkeypatch, feature, cells, words):
    monkeypatch.setattr(shards, "BLOCK_BYTES", 1000)
    (sentence,) = written([csv(tmp_path, cells)], rules(feature))
    assert [word for word in words if word not in sentence] == []


@pytest.mark.parametrize(
    ("label", "cells", "words"),
    [
        (binary(), ["True", "False"], ['"True", "False"', "[label]", "positive = true"]),
        (binary(), ["no", "yes"], ['positive = "yes"']),
        (binary(positive=True), ["yes", "no"], ["neither true nor false", 'positive = "yes"']),
        (binary(positive=True), ["1", "0"], ["positive = 1"]),
        (binary(positive=1), ["good", "bad"], ['positive = "good"']),
        (binary(above=3), ["1", "4", "?"], ["'binary with above or below', and takes numbers here. Remove"]),
        (NUMBER, ["cheap"], ["Remove those rows", "takes numbers"]),
        (binary(), ["0", "1", "?"], ["takes 0 and 1 only. Remove those rows, or correct the values"]),
        (MulticlassLabel(kind="multiclass", column="y", classes=[1, 2]), ["a"], ["classes"]),
        (NUMBER, [""], ["column 'y' has no value in any row", "[label]"]),
    ],
)
def test_what_a_label_does_not_take_is_told_with_the_line_to_write(tmp_path, label, cells, words):
    path = tmp_path / "a.csv"
    path.write_text("x,y\n" + "".join(f"1,{cell}\n" for cell in cells))
    (sentence,) = written([str(path)], rules(NUMERIC, label))
    assert [word for word in words if word not in sentence] == []


@pytest.mark.parametrize("cells", [["True", "False", ""], ["TRUE", "false", ""]])
def test_a_label_of_true_and_false(tmp_path, cells):
    path = tmp_path / "a.csv"
    path.write_text("x,y\n" + "".join(f"1,{cell}\n" for cell in cells))
    assert written([str(path)], rules(NUMERIC, binary(positive=True)))["y"] == [
        [c.encode()] if c else [] for c in cells
    ]


def test_a_reviewed_schema_says_what_an_empty_column_is(tmp_path):
    assert written([csv(tmp_path, ["", "NA"])], rules(types={"x": ColumnType.FLOAT}))["x"] == [[], []]


@pytest.mark.parametrize(
    ("type_", "cells", "expected"),
    [
        (ColumnType.FLOAT, ["1", "2"], [[1.0], [2.0]]),
        (ColumnType.BYTES, ["1", "2.50"], [[b"1"], [b"2.50"]]),
        (ColumnType.INT, ["1", "2"], [[1], [2]]),
        (ColumnType.INT, ["1.0", "NA", "2.0"], [[1], [], [2]]),  # as pandas writes integers of which one is missing
        (ColumnType.INT, ["1.0"] * 20 + ["2.5"], [[1.0]] * 20 + [[2.5]]),  # the data gate says it
        (ColumnType.INT, ["1", "2.5"], [[1.0], [2.5]]),
        (ColumnType.FLOAT, ["1", "x"], [[b"1"], [b"x"]]),
    ],
)
def test_a_reviewed_schema_knows_the_values_of_other_days(tmp_path, type_, cells, expected):
    path = tmp_path / "a.csv"
    path.write_text("x,y,z\n" + "".join(f"1,1,{cell}\n" for cell in cells))
    found = written([str(path)], rules(types={"z": type_, "x": ColumnType.FLOAT}))
    assert found["z"] == expected
    assert all(isinstance(value, float) for (value,) in found["x"])


@pytest.mark.parametrize(
    ("feature", "column", "expected"),
    [
        (NUMERIC, pa.array([Decimal("1.50"), None]), [[1.5], []]),
        (NUMERIC, pa.array([True, None]), [[1], []]),
        (NUMERIC, pa.array(["1.5", "NA"]), [[1.5], []]),
        (WHOLE, pa.array([7.0, None, float("nan")]), [[7], [], []]),
        (NUMERIC, pa.array(["7", None]).dictionary_encode(), [[7], []]),
        (WHOLE, pa.array(["7", ""], pa.large_string()), [[7], []]),
        (NUMERIC, pa.array([7, 2**63 - 1], pa.uint64()), [[7], [2**63 - 1]]),
        (TEXT, pa.array([True, False]), [[b"true"], [b"false"]]),
        (TEXT, pa.array([7, None], pa.uint64()), [[b"7"], []]),
        (TEXT, pa.array([7, None]), [[7], []]),
        (BOOLEAN, pa.array([True, False, None]), [[1], [0], []]),
        (TIME, pa.array([16495, None], pa.date32()), [[b"2015-03-01"], []]),
        (TIME, pa.array([-1, 10**6 + 5], pa.timestamp("us")), [[b"1969-12-31 23:59:59"], [b"1970-01-01 00:00:01"]]),
        (TIME, pa.array([0, None], pa.timestamp("ms", "Asia/Tokyo")), [[b"1970-01-01 00:00:00"], []]),
        (TIME, pa.array(["2015-03-01", ""]), [[b"2015-03-01"], []]),
        (SECONDS, pa.array([7, None]), [[7], []]),
        (BOOLEAN, pa.array(["t", "F", None]), [[b"t"], [b"F"], []]),
        (TEXT, pa.array(["a", None]).dictionary_encode(), [[b"a"], []]),
    ],
)
def test_what_a_kind_of_feature_takes_of_parquet(tmp_path, feature, column, expected):
    assert written([as_parquet(tmp_path, x=column)], rules(feature))["x"] == expected


UNFIT = {
    "timestamp": pa.array([0, 1], pa.timestamp("s")),
    "struct": pa.array([{"a": 1}, {"a": 2}]),
    "list with nulls": pa.array([[1, None], [2]]),
    "uint64": pa.array([2**63, 1], pa.uint64()),
}


@pytest.mark.parametrize("column", UNFIT.values(), ids=UNFIT)
def test_what_no_example_can_hold_is_ignored_where_nothing_uses_it(tmp_path, column):
    path = as_parquet(tmp_path, x=[1, 2], odd=column)
    assert written([path], rules())["x"] == [[1], [2]]


@pytest.mark.parametrize("feature", [NUMERIC, WHOLE])
@pytest.mark.parametrize("column", UNFIT.values(), ids=UNFIT)
def test_and_is_told_where_a_feature_uses_it(tmp_path, column, feature):
    (sentence,) = written([as_parquet(tmp_path, x=column)], rules(feature))
    assert "column 'x' " in sentence
    assert "features" in sentence


@pytest.mark.parametrize(
    ("feature", "column", "words"),
    [
        (NUMERIC, pa.array(["abc", "1"]), ['1 value that is not a number: "abc"', VOCABULARY]),
        (WHOLE, pa.array([1.5, 2.0]), ['"1.5"', 'x = { kind = "numeric" }']),
        (TEXT, pa.array([1.5, 2.0]), ["is double", 'x = { kind = "numeric" }']),
        (BOOLEAN, pa.array([1, 2]), ['1 value that is neither true nor false: "2"']),
        (NUMERIC, pa.array([1], pa.timestamp("s")), ["is timestamp[", 'x = { kind = "time" }']),
        (TIME, pa.array([1]), ["is int64", 'x = { kind = "time", unit = "s" }']),
        (TIME, pa.array([1.5]), ["is double", "remove x from [features]"]),
        (NUMERIC, pa.nulls(2, pa.float64()), ["no value in any row"]),
        (NUMERIC, pa.array([b"1"]), ["binary data"]),
    ],
)
def test_what_a_kind_of_feature_does_not_take_of_parquet(tmp_path, feature, column, words):
    (sentence,) = written([as_parquet(tmp_path, x=column)], rules(feature))
    assert [word for word in words if word not in sentence] == []


def test_parquet_files_may_have_different_columns(tmp_path):
    paths = [
        as_parquet(tmp_path, "1.parquet", x=[1, 2]),
        as_parquet(tmp_path, "2.parquet", x=[3], new=["a"], y=[2.0]),
        as_parquet(tmp_path, "3.parquet", new=["b"]),
    ]
    found = written(paths, rules(others=["new"]))
    assert found["x"] == [[1], [2], [3], []]
    assert found["new"] == [[], [], [b"a"], [b"b"]]


def test_an_unused_column_that_is_text_here_and_numbers_there_is_ignored(tmp_path):
    paths = [as_parquet(tmp_path, f"{i}.parquet", x=[i], odd=[odd]) for i, odd in enumerate([1, "a", 2])]
    assert written(paths, rules()) == {"y": [[1.0]] * 3, "x": [[0], [1], [2]]}
    (sentence,) = written(paths, rules(others=["odd"]))
    assert "1.parquet: column 'odd' holds text, and in " in sentence


def test_names_are_text_where_the_schema_or_another_file_says_so(tmp_path):
    known = rules(TEXT, types={"x": ColumnType.BYTES})
    assert written([csv(tmp_path, ["1"])], known)["x"] == written([as_parquet(tmp_path, x=[1])], known)["x"] == [[b"1"]]
    paths = [as_parquet(tmp_path, "1.parquet", x=[1]), as_parquet(tmp_path, "2.parquet", x=["a"])]
    assert written(paths, rules(TEXT))["x"] == [[b"1"], [b"a"]]


def test_files_without_rows_are_no_fault_beside_others(tmp_path):
    paths = [csv(tmp_path, [], "1.csv"), csv(tmp_path, ["1"], "2.csv")]
    assert written(paths, rules())["x"] == [[1]]
    assert "has no rows" in written(paths[:1], rules())[0]


def test_rules_survive_the_way_to_the_executor():
    made = rules(TEXT, binary(positive=True), others=["z"], listed=["?"], types={"x": ColumnType.BYTES})
    assert Rules.from_json(json.loads(json.dumps(made.as_json()))) == made


DTYPES = {int: "int64", float: "float", bytes: "string"}
NASTY = ["", " ", "NA", "None", "-", "nan", "?", "7", "7.0", "-1", "1.5", " 5 ", "1e3", "1_000", "0x10", "inf", "True"]
NASTY += [
    "2015-03-01",
    " 2015-03-01T1:00 ",
    "1",
    "0",
    "yes",
    "F",
    "9223372036854775808",
    "a",
    "é",
    '"x, ""y"""',
    '5" pipe',
    '"two\nlines"',
    '"7"',
]


@pytest.mark.parametrize(
    "column", [pa.array([0, -1, 10**9], pa.timestamp("ms", "Asia/Tokyo")), pa.array([1, 2, 3], pa.date64())]
)
def test_predict_takes_a_time_of_parquet_for_what_example_gen_takes_it(tmp_path, column):
    path = as_parquet(tmp_path, x=column)
    with reading.open_rows(path) as rows:
        asked = reading.to_arrays(list(rows), {"x": "string"}, 1)["x"]
    assert written([path], rules(TIME))["x"] == [[text] for text in asked]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([1.0, None, 2.0, float("nan")]), [[1], [], [2], []]),
        (pa.array([1.0, 2.5]), [[1.0], [2.5]]),
        (pa.array([None, None], pa.float64()), [[], []]),
    ],
)
@pytest.mark.parametrize("name", ["x", "z"])
def test_a_reviewed_schema_knows_whole_numbers_in_parquet_too(tmp_path, name, column, expected):
    """Whether the column is a feature, as x is, or not."""
    columns = {"x": pa.array([1.0] * len(column)), name: column}
    found = written([as_parquet(tmp_path, **columns)], rules(types={name: ColumnType.INT}))[name]
    assert found == expected
    assert [[type(value) for value in row] for row in found] == [[type(value) for value in row] for row in expected]


@pytest.mark.parametrize(
    ("feature", "types"),
    [(NUMERIC, None), (NUMERIC, {"x": ColumnType.INT}), *((each, None) for each in (WHOLE, TEXT, BOOLEAN, TIME))],
)
def test_predict_takes_a_file_for_what_example_gen_takes_it(tmp_path, feature, types):
    """Whatever a model can learn from, it can be asked about, and what is missing is so for both."""
    rng, learnt = random.Random(feature.kind), 0
    for number in range(150):
        cells = rng.choices(rng.sample(NASTY, rng.randint(1, 5)), k=rng.randint(1, 6))
        path = csv(tmp_path, cells, f"{number}.csv")
        found = written([path], rules(feature, listed=["?"], types=types))
        if isinstance(found, list):
            continue
        dtypes = {"x": next((DTYPES[type(v)] for (v,) in filter(None, found["x"])), "int64" if types else "string")}
        with reading.open_rows(path, missing=["?"]) as rows:
            asked = reading.to_arrays(list(rows), dtypes, 1)["x"]
        as_learnt = reading.to_arrays([{"x": value[0] if value else None} for value in decoded(found["x"])], dtypes, 1)
        np.testing.assert_array_equal(asked, as_learnt["x"], err_msg=repr(cells))
        learnt += 1
    assert learnt > 20


def decoded(values):
    return [[v.decode() if isinstance(v, bytes) else v for v in value] for value in values]
