"""Progress: a line a component, redrawn on a terminal, and elsewhere a plain line for each thing that happens."""

import io
import re

import pytest

from pipeline.run.progress import Progress


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def terminal():
    return io.StringIO()


@pytest.fixture
def progress(terminal, clock):
    """Progress past the warm-up, with nothing on the terminal yet."""
    with Progress(terminal, clock) as progress:
        progress("started", "CsvExampleGen")
        terminal.seek(0)
        terminal.truncate()
        yield progress


def words(terminal):
    return [line.split() for line in terminal.getvalue().splitlines()]


def test_the_warm_up_is_shown_and_ends_with_the_first_component(terminal, clock):
    with Progress(terminal, clock) as progress:
        assert words(terminal) == [["loading", "TFX", "..."]]
        clock.now += 7.25
        progress("started", "CsvExampleGen")
        assert words(terminal)[1:] == [["loading", "TFX", "done", "7.2", "s"]]


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([("finished", "CsvExampleGen")], "done"),
        ([("cached", ""), ("finished", "CsvExampleGen")], "cached"),
        ([("started", "StatisticsGen")], "done"),
    ],
)
def test_a_component_that_ends_is_one_line(progress, terminal, clock, events, state):
    clock.now += 3
    for event in events:
        progress(*event)
    assert words(terminal) == [["CsvExampleGen", state, "3.0", "s"]]


def test_each_component_has_its_own_seconds(progress, terminal, clock):
    clock.now += 3
    progress("finished", "CsvExampleGen")
    clock.now += 10
    progress("started", "StatisticsGen")
    clock.now += 2
    progress("finished", "StatisticsGen")
    assert [line[-2] for line in words(terminal)] == ["3.0", "2.0"]


@pytest.mark.parametrize(
    "text", ["epoch 3 of 6, loss 0.41", "column [fare] of [company]", "[/x] 100 %", "a long word " * 20 + "."]
)
def test_a_detail_is_shown_as_it_is(progress, terminal, text):
    progress("detail", text)
    assert terminal.getvalue().split(maxsplit=1) == ["CsvExampleGen", f"{text}\n"]


def test_failed_marks_the_component_that_runs(progress, terminal, clock):
    clock.now += 1
    progress.failed()
    progress.failed()
    assert words(terminal) == [["CsvExampleGen", "failed", "1.0", "s"]]


@pytest.mark.parametrize(("error", "state"), [(None, "done"), (ValueError, "failed")])
def test_leaving_ends_the_component_that_runs(terminal, clock, error, state):
    progress = Progress(terminal, clock)
    progress.__enter__()
    progress("started", "Trainer")
    progress.__exit__(error, None, None)
    assert words(terminal)[-1] == ["Trainer", state, "0.0", "s"]


@pytest.mark.parametrize("event", [("finished", "X"), ("cached", ""), ("detail", "late")])
def test_an_event_after_the_end_of_a_component_is_no_line(progress, terminal, event):
    progress("finished", "CsvExampleGen")
    before = terminal.getvalue()
    progress(*event)
    assert terminal.getvalue() == before


def test_a_terminal_shows_every_component_with_its_state(clock, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    with pytest.raises(ValueError, match="no"), Progress(terminal, clock) as progress:
        for id_, event in (("CsvExampleGen", "cached"), ("Trainer", "detail"), ("Evaluator", "detail")):
            progress("started", id_)
            progress(event, "[fare] 3")
            clock.now += 2
            if id_ != "Evaluator":
                progress("finished", id_)
        raise ValueError("no")
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue()).rsplit("\r", 1)[-1]
    assert [line.split() for line in shown.splitlines()] == [
        ["✓", "loading", "TFX", "0.0", "s"],
        ["≡", "CsvExampleGen", "2.0", "s", "cached"],
        ["✓", "Trainer", "2.0", "s"],
        ["✗", "Evaluator", "2.0", "s", "failed"],
    ]
