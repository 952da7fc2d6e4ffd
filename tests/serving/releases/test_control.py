"""Moving labels: which go where, what is loaded then, in how many steps, and what is refused."""

from __future__ import annotations

import json
import time

import pytest

from serving.releases import model_config
from serving.releases.control import promote, pushed, retire, rollback
from serving.releases.listing import listing
from serving.releases.removal import collect
from serving.releases.state import read, release_folder
from serving.settings import ServingConfig
from tests.made_versions import taxi, versions
from turnstile.errors import TurnstileError, UsageError


@pytest.fixture
def where(tmp_path):
    versions(tmp_path, 1, 2, 3, 4)
    return taxi(tmp_path)


@pytest.fixture
def written(monkeypatch):
    """Every content of models.config, as (versions, labels), in the order of writing."""
    contents, real = [], model_config.write

    def write(file, config):
        real(file, config)
        contents.append((model_config.listed(config, "taxi"), model_config.labels(config, "taxi")))

    monkeypatch.setattr(model_config, "write", write)
    return contents


def labels(where):
    return read(where).labels


def loaded(where):
    return model_config.listed(read(where).config, "taxi")


def log(where):
    return [json.loads(line) for line in where.log_file.read_text().splitlines()]


def states(where):
    return {listed.version: listed.state for listed in listing(where, read(where))}


def test_promote_and_roll_back_twice(where):
    for version in (1, 2, 3):
        promote(where, version, why=f"number {version}")
    assert (labels(where), loaded(where)) == ({"stable": 3}, (2, 3))
    assert rollback(where, "worse").after == {"stable": 2}
    assert loaded(where) == (1, 2)  # 3, higher than stable, would answer requests that name no version
    assert rollback(where).after == {"stable": 1}
    with pytest.raises(UsageError, match=r"1 is stable.*Promote one by its number: 2, 3, 4"):
        rollback(where)
    assert labels(where) == {"stable": 1}
    assert [(e["action"], e["version"], e["why"]) for e in log(where)] == [
        ("promote", 1, "number 1"),
        ("promote", 2, "number 2"),
        ("promote", 3, "number 3"),
        ("rollback", 2, "worse"),
        ("rollback", 1, ""),
    ]


def test_an_entry_has_the_labels_before_and_after(where):
    promote(where, 1)
    promote(where, 2, "canary")
    (last,) = log(where)[1:]
    assert (last["labels"], last["before"], last["after"]) == (["canary"], {"stable": 1}, {"stable": 1, "canary": 2})
    assert last["loaded"] == [1, 2]


def test_a_rollback_takes_every_label_off_the_bad_version(where):
    promote(where, 1)
    promote(where, 1, "old")
    promote(where, 2, "canary")
    promote(where, 2)
    assert rollback(where).moved == ["canary", "stable"]
    assert labels(where) == {"canary": 1, "old": 1, "stable": 1}


def test_a_rollback_passes_over_what_is_gone_or_retired(where):
    for version in (1, 2, 3, 4):
        promote(where, version)
    (where.folder / "3" / "saved_model.pb").unlink()
    retire(where, 2)
    assert rollback(where).after == {"stable": 1}


def test_without_a_stable_version_nothing_is_rolled_back(where):
    promote(where, 2, "canary")
    with pytest.raises(UsageError, match=r"no version is stable.*1, 2, 3, 4"):
        rollback(where)


def test_promoting_what_is_stable_changes_nothing(where, written):
    promote(where, 1)
    change = promote(where, 1)
    assert change.moved == []
    assert (len(log(where)), len(written)) == (1, 1)


def test_another_base_path_is_written_by_the_next_promote(where, tmp_path):
    promote(where, 1)
    there = release_folder(ServingConfig(dir=str(tmp_path), base_path="/models/"), "taxi")
    promote(there, 1)
    assert model_config.base_path(read(where).config, "taxi") == "/models/taxi"


@pytest.mark.parametrize(
    ("version", "label", "words"),
    [
        (5, "stable", ["no such version", "1, 2, 3, 4"]),
        (3, "Canary", ["'Canary' cannot be a label"]),
        (3, "", ["'' cannot be a label"]),
        (9, "stable", ["has no saved_model.pb", "1, 2, 3, 4"]),
    ],
)
def test_a_wrong_version_or_label_is_refused(where, version, label, words):
    (where.folder / "9").mkdir()
    with pytest.raises(UsageError) as caught:
        promote(where, version, label)
    assert [word for word in words if word not in str(caught.value)] == []
    assert not where.config_file.exists()
    assert not where.log_file.exists()


@pytest.mark.parametrize("action", [lambda w: promote(w, 1), rollback, lambda w: retire(w, 1), lambda w: collect(w, 1)])
def test_before_the_first_push_there_is_nothing_to_release(tmp_path, action):
    with pytest.raises(UsageError, match=r"no version has been pushed yet\. Push one: turnstile run"):
        action(taxi(tmp_path / "none"))
    assert list(tmp_path.iterdir()) == []


def test_a_broken_config_is_not_touched(where):
    promote(where, 1)
    where.config_file.write_text("model_config_list {")
    before = where.log_file.read_text()
    for action in (lambda: promote(where, 2), lambda: rollback(where), lambda: retire(where, 2)):
        with pytest.raises(UsageError, match=r"models\.config:1: not a ModelServerConfig"):
            action()
    assert where.config_file.read_text() == "model_config_list {"
    assert where.log_file.read_text() == before


def test_a_full_disk_is_said_so(where, monkeypatch):
    promote(where, 1)

    def full(*_):
        raise OSError(28, "No space left on device", str(where.config_file))

    monkeypatch.setattr(model_config, "write", full)
    with pytest.raises(TurnstileError, match=r"models\.config: No space left on device"):
        promote(where, 2)
    monkeypatch.undo()
    assert labels(where) == {"stable": 1}
    assert [entry.version for entry in read(where).entries] == [1]  # what never took effect does not count


def test_a_retired_versions_labels_lead_to_stable(where):
    promote(where, 1)
    promote(where, 2, "canary")
    assert retire(where, 2, "slow").after == {"canary": 1, "stable": 1}
    assert loaded(where) == (1,)
    assert states(where)[2] == "retired"


def test_a_version_without_label_is_retired_once(where):
    promote(where, 1)
    promote(where, 2)
    assert loaded(where) == (1, 2)
    assert retire(where, 1).moved == []
    assert loaded(where) == (2,)  # no standby any more
    retire(where, 1)
    assert [entry["action"] for entry in log(where)] == ["promote", "promote", "retire"]
    with pytest.raises(UsageError, match="there is no version to go back to"):
        rollback(where)


def test_a_promotion_takes_a_retirement_back(where):
    promote(where, 1)
    retire(where, 2)
    promote(where, 2)
    promote(where, 3)
    assert rollback(where).after == {"stable": 2}


def test_stable_is_not_retired(where):
    promote(where, 1)
    with pytest.raises(UsageError, match="1 is stable and cannot be retired"):
        retire(where, 1)


def test_labels_have_nowhere_to_go_without_stable(where):
    promote(where, 2, "canary")
    with pytest.raises(UsageError, match="no version is stable to move them to"):
        retire(where, 2)
    retire(where, 3)  # has no label


def test_a_version_that_is_gone_can_still_be_retired_from_its_labels(where):
    promote(where, 1)
    promote(where, 2, "canary")
    (where.folder / "2" / "saved_model.pb").unlink()
    assert states(where)[2] == "canary, incomplete"
    assert retire(where, 2).after == {"canary": 1, "stable": 1}
    with pytest.raises(UsageError, match="no such version"):
        retire(where, 77)


@pytest.mark.parametrize(
    ("label", "first", "second"),
    [
        ("canary", {"canary": 1, "stable": 1}, {"canary": 2, "stable": 1}),
        ("stable", {"stable": 1}, {"stable": 2}),
        ("none", {}, {}),
    ],
)
def test_after_a_push(where, label, first, second):
    """The first version is stable too, so that clients who name it are answered from the start."""
    pushed(where, 1, label)
    assert labels(where) == first
    assert where.config_file.exists() is (label != "none")  # an empty list would mean "the latest"
    pushed(where, 2, label)
    assert labels(where) == second
    assert [(entry["action"], entry["version"]) for entry in log(where)] == [("push", 1), ("push", 2)]


def test_a_push_labels_once(where):
    pushed(where, 1, "canary")
    pushed(where, 2, "canary")
    retire(where, 2)
    assert pushed(where, 2, "canary") is None  # the same model, pushed again, stays retired
    assert labels(where) == {"canary": 1, "stable": 1}


def test_a_label_in_use_moves_in_two_steps(where, written, monkeypatch):
    """TensorFlow Serving refuses a file that moves a label to a version that is not loaded yet."""
    waited = []
    monkeypatch.setattr(time, "sleep", waited.append)
    slow = taxi(where.serving_dir, reload_seconds=2)
    promote(slow, 1)
    assert written.pop() == ((1,), {"stable": 1})  # a new label is taken at once
    promote(slow, 2)
    assert written == [((1, 2), {"stable": 1}), ((1, 2), {"stable": 2})]
    assert waited == [2]


def test_what_is_loaded_needs_one_step(where, written, monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("nothing to wait for"))
    now = time.time()
    for version in (1, 2):
        promote(where, version)
    promote(where, 3, "canary")
    written.clear()
    monkeypatch.setattr(time, "time", lambda: now + 60)
    slow = taxi(where.serving_dir, reload_seconds=2)
    promote(slow, 3)
    assert written == [((2, 3), {"canary": 3, "stable": 3})]
    rollback(slow)  # at once: 2 has been loaded all along
    assert written[1:] == [((1, 2), {"canary": 2, "stable": 2})]


def test_a_server_may_not_have_seen_the_last_change_yet(where, monkeypatch, capsys):
    """Listed a moment ago is not loaded: without the wait, the server would see the second change only."""
    waited = []
    monkeypatch.setattr(time, "sleep", waited.append)
    promote(where, 1)
    promote(where, 2, "canary")
    promote(taxi(where.serving_dir, reload_seconds=5), 2)
    assert len(waited) == 1 and 4 < waited[0] <= 5
    assert "for the server to begin loading 2" in capsys.readouterr().err


def test_killed_between_the_steps_labels_are_as_before(where, monkeypatch):
    def killed(_):
        raise KeyboardInterrupt

    slow = taxi(where.serving_dir, reload_seconds=2)
    promote(slow, 1)
    monkeypatch.setattr(time, "sleep", killed)
    with pytest.raises(KeyboardInterrupt):
        promote(slow, 2)
    assert (labels(where), loaded(where), len(log(where))) == ({"stable": 1}, (1, 2), 1)
    assert promote(where, 3).after == {"stable": 3}
    assert loaded(where) == (1, 3)


def test_gc_keeps_the_newest_and_what_is_needed(where):
    versions(where.serving_dir, 5, 6)
    for version in (1, 2, 4):
        promote(where, version)
    promote(where, 1, "old")
    rehearsed = collect(where, 1, dry_run=True)
    assert len(list(where.folder.iterdir())) == 6
    found = collect(where, 1, "room")
    assert found == rehearsed
    assert found.removed == (3, 5)
    assert found.kept == {1: "old", 2: "a rollback leads to it", 4: "stable", 6: "among the newest"}
    assert sorted(path.name for path in where.folder.iterdir()) == ["1", "2", "4", "6"]
    assert [(e["version"], e["why"]) for e in log(where) if e["action"] == "gc"] == [(3, "room"), (5, "room")]


def test_gc_without_labels_keeps_the_newest(where):
    assert collect(where, 2).removed == (1, 2)


def test_gc_finishes_what_a_killed_one_began(where):
    (where.folder / ".removed-0" / "variables").mkdir(parents=True)
    collect(where, 9)
    assert sorted(path.name for path in where.folder.iterdir()) == ["1", "2", "3", "4"]


def test_gc_keeps_what_a_server_was_told_to_load(where):
    """A promotion killed between its steps has the server load a version without label."""
    promote(where, 1)
    config = model_config.changed(read(where).config, "taxi", where.base_path, (1, 2), {"stable": 1})
    model_config.write(where.config_file, config)
    assert collect(where, 1).removed == (3,)


def test_states(where):
    for version in (1, 2, 3):
        promote(where, version)
    promote(where, 4, "canary")
    assert states(where) == {4: "canary", 3: "stable", 2: "standby", 1: "pushed"}
    rollback(where)
    assert states(where) == {4: "canary", 3: "rolled back", 2: "stable", 1: "standby"}
    (where.folder / "4" / "saved_model.pb").unlink()
    assert states(where)[4] == "canary, incomplete"


def test_two_models_share_a_folder(where):
    versions(where.serving_dir, 1, 2, name="flowers")
    flowers = taxi(where.serving_dir, name="flowers")
    promote(where, 1)
    promote(flowers, 1)
    promote(flowers, 2)
    assert read(flowers).labels == {"stable": 2}
    assert labels(where) == {"stable": 1}
    with pytest.raises(UsageError, match="taxi: 1 is stable"):
        rollback(where)


def test_a_change_names_what_it_did(where):
    promote(where, 1)
    assert promote(where, 2).as_dict() == {
        "action": "promote",
        "version": 2,
        "changed": {"stable": {"before": 1, "after": 2}},
        "labels": {"stable": 2},
        "loaded": [1, 2],
        "standby": 1,
    }
