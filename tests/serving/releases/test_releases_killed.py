"""Commands that are killed anywhere, and commands at once: models.config is always whole, and nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from serving.releases import model_config, release_record
from serving.releases.audit_log import Entry
from serving.releases.control import approve, override, promote, pushed, retire, rollback
from serving.releases.removal import collect
from serving.releases.state import read
from tests.killed import apart, killed_at
from tests.made_versions import taxi, versions
from turnstile.errors import UsageError

pytestmark = pytest.mark.slow  # starts many processes

SERVING = (str(Path(model_config.__file__).parent),)
WRITING = {"change", "change_record", "collect"}


@pytest.fixture
def before(tmp_path):
    """A serving folder with a past."""
    folder = tmp_path / "before"
    versions(folder, 1, 2, 3, 4, 5)
    where = taxi(folder)
    for version in (1, 2, 3):
        promote(where, version)
    promote(where, 4, "canary")
    return folder


def consistent(where):
    """Asserts what must hold at any moment, and returns the labels."""
    state = read(where)
    listed = model_config.listed(state.config, "taxi")
    assert set(state.labels.values()) <= set(listed)
    assert state.entries[-1].after == state.labels, "a change that nobody recorded"
    for line in where.log_file.read_text().splitlines():
        try:
            assert Entry(**json.loads(line)).model == "taxi"
        except ValueError:
            continue  # torn
    return state.labels


ACTIONS = {
    "promote": (lambda where: promote(where, 5), {"canary": 4, "stable": 5}),  # in two steps: it is not loaded
    "known": (lambda where: promote(where, 4), {"canary": 4, "stable": 4}),
    "label": (lambda where: promote(where, 5, "new"), {"canary": 4, "new": 5, "stable": 3}),
    "rollback": (rollback, {"canary": 4, "stable": 2}),
    "retire": (lambda where: retire(where, 4), {"canary": 3, "stable": 3}),
    "push": (lambda where: pushed(where, 5, "canary"), {"canary": 5, "stable": 3}),
    "approve": (lambda where: approve(where, 6, "canary", "tried"), {"canary": 6, "stable": 3}),
    "override": (lambda where: override(where, 7, "stable", "tried"), {"canary": 4, "stable": 7}),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_killed_at_any_line_a_command_can_be_made_again(before, tmp_path, name):
    hold_back(before)
    apart(kill_at_each_line, before, tmp_path, name)


def hold_back(folder):
    """Adds a version that waits for approval, 6, and one that was left undecided, 7."""
    versions(folder, 6, 7)
    release_record.write(folder / "taxi" / "6", {"thresholds": {"approval": "required"}})
    release_record.write(folder / "taxi" / "7", {"gates": [{"gate": "Evaluator", "verdict": "undecided"}]})


def kill_at_each_line(before, tmp_path, name):
    action, after = ACTIONS[name]
    old, step = consistent(taxi(before)), 0
    while True:
        shutil.copytree(before, folder := tmp_path / str(step), copy_function=os.link)
        unlinked(folder)
        where = taxi(folder)
        if not killed_at(step, lambda where=where: action(where), SERVING, WRITING):
            break
        found = consistent(where)
        assert found in (old, after)
        if found == old:  # a command that took effect is not made again: rollback would go back two
            action(where)
        assert consistent(where) == after
        promote(where, 1, "another")
        assert consistent(where) == after | {"another": 1}
        if after["stable"] != old["stable"] and action is not rollback:
            assert rollback(where).after["stable"] == old["stable"]  # and not to a version that never was stable
        shutil.rmtree(folder)
        step += 1
    assert step > 50, "the kills did not reach into the command"


def unlinked(folder):
    """Replaces hard links by copies where the command writes into a file."""
    log = folder / "releases.jsonl"
    content = log.read_bytes()
    log.unlink()
    log.write_bytes(content)


def test_a_removal_that_is_killed_leaves_whole_versions(before, tmp_path):
    apart(kill_a_removal_at_each_line, before, tmp_path)


def kill_a_removal_at_each_line(before, tmp_path):
    step = 0
    while True:
        shutil.copytree(before, folder := tmp_path / str(step))
        where = taxi(folder)
        if not killed_at(step, lambda where=where: collect(where, 1), SERVING, WRITING):
            break
        consistent(where)
        left = [path for path in where.folder.iterdir() if path.name.isdecimal()]
        assert {path.name for path in left} >= {"2", "3", "4", "5"}
        assert [path for path in left if not (path / "variables" / "variables.index").exists()] == []
        collect(where, 1)
        assert sorted(path.name for path in where.folder.iterdir()) == ["2", "3", "4", "5"]
        shutil.rmtree(folder)
        step += 1
    assert step > 50


PROMOTE = """
import sys
from serving.releases.control import promote
from tests.made_versions import taxi
from pathlib import Path
where = taxi(Path(sys.argv[1]))
sys.stdin.read()
promote(where, int(sys.argv[2]), sys.argv[3])
"""


@pytest.mark.parametrize("count", [2, 8])
def test_promotions_at_once_are_all_there_after(tmp_path, count):
    versions(tmp_path, *range(1, count + 1))
    where, stop, seen, broken = taxi(tmp_path), threading.Event(), [], []

    def look():
        while not stop.is_set():
            try:
                seen.append(len(model_config.labels(model_config.read(where.config_file), "taxi")))
            except UsageError as error:
                broken.append(error)

    commands = [[sys.executable, "-c", PROMOTE, str(tmp_path), str(n), f"label{n}"] for n in range(1, count + 1)]
    running = [subprocess.Popen(command, stdin=subprocess.PIPE) for command in commands]
    reader = threading.Thread(target=look)
    reader.start()
    for process in running:
        process.stdin.close()  # off they go
    codes = [process.wait(60) for process in running]
    stop.set()
    reader.join()
    assert (codes, broken) == ([0] * count, [])
    assert read(where).labels == {f"label{n}": n for n in range(1, count + 1)}
    assert len(read(where).entries) == count
    assert seen == sorted(seen), "a label was lost for a while"


def test_a_lock_ends_with_its_process(before):
    where = taxi(before)
    child = os.fork()
    if not child:
        from serving.releases.state import changing

        with changing(where):
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert promote(where, 5).after["stable"] == 5


def test_what_is_refused_leaves_the_lock(before):
    where = taxi(before)
    with pytest.raises(UsageError):
        promote(where, 99)
    promote(where, 5)
