"""The component in a pipeline of its own: artifact, cache, splits, failures, and who can read it."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from pathlib import Path

import apache_beam as beam
import pyarrow as pa
import pytest
import tensorflow as tf
from apache_beam.testing.util import assert_that, equal_to
from pyarrow import parquet
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2
from tfx.components.statistics_gen.component import StatisticsGen
from tfx.orchestration import metadata, pipeline
from tfx.proto import example_gen_pb2

from components import example_columns
from components.example_gen import input_record, shards
from components.example_gen.component import ColumnarExampleGen
from components.example_gen.window import Window
from pipeline.run import local_runner, metadata_store
from tests import made_data, stock_example_gen

# A named image keeps TFX from packing itself for remote workers, 2 s a component; nothing is sent anywhere.
BEAM = ["--runner=DirectRunner", "--direct_running_mode=in_memory", "--sdk_container_image=none"]
ROWS = "a,b,c\n" + "".join(f"{i},{i / 4},x{i % 5}\n" for i in range(200))


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def run(tmp_path, data):
    """Runs the component, and others that are made from it, on the folder `data`; returns the executions by id."""

    def run_(number=1, then=lambda node: [], **options):
        node = ColumnarExampleGen(input_base=str(data), **options)
        database = tmp_path / "metadata.db"
        made = pipeline.Pipeline(
            pipeline_name="alone",
            pipeline_root=str(tmp_path / "output"),
            components=[node, *then(node)],
            enable_cache=True,
            metadata_connection_config=metadata.sqlite_metadata_connection_config(str(database)),
            beam_pipeline_args=BEAM,
        )
        try:
            local_runner.run(made, f"run-{number}")
        finally:
            run_.executions = metadata_store.executions(database, f"run-{number}")
        return run_.executions

    return run_


def examples(executions):
    return executions["ColumnarExampleGen"].outputs["Examples"]


def files(artifact, split="*"):
    return sorted(Path(artifact.uri).glob(f"Split-{split}/*"))


def read(artifact, split="*"):
    paths = [str(path) for path in files(artifact, split)]
    records = tf.data.TFRecordDataset(paths, compression_type="GZIP").as_numpy_iterator()
    return [tf.train.Example.FromString(record) for record in records]


def values(artifact, split="*", column="a"):
    return [example.features.feature[column].int64_list.value[0] for example in read(artifact, split)]


def canonical(found):
    return Counter(example.SerializeToString(deterministic=True) for example in found)


def splits(by=None, **buckets):
    made = [example_gen_pb2.SplitConfig.Split(name=name, hash_buckets=n) for name, n in buckets.items()]
    return example_gen_pb2.Output(split_config=example_gen_pb2.SplitConfig(splits=made, partition_feature_name=by))


def patterns(**of_split):
    made = [example_gen_pb2.Input.Split(name=name, pattern=pattern) for name, pattern in of_split.items()]
    return example_gen_pb2.Input(splits=made)


def test_the_artifact_is_as_tfx_makes_it_and_statistics_gen_reads_it(run, data):
    lines = made_data.TRIPS.read_bytes().splitlines(keepends=True)[:1001]
    (data / "trips.csv").write_bytes(b"".join(lines))
    executions = run(then=lambda node: [StatisticsGen(examples=node.outputs["examples"])])
    artifact = examples(executions)
    fingerprint = artifact.properties.pop("input_fingerprint")
    assert fingerprint.startswith(f"split:single_split,num_files:1,total_bytes:{sum(map(len, lines))},blake2b:")
    properties = {"payload_format": "FORMAT_TF_EXAMPLE", "file_format": "tfrecords_gzip", "span": 0}
    assert properties.items() <= artifact.properties.items()
    of_tfx = [f"Split-{split}/data_tfrecord-00000-of-00001.gz" for split in ("eval", "train")]
    found = {str(path.relative_to(artifact.uri)) for path in Path(artifact.uri).rglob("*.*")}
    columns = {
        str(example_columns.path_beside(f"{artifact.uri}/{shard}").relative_to(artifact.uri)) for shard in of_tfx
    }
    assert found == {*of_tfx, *columns, "input_files.json"}
    assert canonical(read(artifact)) == canonical(stock_example_gen.csv_examples(data / "trips.csv"))
    for split in ("train", "eval"):
        file = Path(executions["StatisticsGen"].outputs["ExampleStatistics"].uri) / f"Split-{split}" / "FeatureStats.pb"
        (found,) = statistics_pb2.DatasetFeatureStatisticsList.FromString(file.read_bytes()).datasets
        assert (found.num_examples, len(found.features)) == (len(read(artifact, split)), 18)


def test_the_cache_looks_at_the_content(run, data):
    path = data / "a.csv"
    path.write_text(ROWS)
    first = run(1)["ColumnarExampleGen"]
    os.utime(path, (1, 1))
    touched = run(2)["ColumnarExampleGen"]
    path.write_text(ROWS.replace("x4", "y4"))
    os.utime(path, (1, 1))
    edited = run(3)["ColumnarExampleGen"]
    assert [first.state, touched.state, edited.state] == ["done", "cached", "done"]


def test_the_artifact_says_of_each_file_what_was_in_it(run, data):
    for name, content in {"1/a.csv": "a\n1\n", "2/b.csv": "a\n2\n", "2/c.csv": "a\n3\n"}.items():
        (data / name).parent.mkdir(exist_ok=True)
        (data / name).write_text(content)
    artifact = examples(run(input_config=patterns(all="{SPAN}/*.csv")))
    digest = hashlib.blake2b(b"a\n3\n", digest_size=32).hexdigest()
    b, c = input_record.read(artifact.uri)
    assert b.path == str(data / "2" / "b.csv")
    assert c == input_record.InputFile(str(data / "2" / "c.csv"), 4, digest, span=2)


def test_the_latest_span_and_its_latest_version_are_taken(run, data):
    for name, content in {"1-1": "a\n11\n", "2-1": "a\n21\n", "2-3": "a\n23\n"}.items():
        (data / f"{name}.csv").write_text(content)
    artifact = examples(run(input_config=patterns(all="{SPAN}-{VERSION}.csv")))
    assert (artifact.properties["span"], artifact.properties["version"]) == (2, 3)
    assert values(artifact) == [23]


def spans(data, *numbers):
    """A file of ten rows for each span: of span 3, those from 300 to 309."""
    for number in numbers:
        (data / f"{number}.csv").write_text("a\n" + "".join(f"{100 * number + row}\n" for row in range(10)))


def test_a_window_is_divided_by_the_hash_of_its_rows_or_judged_on_its_newest_span(run, data):
    spans(data, 1, 2, 3, 4)
    one = {"input_config": patterns(all="{SPAN}.csv"), "strict": True}
    artifact = examples(run(1, **one, window=Window(3)))
    assert sorted(values(artifact)) == [100 * span + row for span in (2, 3, 4) for row in range(10)]
    assert {value // 100 for value in values(artifact, "train")} == {2, 3, 4}
    newest = examples(run(2, **one, window=Window(3, "newest")))
    assert sorted(values(newest, "train")) == [100 * span + row for span in (2, 3) for row in range(10)]
    assert sorted(values(newest, "eval")) == list(range(400, 410))
    assert newest.properties["span"] == 4
    told = [{"span": span, "files": 1, "rows": 10} for span in (2, 3, 4)]
    assert json.loads(newest.properties["spans"]) == told
    assert [file.span for file in input_record.read(newest.uri)] == [2, 3, 4]
    for number in (1, 2):  # and the types are those of all spans
        read_again = run(2 + number, **one, window=Window(3, "newest"))["ColumnarExampleGen"]
        assert read_again.state == "cached" if number == 1 else "done"
        (data / "2.csv").write_text("a\nx\n")
    assert read(examples(run.executions), "eval")[0].features.feature["a"].bytes_list.value == [b"400"]


def test_a_span_without_rows_and_one_that_came_twice_are_refused(run, data):
    spans(data, 1, 2, 3)
    (data / "2.csv").write_text("a\n")
    (data / "3.csv").write_bytes((data / "1.csv").read_bytes())
    with pytest.raises(Exception, match="The data was refused"):
        run(input_config=patterns(all="{SPAN}.csv"), strict=True, window=Window(3, "newest"))
    message = run.executions["ColumnarExampleGen"].message
    assert f"span 2 ({data / '2.csv'}) is empty: it has a header, and no rows" in message
    assert f"span 3 ({data / '3.csv'}) is repeated: it has the same content as span 1 ({data / '1.csv'})" in message


def test_names_may_have_any_sign_in_them(run, data):
    """A pattern is looked for in a folder whose name is taken as it is."""
    folder = data / "a[1]^$"
    folder.mkdir()
    for name in ("7.csv", "8.csv", ".9.csv"):
        (folder / name).write_text(f"a\n{name.strip('.')[0]}\n")
    (data / "a1^$").mkdir()
    (data / "a1^$" / "9.csv").write_text("a\n9\n")
    artifact = examples(run(input_config=patterns(all="a[[]1]^$/{SPAN}.csv"), strict=True))
    assert (artifact.properties["span"], values(artifact)) == (8, [8])


def test_splits_that_are_there_already_are_kept(run, data):
    """And the types of each are told apart, as CsvExampleGen does."""
    (data / "train.csv").write_text("a\n1\n2\n")
    (data / "eval.csv").write_text("a\nx\n")
    artifact = examples(run(input_config=patterns(train="train.csv", eval="eval.csv")))
    assert values(artifact, "train") == [1, 2]
    assert [e.features.feature["a"].bytes_list.value for e in read(artifact, "eval")] == [[b"x"]]


def test_every_split_is_there_even_without_a_row(run, data):
    (data / "a.csv").write_text("a,b\n1,x\n2,x\n")
    artifact = examples(run(output_config=splits(train=1, test=1, eval=1, by="b")))
    assert sorted(len(read(artifact, split)) for split in ("train", "test", "eval")) == [0, 0, 2]
    with beam.Pipeline(argv=BEAM) as reading:  # as stock components read
        for split in ("train", "test", "eval"):
            records = reading | split >> beam.io.ReadFromTFRecord(f"{artifact.uri}/Split-{split}/*")
            parsed = records | f"Parse {split}" >> beam.Map(tf.train.Example.FromString)
            assert_that(parsed, equal_to(read(artifact, split)), f"Compare {split}")


def test_a_header_without_rows_makes_empty_splits(run, data):
    (data / "a.csv").write_text("a,b\n")
    artifact = examples(run())
    assert [read(artifact, split) for split in ("train", "eval")] == [[], []]


@pytest.mark.parametrize(("by", "options"), [("c", {}), (None, {"split_by": ["c", "d"]})])
def test_rows_with_the_same_values_stay_together(run, data, by, options):
    (data / "a.csv").write_text("a,c,d\n" + "".join(f"{i},{i % 25},{i % 2}\n" for i in range(200)))
    artifact = examples(run(output_config=splits(train=1, eval=1, by=by), **options))
    of_train, of_eval = ({v % (25 if by else 50) for v in values(artifact, split)} for split in ("train", "eval"))
    assert of_train
    assert of_eval
    assert not of_train & of_eval


def test_splits_do_not_depend_on_files_blocks_and_shards(run, data, monkeypatch):
    (data / "a.csv").write_text(ROWS)
    whole = examples(run(1))
    monkeypatch.setattr(shards, "BLOCK_BYTES", 50)
    monkeypatch.setattr(shards, "SHARD_BYTES", 300)
    header, *rows = ROWS.splitlines(keepends=True)
    for number, part in enumerate([rows[150:], rows[:1], [], rows[1:150]]):
        (data / f"{'zbda'[number]}.csv").write_text(header + "".join(part))
    parts = examples(run(2))
    assert len(files(parts, "train")) == len(files(parts, "eval")) > 5
    assert {path.name[-11:] for path in files(parts)} == {f"of-{len(files(parts, 'train')):05d}.gz"}
    for split in ("train", "eval"):
        assert canonical(read(whole, split)) == canonical(read(parts, split))
    assert values(whole, "train") == sorted(values(whole, "train"))  # rows keep the order they have in the file


def test_parquet(run, data):
    columns = {"a": range(100), "t": ["x", None] * 50, "l": [[1.5, 2.5]] * 100}
    parquet.write_table(pa.table(columns).slice(0, 40), data / "1.parquet", row_group_size=30)
    parquet.write_table(pa.table(columns).slice(40), data / "2.parquet")
    artifact = examples(run(input_config=patterns(all="*.parquet")))
    assert sorted(values(artifact)) == list(range(100))
    assert sorted(values(artifact, "train")) != list(range(100))
    first = read(artifact)[0].features.feature
    assert (list(first["l"].float_list.value), set(first)) == ([1.5, 2.5], {"a", "t", "l"})


def test_a_schema_decides_types_and_columns(run, data):
    (data / "a.csv").write_text(ROWS)
    schema = schema_pb2.Schema(
        feature=[{"name": "a", "type": schema_pb2.FLOAT}, {"name": "c", "type": schema_pb2.BYTES}]
    )
    first = read(examples(run(schema=schema)))[0].features.feature
    assert {name: feature.WhichOneof("kind") for name, feature in first.items()} == {
        "a": "float_list",
        "c": "bytes_list",
    }


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        ("a,b\n1,2\n3\n", {}, r"a\.csv: line 3 has 1 value, the header has 2"),
        ("a,b\n1,2\n", {"split_by": ["taxi"]}, "split by 'taxi': there is no such column; there are: a, b"),
        ("a,b\n1,2\n", {"input_config": patterns(all="*.parquet")}, r"\*\.parquet: matches no file"),
        (
            "a,b\n1,x\n",
            {"schema": schema_pb2.Schema(feature=[{"name": "b", "type": "INT"}])},
            r"a\.csv: column 'b': 'x' is",
        ),
        ("a,b\n1,x\n", {"schema": schema_pb2.Schema(feature=[{"name": "c", "type": "INT"}])}, "none of the schema's"),
    ],
)
def test_a_failed_run_says_why_and_leaves_nothing(run, data, tmp_path, content, options, words):
    (data / "a.csv").write_text(content)
    with pytest.raises(Exception, match=words):
        run(**options)
    assert run.executions["ColumnarExampleGen"].state == "failed"
    assert list((tmp_path / "output").rglob("*.gz")) == []


def test_a_shard_that_fails_leaves_nothing_of_those_that_do_not(run, data, tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "BLOCK_BYTES", 50)
    monkeypatch.setattr(shards, "SHARD_BYTES", 300)
    (data / "a.csv").write_text(ROWS + "1,2\n")
    schema = schema_pb2.Schema(feature=[{"name": "a", "type": schema_pb2.INT}])  # else telling the types would fail
    with pytest.raises(Exception, match="line 202 has 2 values, the header has 3"):
        run(schema=schema)
    assert list((tmp_path / "output").rglob("*.gz")) == []


def test_two_ways_to_say_what_decides_the_split_are_one_too_many():
    with pytest.raises(ValueError, match="give one of them"):
        ColumnarExampleGen(input_base="data", output_config=splits(train=1, by="a"), split_by=["a"])
