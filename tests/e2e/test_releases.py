"""Releases from the outside: what a push labels, what a client sees of a promotion and a rollback, and kills."""

from __future__ import annotations

import json
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

from serving.rows.reading import open_rows
from tests.e2e.conftest import tree
from tests.e2e.model_server import ModelServer
from tests.e2e.test_killed import KILLED_IN, complete_versions


class Releases:
    """The command, on a workspace's folders."""

    def __init__(self, folder, serving):
        self.folder, self.serving = folder, serving
        self.options = ["--config", str(folder / "config.toml"), "--serving-dir", str(serving)]

    def start(self, *arguments):
        command = [sys.executable, "-m", "pipeline.commands.main", *arguments, *self.options]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def __call__(self, *arguments):
        """Does a command; returns its exit code and the JSON it prints."""
        process = self.start(*arguments, "--json")
        out, err = process.communicate(timeout=300)
        assert out.count("\n") == 1, err
        return process.returncode, json.loads(out)

    def labels(self):
        return self("models")[1]["labels"]


@pytest.fixture(scope="module")
def released(pushed, small):
    """Two versions, the second one pushed beside a stable first one; returns the command and the versions."""
    workspace, first = pushed
    releases = Releases(workspace.folder, workspace.serving)
    after_first = releases("models")[1]
    unchanged = tree(workspace.serving)
    workspace.run(small)
    assert tree(workspace.serving) == unchanged, "an unchanged run released something"
    second = workspace.run(
        small.replace("max_epochs = 6", "max_epochs = 5").replace("max_drop = 0.05", "max_drop = 0.4")
    )
    assert (second.error, second.exit_code) == (None, 0)
    return releases, int(first.pushed_version), int(second.pushed_version), after_first


def test_the_first_version_is_canary_and_stable(released):
    _, first, _, found = released
    assert found["labels"] == {"canary": first, "stable": first}
    (version,) = found["versions"]
    assert (version["version"], version["state"]) == (first, "canary, stable")


def test_why_it_was_let_through_is_known(pushed, released):
    _, result = pushed
    version = released[3]["versions"][0]
    assert version["metrics"] == {name: pytest.approx(value) for name, value in result.metrics.items()}
    assert version["baseline"] == {}
    assert version["data"]["rows"]["train"] + version["data"]["rows"]["eval"] == 3000
    assert version["data"]["fingerprint"].startswith("split:all,num_files:1,")
    assert [gate["gate"] for gate in version["gates"]] == ["DataGate", "Evaluator", "ServingValidator"]
    assert version["thresholds"]["overall"]["auc"] == {"min": 0.85, "max_drop": 0.05}
    assert version["run_id"] == result.run_id


def test_the_next_version_is_canary_only(released):
    releases, first, second, _ = released
    assert releases.labels() == {"canary": second, "stable": first}
    newest = releases("models")[1]["versions"][0]
    assert newest["baseline"]["auc"] == pytest.approx(released[3]["versions"][0]["metrics"]["auc"])


def test_listing_takes_less_than_a_second_of_work(released):
    def seconds():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    releases, *_ = released
    before = seconds()
    assert releases.start("models").wait(60) == 0
    assert seconds() - before < 2  # half of it, where nothing else runs; TensorFlow alone takes more to import


class Client(threading.Thread):
    """Asks for stable without pause, and remembers which version answered when, and every other answer."""

    def __init__(self, server, body):
        super().__init__(daemon=True)
        self.server, self.body, self.stop = server, body, threading.Event()
        self.failures, self.answers = [], []

    def run(self):
        while not self.stop.is_set():
            status, answer = self.server.request("/v1/models/small/labels/stable:predict", self.body)
            _, known = self.server.request("/v1/models/small/labels/stable")
            if status != 200:
                self.failures.append(answer)
            else:
                version = int(known["model_version_status"][0]["version"])
                self.answers.append((time.monotonic(), version, answer["predictions"][0]["probability"]))

    def seen(self, version, since):
        """Waits until a version answers; returns the seconds since `since`."""
        deadline = time.monotonic() + 30
        while True:
            if found := [when for when, number, _ in self.answers if number == version and when > since]:
                return found[0] - since
            assert time.monotonic() < deadline, f"{version} does not answer"
            time.sleep(0.01)


def test_a_client_sees_a_promotion_and_a_rollback_within_two_seconds(released, trips):
    releases, first, second, _ = released
    with open_rows(str(trips)) as rows:
        row = next(iter(rows))
    with ModelServer(releases.serving, "small") as server:
        _, about = server.request("/v1/models/small/metadata")
        inputs = about["metadata"]["signature_def"]["signature_def"]["raw"]["inputs"]
        instance = {name: _typed(row.get(name) or "", kind["dtype"]) for name, kind in inputs.items()}
        client = Client(server, {"signature_name": "raw", "instances": [instance]})
        client.start()
        client.seen(first, 0)
        for command, version in ((["promote", str(second)], second), (["rollback"], first)):
            assert releases(*command)[0] == 0
            assert client.seen(version, time.monotonic()) < 2
        client.stop.set()
        client.join()
    assert client.failures == []
    by_version = {version: {p for _, v, p in client.answers if v == version} for version in (first, second)}
    assert by_version[first] and by_version[second]


def _typed(text, dtype):
    if dtype == "DT_STRING":
        return text
    return float(text or 0) if dtype == "DT_FLOAT" else int(float(text or 0))


@pytest.fixture
def trial(released, tmp_path):
    """A copy of the serving folder to do things to."""
    releases, first, second, _ = released
    shutil.copytree(releases.serving, tmp_path / "s")
    for name in ("models.config", "releases.jsonl"):
        (tmp_path / "s" / name).unlink()
    copy = Releases(releases.folder, tmp_path / "s")
    assert copy("promote", str(first))[0] == 0
    return copy, first, second


def test_killed_while_it_waits_nothing_has_moved(trial):
    releases, first, second = trial
    process = releases.start("promote", str(second))
    assert "waiting 2.0 s" in process.stderr.readline()
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert releases.labels() == {"stable": first}
    code, done = releases("promote", str(second))
    assert (code, done["changed"]) == (0, {"stable": {"before": first, "after": second}})
    assert releases.labels() == {"stable": second}


def test_what_is_wrong_is_said_with_exit_code_2(trial):
    releases, first, second = trial
    for arguments, words in (
        (["promote", "7"], [str(first), str(second)]),
        (["promote", "latest"], ["'latest' is not a version", str(first)]),
        (["rollback"], ["there is no version to go back to"]),
        (["retire", str(first)], ["is stable and cannot be retired"]),
    ):
        code, said = releases(*arguments)
        assert (code, said["exit_code"]) == (2, 2)
        assert [word for word in words if word not in said["error"]] == []
    assert releases.labels() == {"stable": first}


def test_eight_promotions_at_once(trial):
    releases, first, second = trial
    started = [releases.start("promote", str(second), "--label", f"label{n}") for n in range(8)]
    assert [process.wait(60) for process in started] == [0] * 8
    assert releases.labels() == {"stable": first} | {f"label{n}": second for n in range(8)}


def test_a_table_for_people(trial):
    releases, first, second = trial
    out, _ = releases.start("models").communicate(timeout=20)
    lines = out.splitlines()
    assert lines[0].split()[:3] == ["version", "state", "metrics"]
    assert lines[1].startswith(f"{second}  pushed") and "auc 0." in lines[1] and "≥ 0.85" in lines[1]
    assert any(line.startswith(f"{first}  stable") for line in lines)
    assert lines[-1] == f"The labels are in {releases.serving / 'models.config'}"


def run(workspace, serving):
    config, output = f"{workspace.folder}/config.toml", str(workspace.output)
    return ["run", "--config", config, "--output", output, "--serving-dir", str(serving)]


def test_a_run_killed_between_push_and_label_is_labelled_and_not_pushed_again_by_the_next(pushed, released, tmp_path):
    """The version is there, but ML Metadata has not heard of it."""
    workspace, _ = pushed
    script = KILLED_IN.format(
        place="serving.releases.control.pushed", done=False, arguments=run(workspace, tmp_path / "s")
    )
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    releases = Releases(workspace.folder, tmp_path / "s")
    (version,) = releases("models")[1]["versions"]
    assert (version["state"], releases.labels()) == ("pushed", {})

    finished = subprocess.run(
        [sys.executable, "-m", "pipeline.commands.main", *run(workspace, tmp_path / "s")], capture_output=True
    )
    assert finished.returncode == 0, finished.stderr.decode()
    assert releases.labels() == {"canary": version["version"], "stable": version["version"]}
    assert complete_versions(tmp_path / "s") == [str(version["version"])]


def test_a_run_that_cannot_tell_what_serves_fails_and_pushes_nothing(pushed, released, tmp_path):
    workspace, _ = pushed
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "models.config").write_text("model_config_list {\n oops\n")
    command = [sys.executable, "-m", "pipeline.commands.main", *run(workspace, tmp_path / "s")]
    failed = subprocess.run([*command, "--json"], capture_output=True)
    assert failed.returncode == 1
    said = json.loads(failed.stdout)
    assert f"{tmp_path}/s/models.config:2" in said["error"]
    assert {component["id"]: component["state"] for component in said["components"]}["Baseline"] == "failed"
    assert tree(tmp_path / "s").keys() == {"models.config"}
    (tmp_path / "s" / "models.config").unlink()
    assert subprocess.run(command, capture_output=True).returncode == 0
    (version,) = [int(path.name) for path in (tmp_path / "s" / "small").iterdir()]
    assert Releases(workspace.folder, tmp_path / "s").labels() == {"canary": version, "stable": version}
