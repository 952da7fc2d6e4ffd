"""How far a long file is: a line that is redrawn on a terminal, one now and then elsewhere, and notes beside it."""

from __future__ import annotations

import io
import re
import threading

import pytest

from serving.rows.rows_progress import RowsProgress

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock():
    return Clock()


def work(progress, clock, seconds, step=0.125):
    """Ten rows a step."""
    for _ in range(round(seconds / step)):
        clock.now += step
        progress.done(10)


@pytest.fixture(autouse=True)
def able_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")


def drawn(terminal):
    """What was written, drawing by drawing, without colours and the movements of the cursor."""
    return [_CONTROL.sub("", part) for part in re.split(r"\r(?:\x1b\[1A)?\x1b\[2K", terminal.getvalue())]


def test_a_terminal_has_one_line_that_is_redrawn_and_then_taken_away(clock):
    terminal = Terminal()
    with RowsProgress(terminal, lambda rows: rows / 400, clock=clock) as progress:
        work(progress, clock, 1.0)
        progress.end("80 rows by version 7")
    first, *_, last, after = drawn(terminal)
    assert first.startswith("0 rows, 0 rows/s")
    assert re.fullmatch(r"80 rows, 80 rows/s [━╸╺]+ +20% 0:00:04\n", last)
    assert after == "turnstile: 80 rows by version 7\n"


def test_an_error_takes_the_line_away_before_it_is_told(clock):
    terminal = Terminal()
    with pytest.raises(ValueError, match="row 7"), RowsProgress(terminal, clock=clock) as progress:
        work(progress, clock, 1.0)
        raise ValueError("row 7")
    assert drawn(terminal)[-1] == ""


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, {"FORCE_COLOR": "1"}], ids=["dumb", "forced colours"])
def test_what_cannot_be_redrawn_gets_plain_lines(monkeypatch, clock, variables):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    terminal = Terminal() if "TERM" in variables else io.StringIO()
    with RowsProgress(terminal, clock=clock) as progress:
        work(progress, clock, 5)
        progress.note("busy")
    assert terminal.getvalue() == "400 rows, 80 rows/s\nturnstile: busy\n"


def test_elsewhere_there_is_a_line_now_and_then(clock):
    terminal = io.StringIO()
    progress = RowsProgress(terminal, lambda rows: rows / 4000, clock=clock)
    work(progress, clock, 12, step=0.25)
    assert terminal.getvalue() == "200 rows, 40 rows/s, 5%\n400 rows, 40 rows/s, 10%\n"


def test_a_portion_that_is_not_known_is_not_told_and_may_be_known_later(clock):
    terminal = io.StringIO()
    progress = RowsProgress(terminal, clock=clock)
    work(progress, clock, 5, step=0.25)
    progress.portion = lambda rows: 0.5
    work(progress, clock, 5, step=0.25)
    assert terminal.getvalue() == "200 rows, 40 rows/s\n400 rows, 40 rows/s, 50%\n"


@pytest.mark.parametrize("place", [Terminal, io.StringIO])
def test_where_the_answers_are_shown_only_notes_are(place, clock):
    terminal = place()
    progress = RowsProgress(terminal, shown=False, clock=clock)
    work(progress, clock, 10)
    progress.note("busy")
    progress.end()
    assert terminal.getvalue() == "turnstile: busy\n"
    assert progress.rows == 800


@pytest.mark.parametrize("place", [Terminal, io.StringIO])
def test_a_note_is_printed_as_it_is(clock, place):
    terminal, note = place(), "/a/[red]/:smile:/" + "very/" * 40 + " is busy"
    with RowsProgress(terminal, clock=clock) as progress:
        progress.note(note)
    assert f"turnstile: {note}\n" in _CONTROL.sub("", terminal.getvalue())


def test_the_same_note_is_given_once_in_a_while(clock):
    terminal = io.StringIO()
    progress = RowsProgress(terminal, clock=clock)
    for text in ("busy", "busy", "late", "busy"):
        clock.now += 1
        progress.note(text)
    clock.now += 5
    progress.note("busy")
    assert terminal.getvalue().splitlines() == ["turnstile: busy", "turnstile: late", "turnstile: busy"]


def test_the_same_note_from_many_threads_is_given_once(clock):
    terminal = io.StringIO()
    progress = RowsProgress(terminal, clock=clock)
    together = threading.Barrier(8)

    def note():
        together.wait()
        progress.note("busy")

    threads = [threading.Thread(target=note) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert terminal.getvalue() == "turnstile: busy\n"


def test_a_speed_at_once(clock):
    progress = RowsProgress(io.StringIO(), clock=clock)
    progress.done(3)
    assert (progress.seconds, progress.speed) == (0, "3,000 rows/s")
    clock.now += 2
    assert (progress.seconds, progress.speed) == (2, "2 rows/s")
