"""How far a long file is: a line that is rewritten on a terminal, one now and then elsewhere, and notes beside it."""

from __future__ import annotations

import io
import threading

import pytest

from serving.rows.rows_progress import Progress

CLEAR = "\r\x1b[K"


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


def test_a_terminal_has_one_line_that_is_rewritten(clock):
    terminal = Terminal()
    progress = Progress(terminal, lambda rows: rows / 400, clock=clock)
    work(progress, clock, 1.0)
    shown = terminal.getvalue()
    assert "\n" not in shown
    assert shown.split(CLEAR)[1:] == [f"{rows} rows, 80 rows/s, {rows // 4}%" for rows in (20, 40, 60, 80)]


def test_elsewhere_there_is_a_line_now_and_then(clock):
    terminal = io.StringIO()
    progress = Progress(terminal, lambda rows: rows / 4000, clock=clock)
    work(progress, clock, 12, step=0.25)
    assert terminal.getvalue() == "200 rows, 40 rows/s, 5%\n400 rows, 40 rows/s, 10%\n"


def test_a_portion_that_is_not_known_is_not_told_and_may_be_known_later(clock):
    terminal = io.StringIO()
    progress = Progress(terminal, clock=clock)
    work(progress, clock, 5, step=0.25)
    progress.portion = lambda rows: 0.5
    work(progress, clock, 5, step=0.25)
    assert terminal.getvalue() == "200 rows, 40 rows/s\n400 rows, 40 rows/s, 50%\n"


@pytest.mark.parametrize("place", [Terminal, io.StringIO])
def test_where_the_answers_are_shown_only_notes_are(place, clock):
    terminal = place()
    progress = Progress(terminal, shown=False, clock=clock)
    work(progress, clock, 10)
    progress.note("busy")
    progress.end()
    assert terminal.getvalue() == "turnstile: busy\n"
    assert progress.rows == 800


def test_a_note_stands_above_the_line(clock):
    terminal = Terminal()
    progress = Progress(terminal, clock=clock)
    work(progress, clock, 0.25)
    progress.note("busy")
    work(progress, clock, 0.25)
    assert terminal.getvalue().split(CLEAR)[1:] == ["20 rows, 80 rows/s", "turnstile: busy\n", "40 rows, 80 rows/s"]


def test_the_same_note_is_given_once_in_a_while(clock):
    terminal = io.StringIO()
    progress = Progress(terminal, clock=clock)
    for text in ("busy", "busy", "late", "busy"):
        clock.now += 1
        progress.note(text)
    clock.now += 5
    progress.note("busy")
    assert terminal.getvalue().splitlines() == ["turnstile: busy", "turnstile: late", "turnstile: busy"]


def test_the_same_note_from_many_threads_is_given_once(clock):
    terminal = io.StringIO()
    progress = Progress(terminal, clock=clock)
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


@pytest.mark.parametrize(("place", "before"), [(Terminal, CLEAR), (io.StringIO, "")])
def test_the_end_takes_the_line_away(place, before, clock):
    terminal = place()
    progress = Progress(terminal, clock=clock)
    progress.end()
    assert terminal.getvalue() == before
    progress.end("10 rows")
    assert terminal.getvalue().replace(CLEAR, "") == "turnstile: 10 rows\n"


def test_a_speed_at_once(clock):
    progress = Progress(io.StringIO(), clock=clock)
    progress.done(3)
    assert (progress.seconds, progress.speed) == (0, "3,000 rows/s")
    clock.now += 2
    assert (progress.seconds, progress.speed) == (2, "2 rows/s")
