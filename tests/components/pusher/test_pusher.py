"""Pushing: one step, never a version less than complete, never the same model twice, and labelled in the end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx.proto import pusher_pb2
from tfx.types import standard_artifacts
from tfx.utils import path_utils, proto_utils

from components import gate_report
from components.card import writing as card
from components.data_gate.component import DataBlessing
from components.pusher.component import STAGING, Executor, publish, same_model
from components.pusher.settings import Override, PusherSettings
from pipeline import config_file
from serving.releases import digests, integrity, release_record, signatures
from serving.releases.control import promote, retire
from serving.releases.state import read
from tests.made_versions import taxi
from turnstile.errors import TurnstileError


def model(folder, weights="w"):
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_text("graph")
    (folder / "variables" / "variables.data").write_text(weights)
    return folder


def extra(folder, name):
    (folder / "assets.extra").mkdir()
    (folder / "assets.extra" / name).write_text("of another run")


@pytest.fixture
def serving_dir(tmp_path):
    (tmp_path / STAGING).mkdir()
    return tmp_path


def staged(serving_dir, version, weights="w"):
    return model(serving_dir / STAGING / str(version), weights)


def names(serving_dir):
    return sorted(path.name for path in serving_dir.iterdir() if path.name != STAGING)


def test_the_staged_model_becomes_a_version(serving_dir):
    found = publish(staged(serving_dir, 100), serving_dir)
    assert found == serving_dir / "100"
    assert (found / "variables" / "variables.data").read_text() == "w"
    assert not (serving_dir / STAGING / "100").exists()


def test_the_newest_version_is_not_pushed_again(serving_dir):
    publish(staged(serving_dir, 100), serving_dir)
    assert publish(staged(serving_dir, 200), serving_dir) == serving_dir / "100"
    assert names(serving_dir) == ["100"]


def test_an_older_version_that_is_blessed_again_becomes_the_newest(serving_dir):
    publish(staged(serving_dir, 100, "old"), serving_dir)
    publish(staged(serving_dir, 200, "new"), serving_dir)
    assert publish(staged(serving_dir, 300, "old"), serving_dir) == serving_dir / "300"
    assert names(serving_dir) == ["100", "200", "300"]


def test_a_clock_that_was_set_back_does_not_make_an_older_version(serving_dir):
    publish(staged(serving_dir, 500, "a"), serving_dir)
    assert publish(staged(serving_dir, 400, "b"), serving_dir) == serving_dir / "501"


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (lambda folder: None, True),
        (lambda folder: release_record.write(folder, {"run_id": "another"}), True),  # let through once more
        (lambda folder: extra(folder, card.MARKDOWN), True),
        (lambda folder: extra(folder, card.HTML), True),
        (lambda folder: extra(folder, "other.md"), False),
        (lambda folder: (folder / "variables" / "variables.data").write_text("x"), False),
        (lambda folder: (folder / "extra").write_text(""), False),
        (lambda folder: (folder / "saved_model.pb").unlink(), False),
    ],
)
def test_models_are_the_same_when_every_byte_is(tmp_path, change, same):
    change(model(tmp_path / "b"))
    assert same_model(model(tmp_path / "a"), tmp_path / "b") is same


def test_anyone_can_read_a_version(serving_dir):
    folder = staged(serving_dir, 100)
    (folder / "variables" / "variables.data").chmod(0o600)
    (folder / "variables").chmod(0o700)
    version = publish(folder, serving_dir)
    modes = {oct(path.stat().st_mode & 0o777) for path in [version, *version.rglob("*")] if path.is_dir()}
    assert modes == {"0o755"}
    assert {oct(path.stat().st_mode & 0o777) for path in version.rglob("*") if path.is_file()} == {"0o644"}


class Push:
    """The executor with blessings, a model and statistics, in a folder of its own."""

    def __init__(self, folder):
        self.folder, self.serving = folder, folder / "new" / "serving"
        self.config = config_file.load("configs/taxi.toml", serving__dir=str(self.serving), serving__reload_seconds=0)
        self.times = 0

    def __call__(self, weights="w", after_push="canary", blessed=1, said=None, override=None, **release):
        """Pushes; returns the PushedModel.

        `said` is Evaluator's report, which blesses a model without reasons; `release` has keys of [release].
        """
        self.times += 1
        here = self.folder / str(self.times)
        inputs = {
            "model_blessing": [self._judged(here / "judged", said or {"reasons": []})],
            "infra_blessing": [self._artifact(standard_artifacts.InfraBlessing, here / "proven", blessed=blessed)],
            "data_blessing": [self._artifact(DataBlessing, here / "data")],
            "statistics": [self._statistics(here / "statistics")],
        }
        inputs["infra_blessing"][0].set_int_custom_property("has_model", 1)
        model(Path(path_utils.stamped_model_path(str(here / "proven"))), weights)
        (here / "data").mkdir()
        (here / "data" / "report.json").write_text('{"reasons": [], "warnings": ["odd"]}')
        pushed = self._artifact(standard_artifacts.PushedModel, here / "pushed")
        Executor().Do(inputs, {"pushed_model": [pushed]}, self._properties(after_push, override, release))
        return pushed

    def _judged(self, folder, said):
        gate_report.write(folder, **said)
        return self._artifact(standard_artifacts.ModelBlessing, folder, blessed=int(not said["reasons"]))

    def _properties(self, after_push, override, release):
        filesystem = pusher_pb2.PushDestination.Filesystem(base_directory=str(self.serving / "taxi"))
        serving = self.config.serving.model_copy(update={"after_push": after_push})
        return {
            "push_destination": proto_utils.proto_to_json(pusher_pb2.PushDestination(filesystem=filesystem)),
            "settings": PusherSettings(
                model_name="taxi",
                serving=serving,
                release=self.config.release.model_copy(update=release),
                task="binary",
                data_path="trips.csv",
                override=override,
            ).model_dump_json(),
        }

    @staticmethod
    def _artifact(kind, folder, **properties):
        artifact = kind()
        artifact.uri = str(folder)
        for name, value in properties.items():
            artifact.set_int_custom_property(name, value)
        return artifact

    def _statistics(self, folder):
        artifact = self._artifact(standard_artifacts.ExampleStatistics, folder)
        artifact.split_names = '["train", "eval"]'
        for split, rows in (("train", 40), ("eval", 10)):
            (folder / f"Split-{split}").mkdir(parents=True)
            found = statistics_pb2.DatasetFeatureStatisticsList(datasets=[{"num_examples": rows}])
            (folder / f"Split-{split}" / "FeatureStats.pb").write_bytes(found.SerializeToString())
        return artifact

    @property
    def state(self):
        return read(taxi(self.serving))


@pytest.fixture
def push(tmp_path):
    return Push(tmp_path)


def version_of(pushed):
    return int(pushed.get_string_custom_property("pushed_version"))


def test_a_pushed_version_is_labelled(push):
    first = version_of(push())
    assert push.state.labels == {"canary": first, "stable": first}
    second = version_of(push("other"))
    assert push.state.labels == {"canary": second, "stable": first}
    assert push.state.there == (first, second)


def test_the_same_model_pushed_again_is_not_labelled_again(push):
    first, second = version_of(push()), version_of(push("other"))
    retire(taxi(push.serving), second)
    log = taxi(push.serving).log_file.read_text()
    assert version_of(push("other")) == second
    assert push.state.labels == {"canary": first, "stable": first}
    assert taxi(push.serving).log_file.read_text() == log


UNDECIDED = {"reasons": [], "verdict": "undecided", "warnings": ["the rows cannot tell"]}


def test_an_undecided_model_is_canary_and_one_that_waits_has_no_label(push, caplog):
    first = version_of(push(said=UNDECIDED, after_push="stable"))
    assert push.state.labels == {"canary": first}
    second = version_of(push("other", said=UNDECIDED, after_push="stable", undecided="pass"))
    assert push.state.labels == {"canary": first, "stable": second}
    with caplog.at_level("INFO", "turnstile.pusher"):
        third = version_of(push("third", approval="required"))
    assert push.state.labels == {"canary": first, "stable": second}
    assert f"no label: {third} waits for approval" in caplog.text


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ({"reasons": ["auc is 0.8"]}, "refused"),
        ({"reasons": ["the rows cannot tell"], "verdict": "undecided"}, "undecided"),
    ],
)
def test_a_person_may_let_a_model_through_that_evaluator_refused_and_only_evaluator(push, said, verdict):
    word = Override(run_id="run-7", who="ada@host", why="known drift")
    assert push(said=said, undecided="refuse").get_int_custom_property("pushed") == 0
    assert push(said=said, override=word, blessed=0).get_int_custom_property("pushed") == 0
    assert not push.serving.exists()
    version = version_of(push(said=said, override=word, after_push="stable", undecided="refuse"))
    assert push.state.labels == {"stable": version}
    record = release_record.read(push.serving / "taxi" / str(version))
    assert (record["run_id"], record["override"]["verdict"]) == ("run-7", verdict)
    assert record["override"]["reasons"] == said["reasons"]
    promote(taxi(push.serving), version, "stable")


def test_a_refused_model_touches_nothing(push):
    assert push(blessed=0).get_int_custom_property("pushed") == 0
    assert not push.serving.exists()


def test_the_record_says_what_let_it_through(push):
    found = release_record.read(push.serving / "taxi" / str(version_of(push())))
    assert found["data"] == {"path": "trips.csv", "rows": {"train": 40, "eval": 10}}
    assert [(gate["gate"], gate["passed"]) for gate in found["gates"]] == [
        ("DataGate", True),
        ("Evaluator", True),
        ("ServingValidator", True),
    ]
    assert found["gates"][0]["warnings"] == ["odd"]
    assert found["thresholds"]["overall"]["auc"] == {"min": 0.93, "max_drop": 0.005}
    assert found["versions"].keys() == {"turnstile", "python", "tfx", "tensorflow"}
    assert (found["metrics"], found["slices"], found["training"]) == ({}, [], None)  # without their artifacts
    assert (found["schema_version"], found["pipeline"], found["outcome"]) == (1, "taxi", "pushed")
    (version,) = push.state.there
    assert (
        f"taxi, version {version}\n"
        in (push.serving / "taxi" / str(version) / "assets.extra" / card.MARKDOWN).read_text()
    )
    assert found["push"] == {"version": version, "model_dir": str(push.serving / "taxi" / str(version)), "labels": None}


def test_every_file_has_its_digest_and_no_later_push_changes_them(push):
    version = push.serving / "taxi" / str(version_of(push()))
    recorded = release_record.read(version)[digests.KEY]
    cards = {"assets.extra/model_card.md", "assets.extra/model_card.html"}
    assert recorded.keys() == {"saved_model.pb", "variables/variables.data", *cards}
    assert digests.differences(version, recorded) == []
    push("other")
    integrity.check(version, None)


def test_with_a_key_it_is_signed_and_what_is_there_unsigned_or_changed_is_pushed_again(push, tmp_path):
    unsigned = version_of(push())
    private, public = (str(file) for file in signatures.new_pair(tmp_path / "keys"))
    push.config = config_file.load(
        "configs/taxi.toml",
        serving__dir=str(push.serving),
        serving__reload_seconds=0,
        serving__sign_with=private,
        serving__verify_with=public,
    )
    signed = version_of(push())
    assert signed > unsigned
    integrity.check(push.serving / "taxi" / str(signed), public)
    assert version_of(push()) == signed
    (push.serving / "taxi" / str(signed) / signatures.FILE).write_text("{}")
    again = version_of(push())
    assert again > signed
    assert push.state.labels == {"canary": again, "stable": unsigned}


def test_new_folders_can_be_read_by_anyone(push):
    umask = os.umask(0o077)
    try:
        push()
    finally:
        os.umask(umask)
    modes = [oct(path.stat().st_mode & 0o777) for path in (push.serving.parent, push.serving, push.serving / "taxi")]
    assert modes == ["0o755"] * 3
    assert (push.serving / "models.config").stat().st_mode & 0o777 == 0o644


def test_a_push_that_cannot_be_labelled_says_so_and_is_labelled_by_the_next(push):
    push()
    config = push.serving / "models.config"
    good = config.read_text()
    config.write_text("broken {")
    with pytest.raises(TurnstileError, match=r"is pushed, but not labelled: .*models\.config:1") as caught:
        push("other")
    config.write_text(good)
    (first, second) = push.state.there
    assert f"turnstile promote {second}" in str(caught.value)
    assert version_of(push("other")) == second
    assert push.state.labels == {"canary": second, "stable": first}
    assert push.state.there == (first, second)
