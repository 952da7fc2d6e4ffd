"""`turnstile monitor`: requests of a pushed model, in every format, as they should be and not, and what came true."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import grpc
import numpy as np
import pytest
import tensorflow_data_validation as tfdv
from click.testing import CliRunner

from components.data_gate import movement
from pipeline import config_file
from pipeline.commands.main import main
from pipeline.data_gate_settings import data_gate_settings
from serving.model import dtypes
from serving.model.protos import predict_pb2
from serving.model.saved_model import SavedModel
from serving.model.tensor_protos import to_proto
from serving.releases.version_folders import versions
from tests import made_logs, made_requests, made_tfrecords
from tests.e2e.model_server import ModelServer
from turnstile.model_inputs import Columns

TYPES = {"fare": float, "trip_miles": float, "payment_type": str, "company": str, "trip_start_hour": int,
         "trip_seconds": int}  # fmt: skip


@pytest.fixture(scope="module")
def version(trained):
    """The folder of the version that was pushed."""
    return versions(trained[0].serving / "small")[-1]


@pytest.fixture(scope="module")
def asked(trained, trips, version):
    """The rows of a log of this version, and what came true of them."""
    model = SavedModel(version)
    rows, came = made_requests.trips(trips, model.signature("raw").inputs)
    model.close()
    return made_requests.answered(version, rows), came


@pytest.fixture
def monitor(trained, tmp_path):
    """Runs the command with JSON; returns its exit code and what it prints. What it leaves is in tmp_path."""
    workspace, _ = trained
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "metadata.db").symlink_to(workspace.output / "small" / "metadata.db")

    def run(log, *options, json_=True):
        place = ["--config", str(workspace.folder / "config.toml"), "--output", str(tmp_path)]
        words = ["monitor", "--requests", str(log), *place, "--serving-dir", str(workspace.serving), *options]
        done = CliRunner().invoke(main, [*words, *(["--json"] if json_ else [])])
        assert done.exit_code in (0, 2, 10, 11), (done.stdout, done.exception)
        return done.exit_code, json.loads(done.stdout) if done.exit_code != 2 and json_ else done.stdout + done.stderr

    return run


def of(log, came, change=lambda outcome: outcome):
    """The options of outcomes."""
    path = made_logs.outcomes(log.with_name("came.jsonl"), [row | {"tipped": change(row["tipped"])} for row in came])
    return ["--outcomes", path, "--key", "trip", "--outcome", "tipped"]


def kinds(found):
    return {(each["column"], kind) for each in found["findings"] for kind in each["types"]}


def test_every_format_gives_the_same_statistics_and_nothing_is_found_in_what_it_was_trained_on(
    monitor, asked, tmp_path
):
    rows, left = asked[0], tmp_path / "small" / "monitoring"
    inputs, said = [row.inputs for row in rows], made_requests.arrays(rows)
    examples = [made_tfrecords.example(row) for row in inputs]
    serialized = {"examples": np.array([each.SerializeToString() for each in examples], object)}
    number = rows[0].version
    logs = {
        "json": made_logs.log(tmp_path / "json", rows),
        "examples": made_tfrecords.write(tmp_path / "examples.gz", examples),
        "of examples": made_tfrecords.write(
            tmp_path / "of", [made_tfrecords.predict_log(serialized, said, number, "small")]
        ),
        "of tensors": made_tfrecords.write(
            tmp_path / "raw", [made_tfrecords.predict_log(made_tfrecords.arrays(inputs, TYPES), said, number, "small")]
        ),
    }
    seen, shifts = {}, {}
    for name, log in logs.items():
        code, found = monitor(log)
        assert (code, found["verdict"], found["findings"]) == (0, "nothing found", []), name
        assert found["statistics"] == str(left / "FeatureStats.pb")
        seen[name], shifts[name] = (left / "FeatureStats.pb").read_bytes(), found["shift"]
    assert len(set(seen.values())) == 1
    statistics = tfdv.load_stats_binary(str(left / "FeatureStats.pb")).datasets[0]
    assert (statistics.num_examples, {f.path.step[0] for f in statistics.features}) == (len(rows), set(TYPES))
    assert shifts.pop("examples") is None
    assert {(each["answers"], each["distance"] < 0.01) for each in shifts.values()} == {(len(rows), True)}
    kept = json.loads((left / "monitor.json").read_text())
    assert (kept["version"], kept["requests"]["rows"]) == (number, len(rows))
    assert sorted(path.name for path in left.iterdir()) == ["FeatureStats.pb", "monitor.json"]


def corrupted(number, row):
    """A tenth of the rows, in several ways."""
    if number % 50 == 0:
        return row | {"payment_type": "Bitcoin"}
    if number % 50 == 10:
        return row | {"fare": row["fare"] * 100}
    if number % 50 in (20, 30):
        return row | {"trip_start_hour": 24}
    return row | {"trip_miles": None} if number % 50 == 40 else row


def test_what_is_wrong_with_some_requests_is_found_by_column_with_what_to_do(monitor, asked, version, tmp_path):
    rows = made_requests.answered(version, [row.inputs for row in asked[0]], corrupted)
    refused = replace(rows[0], inputs={}, outputs={}, error="fare is no number")
    other = [replace(rows[0], version=1), replace(rows[0], inputs={**rows[0].inputs, "trip_seconds": "soon"})]
    log = made_logs.log(tmp_path / "log", [refused, *other, *rows])
    log.write_text('{"torn\n' + log.read_text() + "[]\n")
    code, found = monitor(log)
    assert code == 11
    assert kinds(found) >= {
        ("requests", "REFUSED"),
        ("trip_seconds", "WRONG_TYPE"),
        ("payment_type", "ENUM_TYPE_UNEXPECTED_STRING_VALUES"),
        ("fare", "FLOAT_TYPE_BIG_FLOAT"),
        ("trip_start_hour", "INT_TYPE_BIG_INT"),
        ("trip_miles", "FEATURE_TYPE_LOW_NUMBER_VALUES"),
    }
    read = found["requests"]
    assert (read["rows"], read["refused"], read["damaged"], read["others"]) == (len(rows) + 1, 1, 2, {"small 1": 1})
    assert read["damaged_at"] == [f"{log}: 1", f"{log}: {len(rows) + 5}"]
    code, words = monitor(log, json_=False)
    assert code == 11
    for part in ("Bitcoin", "REFUSED", "'soon'", "2 lines that no request log has, left out", '"fare:'):
        assert part in words, part


def test_fares_in_cents_and_a_column_that_is_gone_are_far_from_training_and_the_next_data_gate_sees_it(
    monitor, asked, trained, version, tmp_path
):
    def cents(_, row):
        return row | {"fare": min(row["fare"] * 100, 999.0), "company": None}

    log = made_logs.log(tmp_path / "log", made_requests.answered(version, [row.inputs for row in asked[0]], cents))
    code, found = monitor(log)
    assert (code, kinds(found)) == (11, {("fare", "SKEW"), ("company", "MISSING")})
    (fare,) = (each for each in found["distances"] if each["column"] == "fare")
    assert fare["value"] > 0.5 > fare["limit"]
    assert found["shift"]["distance"] > 0.005
    workspace = trained[0]
    config = config_file.load(workspace.folder / "config.toml", output=str(tmp_path))
    settings = data_gate_settings(config, Columns(features=config.features, label=config.label))
    told = json.dumps({"drift": [], "skew": {"statistics": settings.served}})
    train = next(workspace.output.glob("small/StatisticsGen/statistics/*/Split-train"))
    gate = movement.judged(told, {"train": train}, config_file.read_schema(config.data.schema_path), settings)
    assert [reason.split("'")[1] for reason in gate.refusals] == ["fare"]
    (same,) = (each for each in gate.distances if each["column"] == "fare")
    assert same["value"] == fare["value"]


def test_outcomes_that_came_later_judge_the_version_by_its_own_bounds(monitor, asked, tmp_path):
    rows, came = asked
    log = made_logs.log(tmp_path / "log", rows)
    code, found = monitor(log, *of(log, came))
    auc = found["quality"]["metrics"]["auc"]
    assert (code, found["quality"]["verdict"], found["quality"]["outcomes"]) == (0, "as good", len(rows))
    assert auc["low"] < auc["value"] < auc["high"]
    assert auc["released_low"] < auc["released"] < auc["released_high"]
    code, found = monitor(log, *of(log, came, lambda outcome: 1 - outcome))
    assert (code, found["verdict"], found["quality"]["verdict"]) == (10, "quality", "worse")
    few = [row | {"trip": "unknown"} if row["trip"] >= 50 else row for row in came]
    code, found = monitor(log, *of(log, few, lambda outcome: 1 - outcome))
    assert (code, found["quality"]["verdict"], found["quality"]["outcomes"]) == (0, "too few", 50)


def test_data_at_fault_comes_before_quality(monitor, asked, tmp_path):
    rows, came = asked
    worse = [replace(rows[0], inputs=rows[0].inputs | {"payment_type": "Bitcoin"}), *rows[1:]]
    log = made_logs.log(tmp_path / "log", worse)
    code, words = monitor(log, *of(log, came, lambda outcome: 1 - outcome), json_=False)
    assert code == 11
    assert "It is also worse than it may be" in words
    assert "worse: auc is " in words


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        ("not json\n", [], "no line is one of a request log (1 are something else)"),
        ("", [], "no line is one of a request log (0 are something else)"),
        (None, ["--version", "1"], "no such version"),
        (None, ["--output", "absent"], "no run recorded there has pushed version"),
        (None, ["--key", "trip"], "--outcomes, --key and --outcome belong together"),
    ],
)
def test_what_cannot_be_monitored_is_told(monitor, asked, tmp_path, content, options, said):
    log = made_logs.log(tmp_path / "log", asked[0][:5])
    if content is not None:
        log.write_text(content)
    code, found = monitor(log, *options)
    assert (code, said in found) == (2, True), found
    assert not (tmp_path / "small" / "monitoring").exists()


def test_rows_of_other_versions_alone_are_told_with_their_version(monitor, asked, tmp_path):
    log = made_logs.log(tmp_path / "log", [replace(asked[0][0], version=12)])
    code, found = monitor(log)
    assert (code, "The rows are of: small 12" in found) == (2, True), found


def test_the_log_of_a_real_server_has_what_it_answered_with_keys_and_what_it_refused(monitor, asked, trained, tmp_path):
    log, rows = tmp_path / "requests.jsonl", asked[0]
    with ModelServer(trained[0].serving, "small", "--log-requests", str(log)) as server:
        for start in range(0, 500, 100):
            keys = {"turnstile-keys": ",".join(str(number) for number in range(start, start + 100))}
            instances = _complete(row.inputs for row in rows[start : start + 100])
            body = {"signature_name": "raw", "instances": instances}
            assert server.request("/v1/models/small:predict", body, headers=keys)[0] == 200
        body["instances"][7]["fare"] = "a lot"
        assert server.request("/v1/models/small:predict", body)[0] == 400
        request = predict_pb2.PredictRequest(model_spec={"name": "small", "signature_name": "raw"})
        for name, array in made_tfrecords.arrays([row.inputs for row in rows[500:502]], TYPES).items():
            request.inputs[name].CopyFrom(to_proto(array, dtypes.number(array)))
        server.predictions.Predict(request, metadata=[("turnstile-keys", "500, 501")])
        del request.inputs["fare"]
        with pytest.raises(grpc.RpcError):
            server.predictions.Predict(request)
    code, found = monitor(log, *of(log, asked[1]))
    assert (code, kinds(found), found["quality"]["outcomes"]) == (11, {("requests", "REFUSED")}, 502)
    assert (found["requests"]["rows"], found["requests"]["refused"]) == (502, 2)
    assert found["quality"]["metrics"]["auc"]["value"] > 0.9
    assert found["shift"]["distance"] < 0.05


def _complete(rows):
    """REST takes no null: the signature has a value for what is missing."""
    missing = {float: math.nan, int: -(2**63), str: ""}
    return [{name: missing[TYPES[name]] if value is None else value for name, value in row.items()} for row in rows]
