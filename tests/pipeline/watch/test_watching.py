"""A watch over real files and real records, with a run that takes no time: what it runs, waits for, and says.

tests/e2e/test_watch.py has real runs.
"""

from __future__ import annotations

import datetime
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from components.example_gen.fingerprint import fingerprint
from pipeline.watch import lock
from pipeline.watch.single_run import Ended
from pipeline.watch.watching import Asked, Teller, Watch
from tests.killed import apart, killed_at
from turnstile import files
from turnstile.errors import TurnstileError, UsageError

CONFIG = """
name = "taxi"
[data]
path = "DATA/{SPAN}.csv"
window = 1
[label]
kind = "binary"
column = "tips"
[features]
fare = { kind = "numeric" }
[release.overall]
auc = { min = 0.6 }
"""


class Place(Teller):
    """A folder with spans, and a run that leaves a record as `turnstile run` does, or fails."""

    def __init__(self, folder: Path, window=1):
        from pipeline import config_file

        self.folder, self.said, self.paused = folder, [], []
        self.fails: list[int] = []  # the exit codes of the next runs
        self.outcomes: dict[int, str] = {}
        self.codes: dict[int, int] = {}
        file = folder / "config.toml"
        folder.mkdir(exist_ok=True)
        file.write_text(CONFIG.replace("DATA", str(folder / "data")).replace("window = 1", f"window = {window}"))
        self.config = config_file.load(file, check_data=False, output=str(folder / "output"))
        self.root = folder / "output" / "taxi"

    def arrives(self, *spans, text="tips,fare\n1,2\n"):
        (self.folder / "data").mkdir(exist_ok=True)
        for span in spans:
            (self.folder / "data" / f"{span}.csv").write_text(text)

    def watch(self, since=None, settle=0.0, once=True, **instead):
        doing = {"run": self.run, "wait": self.wait, "teller": self} | instead
        return Watch(self.config, Asked(settle, 60.0, once, since), **doing).go_on()

    def spans(self, **asked):
        """The spans that a watch runs."""
        return [run.span for run in self.watch(**asked).runs]

    def run(self, span):
        if self.fails:
            return Ended(self.fails.pop(0), {"error": "a disk is full", "log": "run.log"})
        begun = len(list(self.root.glob("runs/*")))
        run_id = f"run-{begun:03}-of-{span}"
        (self.root / "runs" / run_id).mkdir(parents=True)
        self.record(run_id, span)
        gates = [{"gate": "DataGate", "passed": False, "reasons": ["why"]}] if self.codes.get(span) else []
        return Ended(self.codes.get(span, 0), {"run_id": run_id, "gates": gates})

    def record(self, run_id, span):
        window = range(span - self.config.data.window + 1, span + 1)
        lines = [
            fingerprint("all" if len(window) == 1 else f"span-{each}", [str(self.folder / f"data/{each}.csv")], open)
            for each in window
        ]
        outcome = self.outcomes.get(span, "pushed")
        record = {
            "run_id": run_id,
            "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "seconds": 0.5,
            "outcome": outcome,
            "data": {"path": self.config.data.path, "span": span, "fingerprint": "\n".join(lines)},
            "push": {"version": 7} if outcome == "pushed" else None,
        }
        aside = self.root / "runs" / run_id / "aside"
        aside.write_text(json.dumps(record))
        aside.rename(aside.with_name("release.json"))

    def wait(self, seconds):
        self.paused.append(seconds)
        return False

    def note(self, text):
        self.said.append(text)


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def test_all_that_is_complete_is_run_oldest_first_and_then_nothing(place):
    place.arrives(1, 2, 10)
    assert place.spans() == [1, 2, 10]
    assert place.spans() == []
    place.arrives(11)
    assert place.spans() == [11]


def test_a_gate_that_said_no_has_spoken_until_other_files_come(place):
    place.arrives(1, 2)
    place.outcomes = {1: "refused", 2: "data stopped"}
    assert place.spans() == [1, 2]
    assert place.spans() == []
    place.arrives(1, 2, text="tips,fare\n1,2\n")  # written again, and the same
    assert place.spans() == []
    place.arrives(1, 2, text="tips,fare\n1,2\n0,1\n")
    assert place.spans() == [2]
    assert place.spans() == []


def test_a_span_whose_files_could_not_be_read_is_run_again_when_they_are_touched(place):
    place.arrives(1)
    place.outcomes = {1: "data stopped"}
    assert place.spans() == [1]
    (record,) = place.root.glob("runs/*/release.json")
    told = json.loads(record.read_text())
    told["data"] = {"path": place.config.data.path}
    record.write_text(json.dumps(told | {"config": {"data": {"span": 1}}, "seconds": -5.0}))  # began after all writing
    assert place.spans() == []
    record.write_text(json.dumps(told | {"config": {"data": {"span": 1}}, "seconds": 60.0}))
    assert place.spans() == [1]


def test_with_a_window_a_corrected_older_span_counts_as_a_change(tmp_path):
    place = Place(tmp_path, window=2)
    place.arrives(1)
    assert place.spans() == []
    place.arrives(2, 3)
    assert place.spans() == [2, 3]
    assert place.spans() == []
    place.arrives(2, text="tips,fare\n0,2\n")
    assert place.spans() == [3]


def test_what_fails_is_tried_again_with_a_pause_that_grows_and_then_the_watch_ends(place):
    place.arrives(1, 2)
    place.fails = [1, -9]
    assert place.spans() == [1, 2]
    assert place.paused == [60, 120]
    assert place.said == [
        "The run of 1 failed: a disk is full. The whole log: run.log. It is tried again in 60 s.",
        "The run of 1 failed: it was ended by SIGKILL. It is tried again in 120 s.",
    ]
    place.arrives(3)
    place.fails = [1, 1, 1]
    with pytest.raises(TurnstileError, match="3 runs of 3 failed, and none finished; of the last: a disk is full"):
        place.spans()
    assert place.spans() == [3]


def test_a_half_written_span_is_told_once_and_a_settling_one_is_waited_for(place):
    place.arrives(1)
    place.arrives(2, text="tips,fare\n1,")
    looks = []

    def end_after_three(_):
        looks.append(None)
        return len(looks) == 3

    place.watch(once=False, wait=end_after_three)
    assert (len(looks), len(place.said), "2 is half-written" in place.said[0]) == (3, 1, True)
    place.arrives(2)
    assert place.spans(settle=3600) == []
    assert "it counts as complete when it has not changed for 3600 s" in place.said[1]
    assert place.spans(settle=0) == [2]


def test_another_run_is_waited_for_and_may_have_been_of_the_same_span(place):
    place.arrives(1)
    place.root.mkdir(parents=True)
    other = files.locked(place.root, UsageError(""))
    other.__enter__()

    def until_the_other_run_ends(_):
        if not list(place.root.glob("runs/*")):
            place.run(1)
            other.__exit__(None, None, None)
        return False

    assert place.watch(wait=until_the_other_run_ends).runs == []
    assert place.said == [f"Another run is going on in {place.root}; waiting for its end."]


def test_a_run_that_somebody_else_finishes_meanwhile_is_not_made_again(place):
    place.arrives(1, 2)
    place.fails = [2]  # two runs began at once, and the other had the folder

    def while_the_other_run_ends(_):
        place.run(1)
        return False

    assert [run.span for run in place.watch(wait=while_the_other_run_ends).runs] == [2]


def test_a_second_watch_says_who_the_first_is(place):
    place.arrives(1)
    with lock.alone(place.root), pytest.raises(UsageError, match=r"process \d+ has been watching since 20\d\d-") as no:
        place.watch()
    assert no.value.exit_code == 2
    assert place.spans() == [1]


def test_a_file_that_is_moved_while_it_is_looked_at_is_looked_at_again(place, monkeypatch):
    from components.example_gen import arrivals

    place.arrives(1)
    faults = iter([FileNotFoundError(2, "No such file or directory", "1.csv")])
    monkeypatch.setattr(arrivals, "_fault_of_file", lambda *_: raised(next(faults, None)))
    assert place.spans() == [1]
    assert place.said == ["1.csv: could not be read (No such file or directory)."]


def test_a_store_that_does_not_answer_is_asked_again(place, monkeypatch):
    from components.example_gen import arrivals
    from turnstile.stores import StoreError

    place.arrives(1)
    faults = iter([StoreError("s3://bucket/1.csv: cannot be read (no answer)")])
    monkeypatch.setattr(arrivals, "_fault_of_file", lambda *_: raised(next(faults, None)))
    assert place.spans() == [1]
    assert place.said == ["s3://bucket/1.csv: cannot be read (no answer)"]


def raised(error):
    if error:
        raise error


WATCHED = (str(Path("pipeline/watch").resolve()), __file__)


@pytest.mark.slow
def test_killed_at_any_line_the_next_start_neither_skips_nor_repeats_a_span(tmp_path):
    apart(kill_at_each_line, tmp_path)


def kill_at_each_line(folder):
    step = 0
    while True:
        place = Place(folder / str(step), window=2)
        place.arrives(1, 2)
        if not killed_at(step, place.watch, WATCHED, {"go_on"}):
            break
        place.watch()
        place.arrives(3)
        place.watch()
        records = place.root.glob("runs/*/release.json")
        spans = [json.loads(file.read_text())["data"]["span"] for file in sorted(records)]
        assert (spans, Counter(spans).most_common(1)[0][1]) == ([2, 3], 1)
        shutil.rmtree(place.folder)
        step += 1
    assert step > 100, "the kills did not reach into the command"
