"""The audit log: what is in it stays, a line that is not whole does no harm, and what never happened does not count."""

from __future__ import annotations

import json

import pytest

from serving.releases import audit_log
from serving.releases.audit_log import Entry, append, effective, read
from serving.releases.history import replay


def entry(action="promote", version=1, before=(), after=(), **others):
    return Entry(action=action, model="taxi", version=version, before=dict(before), after=dict(after), **others)


@pytest.fixture
def log(tmp_path):
    return tmp_path / audit_log.NAME


def test_entries_come_back_as_they_were(log):
    entries = [entry(why="because\nof ü"), entry("gc", 2, loaded=[3])]
    for one in entries:
        append(log, one)
    assert read(log, "taxi") == entries
    assert len(log.read_text().splitlines()) == 2


def test_an_entry_says_who_and_when(log):
    append(log, entry())
    line = json.loads(log.read_text())
    assert "@" in line["who"]
    assert line["time"].endswith("+00:00")
    assert list(line)[:5] == ["time", "who", "action", "model", "version"]


def test_a_user_without_a_name_is_a_number(monkeypatch):
    def unknown():
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr("getpass.getuser", unknown)
    assert audit_log.who().split("@")[0].isdecimal()


def test_models_are_told_apart(log):
    append(log, entry())
    append(log, Entry(action="promote", model="flowers", version=9))
    assert [one.version for one in read(log, "flowers")] == [9]


def test_no_log_has_no_entries(log):
    assert read(log, "taxi") == []


def test_every_torn_line_is_survived(log):
    """Killed in the middle of a write, wherever that is, the next entry is whole and the ones before are there."""
    append(log, entry(version=1))
    first = log.read_bytes()
    append(log, entry(version=2))
    second = log.read_bytes()[len(first) :]
    for length in range(len(second)):
        log.write_bytes(first + second[:length])
        append(log, entry(version=3))
        assert log.read_bytes().startswith(first + second[:length])
        whole = length == len(second) - 1  # all but the line's end
        assert [one.version for one in read(log, "taxi")] == ([1, 2, 3] if whole else [1, 3])


@pytest.mark.parametrize("line", ["{}", "[]", "null", '{"model": "taxi"}', "\udcff", ""])
def test_other_lines_are_passed_over(log, line):
    log.write_bytes(line.encode(errors="surrogateescape") + b"\n")
    append(log, entry())
    assert len(read(log, "taxi")) == 1


A, B, C = {"stable": 1}, {"stable": 2}, {"stable": 3}


@pytest.mark.parametrize(
    ("steps", "labels", "happened"),
    [
        ([], A, []),
        ([(A, B)], B, [0]),
        ([(A, B)], A, []),  # killed before models.config changed
        ([(A, B), (A, C)], C, [1]),  # the same, and then another command
        ([(A, B), (A, B)], B, [1]),  # the same, and then made again
        ([(A, B), (A, B), (A, B)], A, []),
        ([(A, B), (B, A)], A, [0, 1]),  # there and back
        ([(A, B), (B, A)], B, [0]),
        ([(A, A)], A, [0]),  # a version was removed, or retired that had no label
        ([(A, B), (A, A)], A, [1]),
        ([(A, B)], C, [0]),  # edited by hand since
    ],
)
def test_what_never_took_effect_does_not_count(steps, labels, happened):
    entries = [entry(before=before, after=after, why=str(i)) for i, (before, after) in enumerate(steps)]
    assert [int(one.why) for one in effective(entries, labels)] == happened


def history(*moves, labels=None):
    """Replays moves of stable, written as "promote 1" and so on."""
    entries, stable = [], None
    for move in moves:
        action, version = move.split()
        moved = action in ("push", "promote", "rollback")
        after = int(version) if moved else stable
        entries.append(entry(action, int(version), {"stable": stable} if stable else {}, {"stable": after}))
        stable = after
    return replay(entries, labels or {"stable": stable})


ALL = range(10)


@pytest.mark.parametrize(
    ("moves", "previous"),
    [
        (["promote 1"], None),
        (["push 1", "promote 2"], 1),
        (["push 1", "promote 2", "promote 3"], 2),
        (["push 1", "promote 2", "promote 3", "rollback 2"], 1),
        (["push 1", "promote 2", "promote 3", "rollback 2", "rollback 1"], None),
        (["push 1", "promote 2", "rollback 1", "promote 3"], 1),
        (["push 1", "promote 2", "promote 1"], 2),
        (["push 1", "promote 2", "promote 3", "promote 1", "rollback 3"], 2),
        (["push 1", "promote 2", "promote 3", "retire 2"], 1),
        (["push 1", "promote 2", "retire 1", "promote 1", "promote 3"], 1),  # promoting takes a retirement back
        (["push 1", "promote 2", "rollback 1", "retire 2"], None),
    ],
)
def test_what_was_stable_before(moves, previous):
    assert history(*moves).previous(ALL) == previous


def test_versions_that_are_gone_are_passed_over():
    assert history("push 1", "promote 2", "promote 3").previous([1, 3]) == 1


def test_a_log_that_begins_later_knows_where_it_began():
    started = entry(version=2, before={"stable": 1}, after={"stable": 2})
    assert replay([started], {"stable": 2}).previous(ALL) == 1


def test_labels_edited_by_hand_count_as_they_are():
    assert history("push 1", "promote 2", labels={"stable": 5}).previous(ALL) == 2


@pytest.mark.parametrize(("moves", "standby"), [(["push 1", "promote 2"], 1), (["push 2", "promote 1"], None)])
def test_the_standby_is_older_than_stable(moves, standby):
    """Or requests that name no version would go to it."""
    assert history(*moves).standby(ALL) == standby
