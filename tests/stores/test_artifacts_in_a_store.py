"""Whole runs whose artifacts are in Cloud Storage, under its own names, by the commands that a user types."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.stores.googles_names import CERTIFICATE, CREDENTIALS, URL
from tests.stores.servers import BUCKET, without

ROOT = Path(__file__).parent.parent.parent
SHARED = f"gs://{BUCKET}/artifacts"
_SECONDS = 60
# Who is not root is that in a namespace of users; root needs none, and may not have one in a chroot.
_IS_ROOT = os.geteuid() == 0
_AS_ROOT = () if _IS_ROOT else ("--map-root-user",)
_AS_THAT_ROOT = () if _IS_ROOT else ("--user", "--preserve-credentials")
_LIST = f"""
from turnstile.places import place
print(*place("gs://{BUCKET}").below(), sep="\\n")
"""


class Namespace:
    """A network in which Google's names lead to a server on this machine, until it is ended."""

    def __init__(self, folder):
        self._folder = folder
        apart = ["unshare", *_AS_ROOT, "--net", "--mount", "--pid", "--fork", "--kill-child"]
        if subprocess.run([*apart, "true"], check=False).returncode:
            pytest.skip("this machine gives nobody a network of their own, in which Google's names lead elsewhere")
        with (folder / "log").open("w") as log:
            self._process = subprocess.Popen(
                [*apart, sys.executable, "-m", "tests.stores.googles_names", str(folder)],
                cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        until = time.monotonic() + _SECONDS
        while not (folder / URL).exists():
            if time.monotonic() > until or self._process.poll() is not None:
                pytest.fail(f"no server under Google's names: {(folder / 'log').read_text()[-2000:]}")
            time.sleep(0.1)

    def __call__(self, *words, code=0):
        enter = ["nsenter", f"--target={self._process.pid}", *_AS_THAT_ROOT, "--net", "--mount", "--root"]
        environment = without({
            "STORAGE_EMULATOR_HOST": (self._folder / URL).read_text(),  # pyarrow and google-cloud-storage
            "CURL_CA_BUNDLE": str(self._folder / CERTIFICATE),  # TensorFlow
            "GOOGLE_APPLICATION_CREDENTIALS": str(self._folder / CREDENTIALS),
            "NO_GCE_CHECK": "true",
        })  # fmt: skip
        command = [*enter, f"--wd={ROOT}", sys.executable, *map(str, words)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
        assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
        return done

    def names(self):
        """The names of all objects."""
        return self("-c", _LIST).stdout.split()

    def end(self):
        self._process.kill()  # and with it all that it has started, which has numbers of its own
        self._process.wait()


class Pipeline:
    """The small example, with its artifacts in a store."""

    def __init__(self, folder, namespace):
        self.folder, self.namespace, self.config = folder, namespace, folder / "config.toml"
        text = (ROOT / "configs/small.toml").read_text()
        self.config.write_text(text.replace('name = "small"', f'name = "small"\npipeline_root = "{SHARED}"', 1))

    def __call__(self, *words, code=0, output="output", config=None):
        where = ("--config", config or self.config, "--output", self.folder / output)
        return self.namespace("-m", "pipeline.commands.main", *words, *where, code=code)

    def run(self):
        return json.loads(self("run", "--serving-dir", self.folder / "serving", "--json").stdout)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A pipeline that has had one run."""
    namespace = Namespace(tmp_path_factory.mktemp("names"))
    try:
        pipeline = Pipeline(tmp_path_factory.mktemp("run"), namespace)
        pipeline.first = pipeline.run()
        yield pipeline
    finally:
        namespace.end()


def test_all_artifacts_are_in_the_store_and_all_else_on_this_machine(ran):
    assert (ran.first["blessed"], Path(ran.first["model_dir"]).is_dir()) == (True, True)
    names = ran.namespace.names()
    assert {name.split("/")[3] for name in names if name.count("/") > 3} == {
        component["id"] for component in ran.first["components"]
    }
    (made_by,) = (name for name in names if name.endswith("made_by.txt"))
    own = made_by.split("/")[2]
    assert all(name.startswith(f"artifacts/small/{own}/") for name in names)
    here = ran.folder / "output/small"
    assert sorted(path.name for path in here.iterdir()) == [".artifacts", "metadata.db", "runs"]
    record = json.loads((here / "runs" / ran.first["run_id"] / "release.json").read_text())
    assert (record["outcome"], record["data"]["rows"]["eval"], len(record["gates"])) == ("pushed", 3004, 3)
    report = Path(ran.first["report"]).read_text()
    assert "could not be made" not in report
    assert "no longer there" not in report


def test_the_same_again_is_answered_from_cache(ran):
    again = ran.run()
    assert {each["state"] for each in again["components"]} == {"cached"}
    assert (again["pushed_version"], again["metrics"]) == (ran.first["pushed_version"], ran.first["metrics"])


def test_lineage_and_clean_know_the_artifacts_of_a_store(ran):
    version = json.loads(ran("lineage", ran.first["pushed_version"], "--json").stdout)
    uris = {each["uri"]: each["exists"] for each in version["artifacts"] if each["type"] in ("Model", "Examples")}
    assert (len(uris) > 2, set(uris.values())) == (True, {True})
    model = next(uri for uri in uris if "/Trainer/model/" in uri)
    assert json.loads(ran("lineage", model, "--json").stdout)["version"] == version["version"]

    anew = ran.folder / "anew.toml"
    anew.write_text(f"cache = false\n{ran.config.read_text()}")
    for run in ("older", "newer"):
        ran("node", "ExampleGen", "--run-id", run, config=anew)
    before = len(ran.namespace.names())
    cleaned = ran("clean", "--keep-runs", "1", "--serving-dir", ran.folder / "serving").stdout
    assert "older: removed" in cleaned
    assert before - len(ran.namespace.names()) == 3  # two splits, and which files they were made of


def test_another_output_folder_never_writes_among_these_artifacts(ran):
    before = set(ran.namespace.names())
    ran("node", "ExampleGen", "--run-id", "other", output="other")
    added = set(ran.namespace.names()) - before
    assert len({name.split("/")[2] for name in added}) == 1
    assert not {name.split("/")[2] for name in added} & {name.split("/")[2] for name in before}


def test_a_bucket_that_is_not_there_is_one_sentence_and_nothing_is_run(ran, tmp_path):
    config = tmp_path / "config.toml"
    config.write_text(ran.config.read_text().replace(SHARED, "gs://no-such-bucket/x"))
    words = ("run", "--config", config, "--output", tmp_path / "output", "--serving-dir", tmp_path / "serving")
    told = ran.namespace("-m", "pipeline.commands.main", *words, code=2).stderr
    assert told.startswith("turnstile: gs://no-such-bucket/x/small/")
    assert told.endswith("made_by.txt: cannot be written: there is no such bucket. Make it, or correct the address\n")
    assert not (tmp_path / "output/small/runs").exists()
