"""`turnstile batch`: answers in shards, by one version to the end, whatever kills the command on its way."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import parquet

from pipeline.beam import BeamConfig, beam_args
from pipeline.commands.main import main
from serving.batch import job as batch_job
from serving.batch.job import Job, batch
from serving.client.base import RefusedError
from serving.client.connect import Options
from serving.client.offline import OfflineClient
from serving.settings import ServingConfig
from serving.tables import files
from tests.made_exports import Weighing, export
from turnstile.errors import TurnstileError, UsageError

ROWS = 400


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    """A serving folder with two versions; version 1 is stable."""
    folder = tmp_path_factory.mktemp("models")
    export(folder / "weighing" / "1", Weighing(0.5))
    export(folder / "weighing" / "2", Weighing(0.25))
    label(folder, 1)
    return folder


def label(folder, version):
    (folder / "models.config").write_text(
        f'model_config_list {{ config {{ name: "weighing" base_path: "{folder / "weighing"}" '
        f'model_platform: "tensorflow" model_version_policy {{ specific {{ versions: 1 versions: 2 }} }} '
        f'version_labels {{ key: "stable" '
        f"value: {version} }} }} }}"
    )


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(files, "BLOCK_BYTES", 500)


class Served:
    def __init__(self, folder):
        self.name, self.serving = "weighing", ServingConfig(dir=str(folder))


def made(path, rows=ROWS, bad=()):
    """A file of rows with a key; those in `bad` have no number where there should be one."""
    x = ["four" if i in bad else "" if i % 10 == 3 else str(i / 4) for i in range(rows)]
    table = {"id": [str(i) for i in range(rows)], "x": x, "name": [f"ü{i}" for i in range(rows)]}
    if path.suffix == ".parquet":
        parquet.write_table(pa.table(table | {"id": list(range(rows))}), path, row_group_size=60)
    else:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerows([table, *zip(*table.values(), strict=True)])
    return str(path)


def expected(rows, weight=0.5, bad=()):
    return [
        {"id": str(i), "label": f"of ü{i}", "value": "" if i % 10 == 3 else str(i / 4 * weight)}
        for i in rows
        if i not in bad
    ]


def answers(out):
    """The rows of all shards, in order, as text."""
    found = []
    for path in sorted(Path(out).glob("answers-*")):
        if path.suffix == ".parquet":
            rows = parquet.read_table(path).to_pylist()
            found += [{name: "" if value is None else str(value) for name, value in row.items()} for row in rows]
        elif path.suffix == ".csv":
            with path.open(newline="", encoding="utf-8") as file:
                found += csv.DictReader(file)
    return found


def run(serving, out, *paths, options=None, **job):
    made = Job(paths=paths, out=str(out), **{"keep": ("id",), "shard_rows": 100} | job)
    return batch(made, options or Options(), lambda: Served(serving))


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("source", ["rows.csv", "rows.parquet"])
def test_every_row_is_answered_in_order_in_either_format(serving, tmp_path, source, form):
    manifest = run(serving, tmp_path / "out", made(tmp_path / source), form=form)
    assert answers(tmp_path / "out") == expected(range(ROWS))
    counts = [manifest[key] for key in ("state", "rows", "answered", "rejected")]
    assert counts == ["done", ROWS, ROWS, 0]
    assert len(manifest["shards"]) > 2
    names = {shard["file"] for shard in manifest["shards"]} | {"manifest.json", ".lock"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names
    assert json.loads((tmp_path / "out" / "manifest.json").read_text()) == manifest


def test_rows_that_are_no_input_are_rejects_and_the_others_are_answered(serving, tmp_path):
    bad = {5, 6, 250}
    first = made(tmp_path / "a.csv", 100, {7})
    manifest = run(serving, tmp_path / "out", first, made(tmp_path / "b.csv", ROWS, bad))
    assert answers(tmp_path / "out") == expected(range(100), bad={7}) + expected(range(ROWS), bad=bad)
    assert (manifest["answered"], manifest["rejected"]) == (ROWS + 96, 4)
    found = []
    for shard in filter(lambda shard: shard["rejects"], manifest["shards"]):
        with (tmp_path / "out" / shard["rejects"]).open(newline="") as file:
            found += [(row["file"], int(row["row"]), row["reason"]) for row in csv.DictReader(file)]
    reason = "column 'x': expected a number, got 'four'. Correct it, or leave it empty"
    assert found == [("a.csv", 8, reason), *(("b.csv", row + 1, reason) for row in sorted(bad))]


def test_a_file_of_nothing_but_rejects_leaves_a_header(serving, tmp_path):
    manifest = run(serving, tmp_path / "out", made(tmp_path / "a.csv", 3, {0, 1, 2}))
    assert (manifest["answered"], manifest["rejected"]) == (0, 3)
    assert (tmp_path / "out" / manifest["shards"][0]["file"]).read_text() == "id,label,value\n"


# StoppedError, and gone on with.


class StoppedError(Exception):
    """What ends an engine in the middle."""


def stopping(shards):
    """An engine that stops after so many shards."""

    def engine(work, to_do, progress):
        batch_job.in_this_process(work, to_do[:shards], progress)
        raise StoppedError

    return engine


@pytest.fixture
def begun(serving, tmp_path):
    """A job of which one shard is done; returns the input."""
    source = made(tmp_path / "rows.csv")
    job = Job(paths=[source], out=str(tmp_path / "out"), keep=("id",), shard_rows=100)
    with pytest.raises(StoppedError):
        batch(job, Options(), lambda: Served(serving), stopping(1))
    return source


def test_what_is_done_is_not_done_again_and_a_label_that_moved_changes_nothing(serving, tmp_path, begun, capsys):
    done = sorted((tmp_path / "out").glob("answers-*"))
    before = [(path.name, path.stat().st_mtime_ns) for path in done]
    label(serving, 2)
    try:
        manifest = run(serving, tmp_path / "out", begun)
    finally:
        label(serving, 1)
    assert len(before) == 1
    assert [(path.name, path.stat().st_mtime_ns) for path in done] == before
    assert (manifest["model"]["version"], answers(tmp_path / "out")) == (1, expected(range(ROWS)))
    assert "shards are done already; goes on with the others" in capsys.readouterr().err


def test_a_job_that_is_done_is_left_as_it_is(serving, tmp_path):
    source = made(tmp_path / "rows.csv")
    manifest = run(serving, tmp_path / "out", source)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    assert run(serving, tmp_path / "out", source) == manifest
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()} == before


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"keep": ("name",)},
            r'holds an unfinished job for other columns to keep \(--keep\), \["id"\]\. Type the command',
        ),
        ({"form": "parquet"}, r'another format \(--format\), "csv"'),
        ({"shard_rows": 7}, r"another number of rows a shard \(--shard-rows\), 100"),
        ({"null_values": ("?",)}, r"other null_values or another form of CSV"),
        ({"options": Options(version=2)}, r'another model, \{"name": null, "model": null, "version": null'),
    ],
)
def test_another_job_in_the_same_folder_is_refused(serving, tmp_path, begun, changed, words):
    with pytest.raises(UsageError, match=words):
        run(serving, tmp_path / "out", begun, **changed)


def test_input_that_changed_is_refused_by_name(serving, tmp_path, begun):
    made(Path(begun), ROWS + 1)
    with pytest.raises(UsageError, match=r"holds an unfinished job for other input \(rows\.csv was changed\)"):
        run(serving, tmp_path / "out", begun)


def test_the_same_file_elsewhere_is_the_same_input(serving, tmp_path, begun):
    (tmp_path / "moved").mkdir()
    moved = Path(begun).rename(tmp_path / "moved" / "rows.csv")
    run(serving, tmp_path / "out", str(moved))
    assert answers(tmp_path / "out") == expected(range(ROWS))


def test_a_pinned_version_that_is_not_what_it_was_is_refused(tmp_path):
    model, source = export(tmp_path / "models" / "weighing" / "1"), made(tmp_path / "rows.csv")
    job = Job(paths=[source], out=str(tmp_path / "out"), shard_rows=100)
    with pytest.raises(StoppedError):
        batch(job, Options(), lambda: Served(tmp_path / "models"), stopping(1))
    (model / "variables" / "variables.index").write_bytes(b"")
    with pytest.raises(UsageError, match=r"out: was begun with .*weighing/1, which was changed\. Put it back"):
        batch(job, Options(), lambda: Served(tmp_path / "models"))
    model.rename(tmp_path / "gone")
    with pytest.raises(UsageError, match="which is not there any more"):
        batch(job, Options(), lambda: Served(tmp_path / "models"))


def test_two_jobs_in_one_folder_do_not_meet(serving, tmp_path):
    source = made(tmp_path / "rows.csv")
    with (
        batch_job._held(tmp_path / "out"),
        pytest.raises(TurnstileError, match="another turnstile batch works in this"),
    ):
        run(serving, tmp_path / "out", source)


# On Beam.


@pytest.mark.parametrize("mode", ["in_memory", "multi_threading"])
def test_on_beam_the_answers_are_the_same_from_whatever_folder(serving, tmp_path, monkeypatch, mode):
    from serving.batch.on_beam import OnBeam

    source = made(tmp_path / "rows.csv", bad={9})
    monkeypatch.chdir(tmp_path)
    job = Job(paths=["rows.csv"], out="out", keep=("id",), shard_rows=100)
    engine = OnBeam(beam_args(BeamConfig(mode=mode, workers=2)))
    manifest = batch(job, Options(), lambda: Served(serving), engine)
    assert answers(tmp_path / "out") == expected(range(ROWS), bad={9})
    assert (manifest["answered"], manifest["rejected"]) == (ROWS - 1, 1)
    alone = run(serving, tmp_path / "alone", source)
    assert [(shard["file"], shard["bytes"]) for shard in alone["shards"]] == [
        (shard["file"], shard["bytes"]) for shard in manifest["shards"]
    ]


def test_the_command_goes_by_the_configs_beam(serving, tmp_path):
    (tmp_path / "weighing.toml").write_text('name = "weighing"\n[beam]\nworkers = -1\n')
    arguments = ["batch", made(tmp_path / "rows.csv", 50), "--out", str(tmp_path / "out"), "--keep", "id", "--beam"]
    arguments += ["--config", str(tmp_path / "weighing.toml"), "--serving-dir", str(serving)]
    wrong = CliRunner().invoke(main, arguments)
    assert (wrong.exit_code, "beam.workers" in str(wrong.output) + str(wrong.exception)) == (2, True)
    (tmp_path / "weighing.toml").write_text('name = "weighing"\n[beam]\nmode = "multi_threading"\nworkers = 2\n')
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert (done.exit_code, answers(tmp_path / "out")) == (0, expected(range(50)))
    assert "50 of 50 rows answered by version 1, 1 shard in" in done.output


def test_on_beam_too_an_error_is_one_sentence_and_the_job_goes_on(serving, tmp_path, monkeypatch):
    from serving.batch.on_beam import OnBeam

    source = made(tmp_path / "rows.csv")
    job = Job(paths=[source], out=str(tmp_path / "out"), keep=("id",), shard_rows=100)

    def refuse(*_):
        raise RefusedError("models/weighing/1: x is too small for me")

    with monkeypatch.context() as patched:
        patched.setattr(OfflineClient, "predict", refuse)
        with pytest.raises(TurnstileError, match=r"^models/weighing/1: x is too small for me$"):
            batch(job, Options(), lambda: Served(serving), OnBeam(beam_args(BeamConfig())))
    run(serving, tmp_path / "out", source)
    assert answers(tmp_path / "out") == expected(range(ROWS))


# What is refused before anything is written.


@pytest.mark.parametrize(
    ("job", "options", "words"),
    [
        ({"keep": ("user",)}, {}, r"--keep user: the input has no such column; it has: id, x, name"),
        ({}, {"version": 7}, r"weighing/7: no such version"),
        ({}, {"label": "shadow"}, r"no label 'shadow'"),
        ({}, {"label": "stable", "version": 1}, r"--version and --label exclude each other"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_written(serving, tmp_path, job, options, words):
    source = made(tmp_path / "rows.csv")
    with pytest.raises(UsageError, match=words):
        run(serving, tmp_path / "out", source, options=Options(**options), **job)
    assert list((tmp_path / "out").glob("[!.]*")) == []


def test_a_row_in_the_middle_of_a_large_file_that_is_cut_off_is_told_before_anything_is_written(serving, tmp_path):
    source = Path(made(tmp_path / "rows.csv"))
    source.write_text(source.read_text() + "cut,of")
    with pytest.raises(UsageError, match=r"rows\.csv: line 402 has 2 values, the header has 3"):
        run(serving, tmp_path / "out", str(source))
    assert list((tmp_path / "out").glob("[!.]*")) == []


def test_a_folder_of_something_else_is_left_alone(serving, tmp_path):
    source = made(tmp_path / "rows.csv")
    with pytest.raises(UsageError, match=r"holds rows\.csv, and no manifest\.json"):
        run(serving, tmp_path, source)
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


# From the outside.

# Runs the command in a process that is killed when the named function is called the N-th time.
KILLED = """
import os, signal, sys
from pathlib import Path
from pipeline.commands.main import main
from serving.tables import files
files.BLOCK_BYTES, left = 500, {times}
original = Path.replace

def replace(path, target):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(path, target)

Path.replace = replace
main({arguments!r})
"""


def test_the_command_goes_on_where_it_was_killed(serving, tmp_path):
    (tmp_path / "in").mkdir()
    made(tmp_path / "in" / "a.csv", bad={9})
    made(tmp_path / "in" / "b.csv", 10)
    (tmp_path / "weighing.toml").write_text('name = "weighing"\n')
    arguments = [
        "batch",
        str(tmp_path / "in"),
        "--out",
        str(tmp_path / "out"),
        "--config",
        str(tmp_path / "weighing.toml"),
    ]
    arguments += ["--serving-dir", str(serving), "--shard-rows", "100", "--keep", "id", "--json"]
    for times in (1, 3, 5):  # at the manifest, at a record, and at rejects
        done = subprocess.run([sys.executable, "-c", KILLED.format(times=times, arguments=arguments)], check=False)
        assert done.returncode == -signal.SIGKILL
    for path in (tmp_path / "out").glob("answers-*.csv"):
        assert path.read_text().endswith("\n")
    command = [sys.executable, "-c", KILLED.format(times=-1, arguments=arguments)]
    last = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
    manifest = json.loads(last.stdout)
    assert (manifest["rows"], manifest["answered"], manifest["rejected"]) == (ROWS + 10, ROWS + 9, 1)
    assert answers(tmp_path / "out") == expected(range(ROWS), bad={9}) + expected(range(10))
    assert not list((tmp_path / "out").rglob("*.partial"))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nope.csv", "nope.csv: no such file. Correct the path; it is relative"),
        ("rows.jsonl", "expected a file that ends in .csv"),
        ("*.*", "stands for CSV and Parquet files"),
    ],
)
def test_input_that_cannot_be_read_is_told_with_exit_code_2(tmp_path, name, words):
    made(tmp_path / "a.csv", 3)
    made(tmp_path / "b.parquet", 3)
    (tmp_path / "rows.jsonl").write_text("{}\n") if name == "rows.jsonl" else None
    done = CliRunner().invoke(main, ["batch", str(tmp_path / name), "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert words in done.output


def test_a_shard_that_lost_its_file_is_done_again(serving, tmp_path, begun):
    (path,) = (tmp_path / "out").glob("answers-*.csv")
    path.write_text("id\n")
    run(serving, tmp_path / "out", begun)
    assert answers(tmp_path / "out") == expected(range(ROWS))
    assert ".done" not in {path.name for path in (tmp_path / "out").iterdir()}
