"""The commands that ask a model, from the outside: predict, split and ab-report against a server that really runs."""

from __future__ import annotations

import csv
import json
import random
import re
import subprocess
import sys
import urllib.request

import pandas
import pytest
import tensorflow as tf
from pyarrow import parquet

from tests.e2e.model_server import ModelServer
from tests.made_exports import Weighing, export

WEIGHTS = {"stable": 0.5, "canary": 0.25}
VERSIONS = {"stable": 1, "canary": 2}
LEAST = -1000.0  # of x, below which the canary refuses to answer
NOBODY = "127.0.0.1:1"  # where no server listens


def refusing(x):
    known = tf.where(tf.math.is_nan(x), 0.0, x)
    with tf.control_dependencies([tf.debugging.assert_greater_equal(known, LEAST, "x is too small for me")]):
        return tf.identity(x)


class Asking:
    """The command, on a serving folder with two labelled versions and a server of it."""

    def __init__(self, folder):
        self.serving = folder / "models"
        export(self.serving / "weighing" / "1", Weighing(WEIGHTS["stable"]))
        export(self.serving / "weighing" / "2", Weighing(WEIGHTS["canary"], refusing))
        labels = " ".join(f'version_labels {{ key: "{label}" value: {VERSIONS[label]} }}' for label in VERSIONS)
        (self.serving / "models.config").write_text(
            f'model_config_list {{ config {{ name: "weighing" base_path: "{self.serving / "weighing"}" '
            f'model_platform: "tensorflow" '
            f"model_version_policy {{ specific {{ versions: 1 versions: 2 }} }} {labels} }} }}"
        )
        self.server = ModelServer(self.serving, "weighing")
        options = ("--config", str(folder / "weighing.toml"), "--serving-dir", str(self.serving))
        self.rpc = (*options, "--server", self.server.target)
        self.rest = (*options, "--url", self.server.url)
        self.offline = options
        self.nobody = (*options, "--server", NOBODY)

    @property
    def answered(self):
        """How many predictions the server has been asked for."""
        with urllib.request.urlopen(self.server.url + "/monitoring/prometheus/metrics") as page:
            counts = re.findall(r'turnstile_requests_total{.*method="predict".*} (\S+)', page.read().decode())
        return sum(map(float, counts))


@pytest.fixture(scope="module")
def asking(tmp_path_factory):
    found = Asking(tmp_path_factory.mktemp("asking"))
    with found.server:
        yield found


def turnstile(*arguments, code=0, **options):
    """Runs a command, which must end with an exit code, and without a traceback."""
    command = [sys.executable, "-m", "pipeline.commands.main", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, **options)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
    return done


def made(count, seed=1):
    """Rows with a key, some of them without a name or a number."""
    rng = random.Random(seed)
    rows = [{"id": i, "x": rng.randrange(400) / 4, "name": f"ü{i}"} for i in range(count)]
    return [row | {rng.choice(["x", "name"]): None} if i % 10 == 3 else row for i, row in enumerate(rows)]


def answer(row, label):
    x = row.get("x")
    return {"label": f"of {row.get('name') or ''}", "value": None if x is None else x * WEIGHTS[label]}


def write(path, rows):
    table = pandas.DataFrame(rows)
    if path.suffix == ".csv":
        table.to_csv(path, index=False)
    elif path.suffix == ".parquet":
        table.to_parquet(path)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read(path):
    if path.suffix == ".parquet":
        return parquet.read_table(path).to_pylist()
    if path.suffix != ".csv":
        return [json.loads(line) for line in path.read_text().splitlines()]
    with path.open(newline="", encoding="utf-8") as handle:
        return [row | {"value": float(row["value"]) if row["value"] else None} for row in csv.DictReader(handle)]


# Predict.


@pytest.mark.parametrize("label", ["stable", "canary"])
def test_by_grpc_by_rest_and_offline_the_answers_are_the_same(asking, tmp_path, label):
    rows = made(50)
    source = write(tmp_path / "rows.csv", rows)
    for way in (asking.rpc, asking.rest, asking.offline):
        done = turnstile("predict", source, *way, "--label", label, "--batch", 7)
        assert [json.loads(line) for line in done.stdout.splitlines()] == [answer(row, label) for row in rows]
        said = "" if way == asking.offline else f": 50 by version {VERSIONS[label]}\n"
        assert done.stderr.endswith(said)


@pytest.mark.parametrize(
    ("source", "out"), [("rows.csv", "out.csv"), ("rows.parquet", "out.jsonl"), ("rows.jsonl", "out.parquet")]
)
def test_every_format_in_and_out(asking, tmp_path, source, out):
    rows = made(30)
    options = ("--version", 1, "--keep", "id", "--out", tmp_path / out)
    done = turnstile("predict", write(tmp_path / source, rows), *asking.rest, *options)
    id_type = str if out == "out.csv" else int
    expected = [{"id": id_type(row["id"])} | answer(row, "stable") for row in rows]
    assert (done.stdout, read(tmp_path / out)) == ("", expected)
    assert re.fullmatch(r"turnstile: 30 rows in \d+\.\d s, [\d,]+ rows/s: 30 by version 1\n", done.stderr)


def test_rows_by_a_pipe_may_leave_columns_out(asking):
    rows = [{"x": 4}, {"x": 5, "name": "five"}, {"name": "none"}]
    done = turnstile(
        "predict", "-", *asking.rpc, "--label", "stable", input="".join(json.dumps(row) + "\n" for row in rows)
    )
    assert [json.loads(line) for line in done.stdout.splitlines()] == [answer(row, "stable") for row in rows]
    assert "turnstile: not in the first row, taken as missing: name\n" in done.stderr


def test_what_is_asked_and_answered_is_logged(asking, tmp_path):
    rows = made(5)
    turnstile("predict", write(tmp_path / "r.jsonl", rows), *asking.rpc, "--label", "canary", "--log", tmp_path / "log")
    logged = read(tmp_path / "log")
    assert [(line["version"], line["label"], line["arm"]) for line in logged] == [(2, "canary", None)] * 5
    assert [line["inputs"] for line in logged] == [{"name": row["name"], "x": row["x"]} for row in rows]
    assert [line["outputs"] for line in logged] == [answer(row, "canary") for row in rows]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["predict"], "row 4, column 'x': expected a number, got 'four'. Correct it, or leave it empty"),
        (
            ["predict", "--keep", "user"],
            "--keep user: the input has no such column; it has: id, x, name. Choose one of these",
        ),
        (
            ["split", "--canary", "50"],
            "row 4, column 'x': expected a number, got 'four'. Correct it, or leave it empty",
        ),
        (["split", "--canary", "50", "--key", "user"], "a row has no column 'user' (--key); it has: id, x, name"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_before_anything_is_sent(asking, tmp_path, command, words):
    rows = write(tmp_path / "rows.jsonl", [*made(3), {"id": 4, "x": "four"}])
    before = asking.answered
    done = turnstile(*command, rows, *asking.rpc, "--batch", 1, "--log", tmp_path / "log", code=2)
    assert (done.stdout, done.stderr) == ("", f"turnstile: {words}\n")
    assert asking.answered == before
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]


def test_a_label_that_is_on_no_version_is_told_in_the_servers_words(asking, tmp_path):
    done = turnstile("predict", write(tmp_path / "r.csv", made(3)), *asking.rest, "--label", "shadow", code=2)
    assert "Unrecognized servable version label: shadow (HTTP 400). Asked for model 'weighing'" in done.stderr


def test_nobody_there_is_told_after_asking_again(asking, tmp_path):
    rows = write(tmp_path / "rows.csv", made(3))
    done = turnstile("predict", rows, *asking.nobody, "--retries", 2, "--out", tmp_path / "out.csv", code=1)
    first, *_, last = done.stderr.splitlines()
    assert re.match(rf"turnstile: {NOBODY}: no answer \(.*Connection refused\); trying again$", first)
    assert last.endswith(
        "Start one: turnstile serve. Another address: --server HOST:8500 for gRPC, --url http://HOST:8501 for REST"
    )
    assert not (tmp_path / "out.csv").exists()


# Split.


def split(asking, rows, way, folder, *options, code=0):
    """Splits by the key `id`; returns the answers by key, and the report of each arm."""
    source, out = write(folder / "rows.jsonl", rows), folder / "out.jsonl"
    done = turnstile("split", source, *way, "--key", "id", "--out", out, *options, "--json", code=code)
    answers = read(out)
    assert len(answers) == len(rows)
    return {row["id"]: found for row, found in zip(rows, answers, strict=True)}, json.loads(done.stdout)["arms"]


def arms(answers):
    return {key: found["arm"] for key, found in answers.items()}


def test_a_key_stays_in_its_arm_and_each_arm_answers_for_its_own(asking, tmp_path):
    rows = made(60)
    answers, _ = split(asking, rows, asking.rpc, tmp_path, "--canary", 40, "--batch", 7)
    for row in rows:
        found = answers[row["id"]]
        arm = found["arm"]
        assert found == {"arm": arm, "version": VERSIONS[arm]} | answer(row, arm)
    others = made(60, seed=2)[::-1]
    for way in (asking.rest, asking.offline):
        assert arms(split(asking, others, way, tmp_path, "--canary", 40)[0]) == arms(answers)


def test_a_larger_share_only_moves_keys_to_the_canary_and_a_salt_divides_anew(asking, tmp_path):
    rows = made(200)
    fewer, more, salted = (
        {key for key, arm in arms(split(asking, rows, asking.rpc, tmp_path, *options)[0]).items() if arm == "canary"}
        for options in (["--canary", 20], ["--canary", 50], ["--canary", 20, "--salt", "winter"])
    )
    assert 0 < len(fewer) < len(more) < 200
    assert fewer < more
    assert salted - more


def test_the_report_of_the_arms_adds_up(asking, tmp_path):
    rows = [*made(100), {"id": None, "x": 1.0, "name": "nobody"}]
    answers, report = split(asking, rows, asking.rpc, tmp_path, "--canary", 30, "--batch", 10)
    assert sum(arm["rows"] for arm in report.values()) == len(rows)
    for name, arm in report.items():
        found = [answer for answer in answers.values() if answer["arm"] == name]
        numbers = [answer["value"] for answer in found if answer["value"] is not None]
        assert (arm["rows"], arm["errors"], arm["error_messages"]) == (len(found), 0, [])
        assert (arm["versions"], arm["requests"]) == ({str(VERSIONS[name]): len(found)}, -(-len(found) // 10))
        assert arm["means"] == {"value": pytest.approx(sum(numbers) / len(numbers))}
        assert 0 < arm["latency_ms"]["p50"] <= arm["latency_ms"]["p99"]
        assert arm["rows_without_key"] == (name == "stable")


def test_rows_that_the_canary_refuses_are_its_errors_and_the_others_are_answered(asking, tmp_path):
    rows = [row | {"x": LEAST - 1} if row["id"] % 10 == 0 else row for row in made(60)]
    options = ("--canary", 50, "--batch", 1, "--log", tmp_path / "log")
    answers, report = split(asking, rows, asking.rpc, tmp_path, *options, code=1)
    refused = [row["id"] for row in rows if row["x"] == LEAST - 1 and answers[row["id"]]["arm"] == "canary"]
    nothing = {"arm": "canary", "version": None, "label": None, "value": None}
    assert refused
    assert [key for key, found in answers.items() if found == nothing] == refused
    assert {name: arm["errors"] for name, arm in report.items()} == {"stable": 0, "canary": len(refused)}
    assert "x is too small for me" in report["canary"]["error_messages"][0]
    assert [line["key"] for line in read(tmp_path / "log")] == [str(key) for key in answers if key not in refused]


def test_when_no_request_is_answered_any_more_the_rest_is_not_tried(asking, tmp_path):
    rows = write(tmp_path / "rows.jsonl", [row | {"x": LEAST - 1} for row in made(300)])
    before = asking.answered
    options = ("--canary", 100, "--batch", 1, "--out", tmp_path / "out.csv", "--json")
    done = turnstile("split", rows, *asking.rpc, *options, code=1)
    found = json.loads(done.stdout)
    assert found["exit_code"] == 1
    assert found["error"].startswith("8 requests in a row failed, the last: ")
    assert asking.answered - before < 100
    assert not (tmp_path / "out.csv").exists()


# What came of it.


@pytest.fixture(scope="module")
def tested(asking, tmp_path_factory):
    """The log of an A/B test, and what came of its rows: half of x and a little, as the stable version says."""
    folder = tmp_path_factory.mktemp("tested")
    rows = [{"id": i, "x": 10 + i % 7, "name": "a"} for i in range(400)]
    split(asking, rows, asking.rest, folder, "--canary", 50, "--log", folder / "log")
    rng = random.Random(4)
    return folder / "log", [{"id": row["id"], "paid": row["x"] / 2 + rng.gauss(0, 1)} for row in rows]


def ab_report(tested, folder, count, *options, code=0):
    log, outcomes = tested
    path = write(folder / "outcomes.csv", outcomes[:count])
    return turnstile("ab-report", log, "--outcomes", path, "--key", "id", "--outcome", "paid", *options, code=code)


def test_a_planted_difference_is_found_and_no_other(tested, tmp_path):
    found = json.loads(ab_report(tested, tmp_path, 400, "--json").stdout)
    outcome, error = found["metrics"]
    assert (outcome["metric"], error["metric"]) == ("outcome", "absolute_error")
    assert (outcome["differs"], error["differs"]) == (False, True)
    assert sum(error["keys"].values()) == found["counts"]["rows"] == 400
    assert 2 < error["difference"]["low"] < error["difference"]["value"] < error["difference"]["high"] < 3
    assert error["verdict"].endswith("which is worse")


def test_on_few_rows_there_is_not_enough_data(tested, tmp_path):
    shown = ab_report(tested, tmp_path, 12, "--metric", "outcome", "--difference", "0.5").stdout
    assert "388 keys without an outcome, left out" in shown
    assert re.search(r"\n  not enough data: \d keys? in stable, \d keys? in canary\n", shown)
    assert re.search(r"\n  To see a difference of 0.5 with 80% power takes about \d+ in each\n", shown)


def test_a_report_that_cannot_be_made_says_why(tested, tmp_path):
    done = ab_report(tested, tmp_path, 12, "--metric", "log_loss", "--json", code=2)
    assert json.loads(done.stdout) == {
        "error": "--metric log_loss: does not suit these outcomes and this model's outputs; "
        "suiting: outcome, absolute_error, accuracy",
        "exit_code": 2,
    }
