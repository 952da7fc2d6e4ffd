"""A pipeline whose workers are on machines of their own gives what it gives here, also if one dies on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tensorflow as tf
from tensorflow_metadata.proto.v0 import statistics_pb2

from tests import made_data
from tests.cluster.machines import ROOT

ROWS = 3000
_SECONDS = 300


class Pipeline:
    """A pipeline in the storage of a cluster."""

    def __init__(self, cluster, name, beam=""):
        self.folder = cluster.storage / name
        self.folder.mkdir()
        self.data = made_data.trips(self.folder / "trips.csv", ROWS)
        small = (ROOT / "configs/small.toml").read_text().replace("data/taxi/trips.csv", str(self.data))
        self.config = self.folder / "config.toml"
        self.config.write_text(small + beam)

    def start(self, *words):
        command = [sys.executable, "-m", "pipeline.commands.main", *words, "--config", str(self.config), "--json"]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self):
        return self.start("run", "--output", str(self.folder / "output"), "--serving-dir", str(self.folder / "serving"))

    def uri(self, artifact):
        """The newest folder of a kind of artifact, such as "Transform/transformed_examples"."""
        return max((self.folder / "output" / "small" / artifact).iterdir(), key=lambda path: int(path.name))


def done(process, code=0):
    output, errors = process.communicate(timeout=_SECONDS)
    assert (process.returncode, "Traceback" in errors) == (code, False), errors
    return json.loads(output), errors


def killed(cluster, pipeline, stage):
    """A run one of whose workers is killed in the middle of a stage."""
    process, before = pipeline.run(), set(workers(cluster))
    while not (pipeline.folder / "output" / "small" / stage).exists():
        assert process.poll() is None, process.communicate()
        before |= set(workers(cluster))
        time.sleep(0.05)
    while not (at_work := [pid for pid in workers(cluster) if pid not in before and cpu_seconds(pid) > _WORKING]):
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    os.kill(at_work[0], signal.SIGKILL)
    return done(process, code=1)


def workers(cluster):
    return [pid for pool in cluster.pools for pid in pool.pids("sdk_worker_main")]


# CPU seconds after which a worker has loaded its libraries, and works.
_WORKING = 8


def cpu_seconds(pid):
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture(scope="module")
def here(cluster):
    """A run on the DirectRunner, and what it printed."""
    pipeline = Pipeline(cluster, "here")
    return pipeline, done(pipeline.run())[0]


@pytest.fixture(scope="module")
def there(cluster):
    """Runs on the cluster: of the first a worker is killed in Transform, of the second in Evaluator."""
    pipeline = Pipeline(cluster, "there", cluster.beam)
    deaths = {stage: killed(cluster, pipeline, stage) for stage in ("Transform", "Evaluator")}
    return pipeline, done(pipeline.run())[0], deaths


@pytest.mark.parametrize("stage", ["Transform", "Evaluator"])
def test_a_run_whose_worker_dies_says_so_in_a_sentence_and_pushes_nothing(there, stage):
    result, _ = there[2][stage]
    states = {each["id"]: each["state"] for each in result["components"]}
    assert states[stage] == "failed"
    assert states["Pusher"] == "skipped"
    assert "\n" not in result["error"]


def test_the_run_after_it_goes_on_where_that_one_was(there):
    states = {each["id"]: each["state"] for each in there[1]["components"]}
    assert {states[stage] for stage in ("ExampleGen", "StatisticsGen", "DataGate", "Transform", "Trainer")} == {
        "cached"
    }
    assert (states["Evaluator"], there[1]["blessed"]) == ("done", True)


def test_every_pool_had_a_part_in_it(cluster, there):
    assert [pool.log.read_text().count("started for") > 0 for pool in cluster.pools] == [True, True]


def examples(folder):
    files = sorted(map(str, folder.glob("Split-*/*.gz")))
    for file in files:
        for record in tf.data.TFRecordDataset(file, "GZIP").as_numpy_iterator():
            yield Path(file).parent.name, tf.train.Example.FromString(record).SerializeToString(deterministic=True)


def test_examples_and_what_transform_makes_of_them_are_the_same(here, there):
    for artifact in ("ExampleGen/examples", "Transform/transformed_examples"):
        ours, theirs = (sorted(examples(pipeline.uri(artifact))) for pipeline in (here[0], there[0]))
        assert len(ours) == ROWS
        assert ours == theirs


def statistics(folder):
    found = {}
    for file in folder.glob("Split-*/FeatureStats.pb"):
        read = statistics_pb2.DatasetFeatureStatisticsList.FromString(file.read_bytes()).datasets[0]
        by_name = {tuple(each.path.step): each.SerializeToString(deterministic=True) for each in read.features}
        found[file.parent.name] = (read.num_examples, by_name)
    return found


def test_statistics_are_the_same(here, there):
    ours, theirs = (statistics(pipeline.uri("StatisticsGen/statistics")) for pipeline in (here[0], there[0]))
    assert ours == theirs
    assert set(ours) == {"Split-train", "Split-eval"}


def test_metrics_and_verdicts_are_the_same(here, there):
    ours, theirs = here[1], there[1]
    assert theirs["metrics"] == pytest.approx(ours["metrics"], abs=1e-6)
    assert len(ours["metrics"]) > 5

    def verdicts(result):
        return [(gate["gate"], gate["passed"], gate["verdict"]) for gate in result["gates"]]

    assert verdicts(ours) == verdicts(theirs)


def test_a_large_table_is_answered_there_as_here(there):
    pipeline = there[0]
    words = ["batch", str(pipeline.data), "--serving-dir", str(pipeline.folder / "serving"), "--shard-rows", "1000"]
    counts = []
    for name, more in (("answers-here", []), ("answers-there", ["--beam"])):
        counts.append(done(pipeline.start(*words, "--out", str(pipeline.folder / name), *more))[0]["answered"])
    ours, theirs = (sorted(pipeline.folder.glob(f"answers-{place}/*.csv")) for place in ("here", "there"))
    assert counts == [ROWS, ROWS]
    assert [file.read_bytes() for file in ours] == [file.read_bytes() for file in theirs]
