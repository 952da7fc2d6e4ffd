"""`turnstile watch` with real runs: each span once, also when the watch is ended or killed in the middle of a run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import pytest

from tests.made_data import TRIPS

ROWS = 1800
COMMAND = [sys.executable, "-m", "pipeline.commands.main", "watch", "--settle", "0"]


class Spans:
    """A folder in which spans arrive, with what a watch of it leaves."""

    def __init__(self, folder: Path):
        self.folder, self.runs = folder, folder / "output/small/runs"
        text = Path("configs/small.toml").read_text().replace("data/taxi/trips.csv", f"{folder}/trips/{{SPAN}}.csv")
        text = text.replace("min = 0.85, max_drop = 0.05", "min = 0.6")
        (folder / "config.toml").write_text(f"{text}[baseline]\nenabled = false\n")
        where = ["--config", f"{folder}/config.toml", "--output", f"{folder}/output", "--serving-dir", f"{folder}/s"]
        self.command = [*COMMAND, *where]
        (folder / "trips").mkdir()

    def arrives(self, span: int, rows: int) -> None:
        """Writes a span: the header, and so many trips; without any, ExampleGen stops the run at once."""
        with TRIPS.open() as source:
            (self.folder / f"trips/{span}.csv").write_text("".join([next(source), *islice(source, rows)]))

    def once(self):
        """Runs what there is to run; returns the exit code and what --json prints."""
        done = subprocess.run([*self.command, "--once", "--json"], capture_output=True, text=True)
        return done.returncode, json.loads(done.stdout), done.stderr

    def during_the_next_run(self, number: int):
        """Sends a signal to a watch while it runs a span; returns its exit code and what it said."""
        there, said = set(self.runs.iterdir()), self.folder / "said"
        with said.open("w") as file:  # no pipe, for it would break with the watch
            watch = subprocess.Popen([*self.command, "--poll", "0.2"], stderr=file)
        while set(self.runs.iterdir()) == there:
            assert watch.poll() is None
            time.sleep(0.05)
        os.kill(watch.pid, number)
        return watch.wait(60), said.read_text()

    def finished(self):
        """The outcome of each finished run, by span, in their order."""
        records = [json.loads(file.read_text()) for file in sorted(self.runs.glob("*/release.json"))]
        return [(str(record["config"]["data"]["span"]), record["outcome"]) for record in records]


@pytest.fixture(scope="module")
def spans(tmp_path_factory: pytest.TempPathFactory) -> Spans:
    spans = Spans(tmp_path_factory.mktemp("watch"))
    spans.arrives(2, rows=ROWS)
    return spans


def test_each_span_is_run_once_as_turnstile_run_would(spans):
    code, found, said = spans.once()
    (run,) = found["runs"]
    assert (code, run["span"], run["outcome"], run["reasons"]) == (0, "2", "pushed", []), said
    assert (spans.folder / "s/small" / str(run["version"]) / "saved_model.pb").exists()
    assert spans.finished() == [("2", "pushed")]


def test_a_watch_that_is_ended_or_killed_during_a_run_neither_skips_nor_repeats_it(spans):
    spans.arrives(3, rows=0)
    code, said = spans.during_the_next_run(signal.SIGTERM)
    assert (code, said.splitlines()[-1]) == (0, "Ended during the run of 3; the next watch begins with it.")
    assert not (spans.folder / "output/small/tmp").exists()
    assert len(spans.finished()) == 1

    assert spans.during_the_next_run(signal.SIGKILL)[0] == -signal.SIGKILL  # its run goes on
    code, found, said = spans.once()
    assert (code, found["runs"], found["awaited"]) == (0, [], "4"), said
    assert "Another run is going on" in said
    assert spans.finished()[1:] == [("3", "data stopped")]
