"""A person's word: what waits for approval or was left undecided, and what approve, reject and override do."""

from __future__ import annotations

import json

import pytest

from serving.releases import holds, release_record
from serving.releases.control import approve, override, promote, pushed, reject, retire
from serving.releases.listing import listing
from serving.releases.removal import collect
from serving.releases.state import read
from serving.server.target_versions import read_config, target_versions
from tests.made_versions import taxi, versions
from turnstile.errors import UsageError


@pytest.fixture
def where(tmp_path):
    versions(tmp_path, 1, 2, 3)
    return taxi(tmp_path)


def labels(where):
    return read(where).labels


def log(where):
    return [json.loads(line) for line in where.log_file.read_text().splitlines()]


def states(where):
    return {listed.version: listed.state for listed in listing(where, read(where))}


def recorded(where, version, verdict="passed", **release):
    """Gives a version the record of a push: what Evaluator said of it, under which keys of [release]."""
    record = {"gates": [{"gate": "Evaluator", "verdict": verdict, "warnings": ["too few rows"]}], "thresholds": release}
    release_record.write(where.folder / str(version), record)


WAITS = {"approval": "required"}


@pytest.mark.parametrize(
    ("label", "first", "second"),
    [
        ("canary", {"canary": 1, "stable": 1}, {"canary": 2, "stable": 1}),
        ("stable", {"stable": 1}, {"stable": 2}),
        ("none", {}, {}),
    ],
)
def test_a_version_waits_until_it_is_approved_and_is_labelled_then(where, label, first, second):
    for version, expected in ((1, first), (2, second)):
        recorded(where, version, **WAITS)
        before = labels(where)
        assert pushed(where, version, label).moved == []
        assert (labels(where), states(where)[version]) == (before, "waits for approval")
        assert approve(where, version, label, "looked at it").after == expected == labels(where)
    assert [(e["action"], e["version"], e["why"]) for e in log(where)[2:]] == [
        ("push", 2, ""),
        ("approve", 2, "looked at it"),
    ]


def test_before_the_first_approval_a_server_is_told_to_load_nothing(where):
    """Without a models.config it would load the newest version."""
    recorded(where, 1, **WAITS)
    pushed(where, 1, "canary")
    assert target_versions(read_config(where.config_file), where.serving_dir) == {}


def test_no_label_moves_to_a_version_that_waits(where):
    promote(where, 1)
    recorded(where, 2, **WAITS)
    pushed(where, 2, "canary")
    for label in ("stable", "canary"):
        with pytest.raises(UsageError, match=r"2 waits for approval.*Approve it: turnstile approve 2 --why REASON"):
            promote(where, 2, label)
    assert 2 in collect(where, 1).kept
    assert labels(where) == {"stable": 1}


def test_a_rejected_version_is_out_until_it_is_approved_after_all(where):
    promote(where, 1)
    recorded(where, 2, **WAITS)
    pushed(where, 2, "canary")
    assert reject(where, 2, "odd answers", "ada via airflow@host").moved == []
    assert states(where)[2] == "retired"
    assert (log(where)[-1]["who"], log(where)[-1]["why"]) == ("ada via airflow@host", "odd answers")
    with pytest.raises(UsageError, match="2 was not approved, so no label moves to it"):
        promote(where, 2)
    with pytest.raises(UsageError, match=r"2 does not wait for approval\. No version does"):
        reject(where, 2, "again")
    assert approve(where, 2, "none", "the client was wrong").moved == []
    assert states(where)[2] == "pushed"
    promote(where, 2)


def test_only_what_waits_is_approved_or_rejected(where):
    recorded(where, 2, **WAITS)
    for word in (lambda: approve(where, 1, "canary", "why"), lambda: reject(where, 1, "why")):
        with pytest.raises(UsageError, match=r"1 does not wait for approval\. These versions do: 2"):
            word()
    with pytest.raises(UsageError, match="no such version"):
        approve(where, 77, "canary", "why")
    assert not where.log_file.exists()


@pytest.mark.parametrize(
    ("label", "after_push", "after_override"),
    [
        ("canary", {"canary": 2}, {"canary": 2, "stable": 2}),
        ("stable", {"canary": 2}, {"canary": 2, "stable": 2}),
        ("none", {}, {}),
    ],
)
def test_an_undecided_version_is_never_stable_until_it_is_overridden(where, label, after_push, after_override):
    recorded(where, 2, "undecided")
    pushed(where, 2, label)
    assert labels(where) == after_push
    with pytest.raises(UsageError, match=r"2 cannot be stable.*turnstile override 2 --why REASON"):
        promote(where, 2)
    promote(where, 2, "shadow")
    assert override(where, 2, label, "known drift").after == after_override | {"shadow": 2}
    found = release_record.read(where.folder / "2")["override"]
    assert (found["why"], found["verdict"], found["reasons"]) == ("known drift", "undecided", ["too few rows"])
    assert (log(where)[-1]["action"], log(where)[-1]["who"]) == ("override", found["who"])
    promote(where, 2)
    with pytest.raises(UsageError, match="2 is not held back by Evaluator"):
        override(where, 2, label, "again")


def test_the_only_canary_is_not_retired_and_what_is_said_to_do_can_be_done(where):
    recorded(where, 2, "undecided")
    pushed(where, 2, "stable")
    with pytest.raises(UsageError, match=r"Make one stable: turnstile promote VERSION"):
        retire(where, 2)
    for other in (1, 3):
        recorded(where, other, "undecided")
    with pytest.raises(UsageError, match=r"Or make this one stable: turnstile override 2 --why REASON"):
        retire(where, 2)


def test_what_passes_undecided_by_config_is_released_as_what_passed(where):
    recorded(where, 2, "undecided", undecided="pass")
    assert pushed(where, 2, "stable").after == {"stable": 2}
    with pytest.raises(UsageError, match="nothing to override"):
        override(where, 2, "stable", "why")


def test_an_undecided_version_that_waits_needs_both_words(where):
    promote(where, 1)
    recorded(where, 2, "undecided", **WAITS)
    assert pushed(where, 2, "stable").after == {"stable": 1}
    assert approve(where, 2, "stable", "to be tried").after == {"canary": 2, "stable": 1}
    assert override(where, 2, "stable", "tried").after == {"canary": 2, "stable": 2}

    recorded(where, 3, "undecided", **WAITS)
    pushed(where, 3, "canary")
    assert override(where, 3, "canary", "known drift").moved == []
    assert states(where)[3] == "waits for approval"
    assert approve(where, 3, "canary", "yes").after["canary"] == 3


def test_a_model_that_was_let_through_by_a_person_is_labelled_like_any_and_logged_as_theirs(where):
    recorded(where, 2, "undecided", undecided="refuse")
    record = holds.overridden(release_record.read(where.folder / "2"), "ada@host", "known drift")
    release_record.write(where.folder / "2", record)
    assert pushed(where, 2, "canary", "run x").after == {"canary": 2, "stable": 2}
    assert [log(where)[-1][key] for key in ("action", "who", "why")] == ["override", "ada@host", "known drift"]
    promote(where, 2)
