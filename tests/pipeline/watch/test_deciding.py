"""Which span a watch runs next: a table of the spans that are there, those that were run, and what to do."""

from __future__ import annotations

import datetime

import pytest

from components.example_gen.arrivals import Arrival
from components.example_gen.window import Window
from pipeline.watch.deciding import Spans, after, decide

FAULT = "is half-written"


def decided(there, done=(), window=1, since=None, changed=(), every=None):
    """Decides on spans by number or by month: "3" is complete, "3!" is half-written, "3~" was written to just now."""
    arrivals = {}
    for word in there.split():
        span = named(word.rstrip("!~"), every)
        arrivals[span] = Arrival(span, None, (), FAULT if word[-1] in "!~" else None, word[-1] == "~")
    done, changed = ({named(word, every) for word in words} for words in (done, changed))
    spans = Spans("{SPAN}.csv", list(arrivals), arrivals.__getitem__, done, changed.__contains__,
                  Window(window, every=every))  # fmt: skip
    return decide(spans, None if since is None else named(since, every))


def named(word, every):
    return datetime.date(2015, int(word), 1) if every else int(word)


@pytest.mark.parametrize(
    ("there", "known", "run"),
    [
        # The oldest first, and one after the other.
        ("", {}, None),
        ("1 2 3", {}, 1),
        ("1 2 3", {"done": "1"}, 2),
        ("1 2 3", {"done": "123"}, None),
        # Not the past: a model of older data would take the place of one of newer data. Unless it is asked for.
        ("1 2 3 4", {"done": "3"}, 4),
        ("1 2 3", {"done": "3"}, None),
        ("1 2 3 4", {"done": "3", "since": "2"}, 2),
        ("1 2 3 4", {"done": "23", "since": "2"}, 4),
        ("1 2 3 4", {"since": "3"}, 3),
        # Of those that were run, only the newest, and only if it has changed.
        ("1 2 3", {"done": "123", "changed": "3"}, 3),
        ("1 2 3", {"done": "123", "changed": "12"}, None),
        ("1 2 3", {"done": "12", "changed": "2"}, 2),
        # What is not complete waits; the next waits for it only while it is being written.
        ("1 2!", {"done": "1"}, None),
        ("1 2! 3", {"done": "1"}, 3),
        ("1 2~ 3", {"done": "1"}, None),
        ("1 2 3!", {"done": "1"}, 2),
        ("1 2~ 3", {"done": "12", "changed": "2"}, 3),
        # A gap without a window is no reason to wait.
        ("1 2 5", {"done": "12"}, 5),
        # With a window, all of it has to be there.
        ("1 2 3", {"window": 4}, None),
        ("1 2 3 4", {"window": 4}, 4),
        ("1 2 3 4 5", {"window": 4, "done": "4"}, 5),
        ("1 3 4 5", {"window": 4}, None),
        ("1 3 4 5 6", {"window": 4}, 6),
        ("1 2! 3 4 5 6", {"window": 3}, 5),
        ("1 2 3 4", {"window": 2, "done": "4", "changed": "4"}, 4),
        # Months.
        ("1 2 3", {"every": "month", "done": "12"}, 3),
        ("1 2 4", {"every": "month", "window": 2, "done": "2"}, None),
        ("1 2 4 5", {"every": "month", "window": 2, "done": "2"}, 5),
    ],
)
def test_the_next_span(there, known, run):
    assert decided(there, **known).run == (run and named(str(run), known.get("every")))


def test_what_is_odd_is_told_once_for_each_span_and_each_fault():
    assert [note.text for note in decided("1 2! 3", "1").notes] == ["2 is half-written."]
    assert decided("1 2! 3", "1").notes == decided("1 2!", "1").notes
    assert decided("1 2~", "1").notes[0].about != decided("1 2!", "1").notes[0].about
    gap = "span 3 is missing between 2 and 5."
    assert [note.text for note in decided("1 2 5", "12").notes] == [gap]
    assert [note.text for note in decided("1 2 5 6", "1256").notes] == []
    (late,) = decided("1 2 3 4", "24").notes
    assert late.text == (
        "3 has no finished run, and is left out: 4, which is newer, was run already. To run it all the same, give "
        "--since 3."
    )
    assert decided("1 2 3 4", "24", since="3").notes == ()
    assert "no file is named like this yet" in decided("").notes[0].text
    assert "none is of the month that begins on 2015-03-01" in decided("1 2 4", "12", every="month").notes[0].text


@pytest.mark.parametrize(
    ("there", "known", "awaited", "newest"),
    [
        ("", {}, "the first span", None),
        ("1 2", {"done": "12"}, "3", 2),
        ("1 2!", {"done": "1"}, "2, which is not complete", 1),
        ("1 2 3", {"window": 4}, "more spans: there are 3 up to 3, and data.window = 4 asks for more", 3),
        ("1 2 4", {"window": 2, "done": "2"}, "a window without a gap: one is between 2 and 4", 4),
        ("1! 2", {"window": 2}, "1, which is not complete", 2),
    ],
)
def test_what_is_awaited(there, known, awaited, newest):
    found = decided(there, **known)
    assert (found.awaited, found.newest) == (awaited, newest)


@pytest.mark.parametrize(
    ("last", "every", "next_"),
    [
        ("2015-03-01", "month", "2015-04-01"),
        ("2015-03-31", "month", "the month that begins on 2015-04-01"),
        ("2015-10-01", "quarter", "2016-01-01"),
        ("2015-03-31", "day", "2015-04-01"),
        ("2015-03-31", None, "a span after 2015-03-31"),
    ],
)
def test_the_day_after(last, every, next_):
    assert after([datetime.date.fromisoformat(last)], Window(every=every)) == next_
