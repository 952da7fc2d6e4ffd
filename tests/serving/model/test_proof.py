"""What an exported model is refused for, each in words, and that a model which crashes its runtime is only refused."""

from __future__ import annotations

import json
import shutil
import sys
import time

import numpy as np
import pytest
import tensorflow as tf

from serving.model import proof
from serving.model.proof import Limits, check
from serving.model.proof_process import check_apart
from serving.model.warmup import read, warmup_logs
from tests.made_exports import Weighing, export, sample, write_sample

LIMITS = Limits(max_size_mb=10, max_latency_ms=1000)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return export(tmp_path_factory.mktemp("good") / "model")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """The sample as a file."""
    return write_sample(tmp_path_factory.mktemp("sample") / "requests_and_answers")


def test_a_good_model_is_proven_and_measured(good):
    report = check(good, sample(), LIMITS)
    assert (report["reasons"], report["rows"]) == ([], 3)
    assert 0 < report["size_mb"] < 1
    assert report["load_seconds"] > 0
    assert set(report["latency_ms"]) == {"serving_default", "raw"}
    assert all(0 < ms < 1000 for ms in report["latency_ms"].values())


def truncate(folder, file, share=0.5):
    path = folder / file
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


@pytest.mark.parametrize("file", ["saved_model.pb", "variables/variables.index"])
@pytest.mark.parametrize("share", [0, 0.3, 0.9])
def test_a_truncated_model_is_refused(good, tmp_path, file, share):
    copy = shutil.copytree(good, tmp_path / "model")
    truncate(copy, file, share)
    (reason,) = check(copy, sample(), LIMITS)["reasons"]
    assert reason.startswith(f"{copy}: cannot be loaded: ")
    assert "turnstile run --no-cache" in reason


def test_a_model_without_its_last_weights_is_refused(good, tmp_path):
    copy = shutil.copytree(good, tmp_path / "model")
    truncate(copy, "variables/variables.data-00000-of-00001", 0)
    (reason,) = check(copy, sample(), LIMITS)["reasons"]
    assert reason.startswith(f"{copy}: cannot be loaded: ")


def renamed():
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, "cost"), tf.TensorSpec([None], tf.string, "name")])
    def raw(cost, name):
        return {"value": cost / 2, "label": tf.strings.join(["of ", name])}

    return raw


def of_other_types():
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float64, "x"), tf.TensorSpec([None], tf.string, "name")])
    def raw(x, name):
        return {"value": tf.cast(x / 2, tf.float32), "label": tf.strings.length(name)}

    return raw


@pytest.mark.parametrize(
    ("arguments", "reasons"),
    [
        (
            {"without": ["raw"]},
            ["signature 'raw' is missing; the model has: serving_default, transform_features."],
        ),
        (
            {"without": ["transform_features", "serving_default"]},
            [
                "signature 'serving_default' is missing; the model has: raw.",
                "signature 'transform_features' is missing; the model has: raw.",
            ],
        ),
        (
            {"raw": renamed()},
            [
                "signature 'raw': input 'cost' is float; expected: no input of this name.",
                "signature 'raw': input 'x' is missing; expected: float.",
            ],
        ),
        (
            {"raw": of_other_types()},
            [
                "signature 'raw': input 'x' is double; expected: float.",
                "signature 'raw': output 'label' is int32; expected: string.",
            ],
        ),
    ],
    ids=["no raw", "raw only", "renamed input", "other types"],
)
def test_a_wrong_signature_is_refused(tmp_path, arguments, reasons):
    found = check(export(tmp_path / "model", **arguments), sample(), LIMITS)["reasons"]
    assert [reason[: len(start)] for reason, start in zip(found, reasons, strict=True)] == reasons
    assert all("components/trainer/signatures.py" in reason for reason in found)


@pytest.mark.parametrize(
    ("weight", "row", "words"),
    [
        (0.75, 2, "1.875, the trainer's own 1.25 (2 of 3 rows differ)"),
        (0.5002, 2, "1.2505, the trainer's own 1.25 (2 of 3 rows differ)"),
        (np.nan, 1, "nan, the trainer's own 0 (3 of 3 rows differ)"),
    ],
)
def test_other_numbers_than_the_trainers_are_refused(tmp_path, weight, row, words):
    found = check(export(tmp_path / "model", Weighing(weight)), sample([0.0, 2.5, 4.0]), LIMITS)["reasons"]
    for reason, signature in zip(found, ("serving_default", "raw"), strict=True):
        assert reason.startswith(f"row {row}, signature '{signature}', output 'value': the model answers {words}")


def test_rounding_in_the_last_digits_is_not_a_difference(tmp_path):
    assert check(export(tmp_path / "model", Weighing(0.5 * (1 + 5e-6))), sample(), LIMITS)["reasons"] == []


def test_the_trainers_own_nan_is_not_an_answer(good):
    of_nan = sample([1.0, np.nan])
    reasons = check(good, of_nan, LIMITS)["reasons"]
    assert [reason.split(":")[0] for reason in reasons][:1] == ["row 2, signature 'serving_default', output 'value'"]


def test_another_word_is_a_difference(good):
    other = [asked._replace(outputs=dict(asked.outputs)) for asked in sample()]
    other[1].outputs["label"] = np.array([b"of 1.0", b"of 2.5", b"of 40.0"], object)
    (reason,) = check(good, other, LIMITS)["reasons"]
    assert reason.startswith(
        "row 2, signature 'raw', output 'label': the model answers 'of -2.5', the trainer's own 'of 2.5' (1 of 3 rows"
    )


def test_a_model_that_answers_only_batches_is_refused(tmp_path):
    """The answer to a row must not depend on the rows it is asked with."""
    model = export(tmp_path / "model", Weighing(extra=lambda x: x + tf.cast(tf.size(x) - 3, tf.float32)))
    reasons = check(model, sample(), LIMITS)["reasons"]
    assert reasons[0].startswith("row 1, signature 'serving_default', output 'value': the model answers -0.5, ")


def test_a_model_that_fails_on_real_rows_is_refused(tmp_path):
    def refusing(x):
        with tf.control_dependencies([tf.debugging.assert_less(x, 30.0, "too large for me")]):
            return tf.identity(x)

    reasons = check(export(tmp_path / "model", Weighing(extra=refusing)), sample(), LIMITS)["reasons"]
    assert reasons[0].startswith("signature 'serving_default' does not answer 3 real rows: ")
    assert "too large for me" in reasons[0]


def test_a_model_that_weighs_too_much_is_refused(good):
    (reason,) = check(good, sample(), LIMITS._replace(max_size_mb=0.001))["reasons"]
    assert "at most 0.001 MB are allowed (serving_validator.max_size_mb)" in reason


def test_a_model_that_takes_too_long_is_refused(good):
    reasons = check(good, sample(), LIMITS._replace(max_latency_ms=1e-6))["reasons"]
    assert [reason.split(" takes ")[0] for reason in reasons] == ["signature 'serving_default'", "signature 'raw'"]
    assert all("at most 1e-06 ms are allowed (serving_validator.max_latency_ms)" in reason for reason in reasons)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ([], "recorded no rows and answers"),
        (sample([]), "recorded no rows"),
        (sample()[:2], "'transform_features' can"),
    ],
    ids=["no sample", "no rows", "no answers of a signature"],
)
def test_what_the_trainer_did_not_record_is_not_taken_as_proven(good, asked, words):
    (reason,) = check(good, asked, LIMITS)["reasons"]
    assert words in reason


def test_a_fresh_process_comes_to_the_same_report(good, recorded):
    apart, here = check_apart(good, recorded, LIMITS), check(good, sample(), LIMITS)
    assert apart["reasons"] == []
    assert apart.keys() == here.keys()


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: b"PK" * 40,
        lambda raw: b"\xff" * 64,
        lambda raw: raw[: len(raw) // 2],
        lambda raw: raw[:12] + bytes(byte ^ 0x55 for byte in raw[12:]),
        *[lambda raw, at=at: raw[:at] + b"\xff\x00\xff" + raw[at + 3 :] for at in range(0, 200, 7)],
    ],
)
def test_a_damaged_file_of_requests_is_told_in_words(tmp_path, monkeypatch, capsys, good, recorded, damage):
    """Whatever is still a request is held against the model; the rest is told."""
    file = tmp_path / "requests"
    file.write_bytes(damage(recorded.read_bytes()))
    monkeypatch.setattr(sys, "argv", ["proof", str(good), "--sample", str(file)])
    proof.main()
    report = json.loads(capsys.readouterr().out)
    assert all(isinstance(reason, str) for reason in report["reasons"])


def test_a_fresh_process_is_given_the_limits(good, recorded):
    assert len(check_apart(good, recorded, Limits(0.001, 1e-6))["reasons"]) == 3


@pytest.mark.parametrize(
    ("silently", "words"),
    [
        (
            False,
            ["the model crashed the process that ran it, SIGABRT, while asking signature 'serving_default'", "gone)."],
        ),
        (True, ["exit code 0 and without an answer, while asking signature 'serving_default'. A model server"]),
    ],
)
def test_a_model_that_crashes_its_runtime_is_refused(tmp_path, recorded, silently, words):
    def dying(x):
        with tf.control_dependencies([tf.raw_ops.Abort(error_msg="gone", exit_without_error=silently)]):
            return tf.identity(x)

    model = export(tmp_path / "model", Weighing(extra=dying))
    (reason,) = check_apart(model, recorded, LIMITS)["reasons"]
    assert [word for word in [*words, f"python -m serving.model.proof {model}"] if word not in reason] == []
    assert sys.executable not in reason


def test_a_model_that_never_answers_is_refused(tmp_path, recorded):
    def endless(x):
        return tf.while_loop(lambda x: tf.size(x) > 0, lambda x: (x,), [x])[0]

    model = export(tmp_path / "model", Weighing(extra=endless))
    started = time.monotonic()
    (reason,) = check_apart(model, recorded, LIMITS, time_limit_s=5)["reasons"]
    assert time.monotonic() - started < 10
    assert reason.startswith("the model could not be proven within 5 s while asking signature 'serving_default'. A")


def test_a_request_and_its_answer_survive_a_file(recorded):
    for found, written in zip(read(recorded), sample(), strict=True):
        assert found.signature == written.signature
        for have, want in ((found.inputs, written.inputs), (found.outputs, written.outputs)):
            assert {n: (v.dtype, v.tolist()) for n, v in have.items()} == {
                n: (v.dtype, v.tolist()) for n, v in want.items()
            }


def test_warm_up_requests_are_real_rows_in_both_sizes():
    logs = [log.predict_log.request for log in warmup_logs(sample(), "trips")]
    sizes = [
        (log.model_spec.name, log.model_spec.signature_name, {t.tensor_shape.dim[0].size for t in log.inputs.values()})
        for log in logs
    ]
    assert sizes == [("trips", name, {size}) for name in ("serving_default", "raw") for size in (1, 32)]
    assert logs[3].inputs["x"].float_val[:5] == [1.0, -2.5, 40.0, 1.0, -2.5]
