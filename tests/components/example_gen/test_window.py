"""Which spans a run reads, and what is said of one that is missing, empty, there twice, or not yet whole."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from components.example_gen.arrivals import MARKER, arrivals
from components.example_gen.window import Window, select
from turnstile.errors import DataRefusedError, TurnstileError, UsageError

BY_DAY, BY_NUMBER, FOLDERS = "trips/{YYYY}-{MM}-{DD}.csv", "trips/{SPAN}.csv", "trips/{YYYY}-{MM}-{DD}/trips.csv"
QUARTERS = ["2015-01-01", "2015-04-01", "2015-07-01", "2015-10-01"]
FOUR = Window(4, every="quarter")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """The folder in which the user runs the command."""
    monkeypatch.chdir(tmp_path)


def make(*files, text="a\n1\n"):
    for file in files:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text(text)


def marked(*days):
    for day in days:
        make(f"trips/{day}/trips.csv")
        Path(f"trips/{day}/{MARKER}").touch()


def taken(path, span=None, window=FOUR):
    return [str(each.span) for each in select(path, span, window)]


def refusal(path, span=None, window=FOUR, kind: type[TurnstileError] = UsageError):
    with pytest.raises(kind) as caught:
        select(path, span, window)
    return str(caught.value)


def test_the_newest_spans_are_taken_or_those_up_to_the_one_that_is_asked_for():
    make(*(f"trips/{day}.csv" for day in ["2014-10-01", *QUARTERS]), "trips/7.txt")
    assert taken(BY_DAY) == QUARTERS
    assert taken(BY_DAY, date(2015, 7, 1)) == ["2014-10-01", *QUARTERS[:3]]
    assert taken(BY_DAY, window=Window()) == QUARTERS[-1:]
    make(*(f"trips/{number}.csv" for number in (8, 9, 10, 11)))
    assert taken(BY_NUMBER, 10, Window(3)) == ["8", "9", "10"]


def test_too_few_spans_are_told():
    make(*(f"trips/{day}.csv" for day in QUARTERS))
    message = refusal(BY_DAY, date(2015, 4, 1))
    assert "data.window = 4 asks for 4 spans up to 2015-04-01, and there are only 2: 2015-01-01, 2015-04-01" in message


@pytest.mark.parametrize(
    ("days", "every", "missing"),
    [
        (["2015-01-01", "2015-07-01", "2015-10-01"], "quarter", "2015-04-01"),
        (["2014-12-31", "2015-01-31", "2015-03-31"], "month", "2015-02-01"),
        (["2015-01-01", "2015-01-02", "2015-01-04"], "day", "2015-01-03"),
        (["2015-01-05", "2015-01-12", "2015-01-26"], 7, "2015-01-19"),
    ],
)
def test_a_gap_is_named(days, every, missing):
    make(*(f"trips/{day}.csv" for day in days))
    message = refusal(BY_DAY, window=Window(3, every=every))
    assert "a span is missing between" in message
    assert f"begins on {missing}. Put its files there" in message
    assert taken(BY_DAY, window=Window(3)) == days  # of dates whose distance nobody has said, any may follow
    assert taken(BY_DAY, window=Window(1, every=every)) == days[-1:]


def test_numbers_count_by_one():
    make("trips/1.csv", "trips/2.csv", "trips/4.csv")
    assert "span 3 is missing between 2 and 4" in refusal(BY_NUMBER, window=Window(2))
    assert "no file for 3" in refusal(BY_NUMBER, 3)


def test_two_spans_of_one_period_are_told():
    make(*(f"trips/{day}.csv" for day in [*QUARTERS, "2015-11-15"]))
    assert "2015-10-01 and 2015-11-15 are two spans of the same quarter" in refusal(BY_DAY)


def test_two_files_for_one_span_are_told():
    make("trips/6.csv", "trips/7.csv", "trips/07.csv")
    message = refusal(BY_NUMBER, window=Window(2), kind=DataRefusedError)
    assert "span 7 has 2 files where one is expected: trips/07.csv and trips/7.csv" in message
    make("by/6/a.csv", "by/7/a.csv", "by/7/b.csv")
    assert taken("by/{SPAN}/*.csv", window=Window(2)) == ["6", "7"]


def test_a_folder_without_the_marker_that_others_have_is_half_written():
    marked(*QUARTERS)
    assert taken(FOLDERS) == QUARTERS
    Path(f"trips/{QUARTERS[-1]}/{MARKER}").unlink()
    message = refusal(FOLDERS, kind=DataRefusedError)
    assert "span 2015-10-01 is half-written: trips/2015-10-01 has no _SUCCESS" in message
    assert "touch trips/2015-10-01/_SUCCESS" in message
    assert "is half-written" in refusal(FOLDERS, window=Window(), kind=DataRefusedError)
    assert taken(FOLDERS, date(2015, 7, 1), Window(3)) == QUARTERS[:3]  # it is in no window but its own


def test_an_empty_file_and_one_that_ends_in_the_middle_are_told():
    make(*(f"trips/{day}.csv" for day in QUARTERS))
    Path(f"trips/{QUARTERS[1]}.csv").write_text("a\n1\n2")
    Path(f"trips/{QUARTERS[3]}.csv").write_text("")
    cut, empty = refusal(BY_DAY, kind=DataRefusedError).splitlines()
    assert "span 2015-04-01 is half-written: the last line of trips/2015-04-01.csv has no end" in cut
    assert "span 2015-10-01 is empty: trips/2015-10-01.csv has no bytes" in empty
    table = pa.table({"a": [1]})
    for number in (1, 2):
        parquet.write_table(table, f"trips/{number}.parquet")
    assert taken("trips/{SPAN}.parquet", window=Window(2)) == ["1", "2"]
    os.truncate("trips/2.parquet", Path("trips/2.parquet").stat().st_size - 3)
    assert "lacks the end of a Parquet file" in refusal("trips/{SPAN}.parquet", None, Window(2), DataRefusedError)


def test_lines_that_never_end_are_no_fault():
    make("trips/1.csv", "trips/2.csv", text="a\n1")
    assert taken(BY_NUMBER, window=Window(2)) == ["1", "2"]


def test_arrivals_says_of_every_span_whether_it_is_complete():
    marked(*QUARTERS[:2])
    make(f"trips/{QUARTERS[2]}/trips.csv")
    found = {str(each.span): each.fault for each in arrivals(FOLDERS)}
    assert list(found) == QUARTERS[:3]
    assert [found[day] for day in QUARTERS[:2]] == [None, None]
    assert "is half-written" in (found[QUARTERS[2]] or "")


def test_a_span_settles():
    make("trips/1.csv", "trips/2.csv")
    os.utime("trips/1.csv", (1000, 1000))
    os.utime("trips/2.csv", (1290, 1290))
    assert [each.fault for each in arrivals(BY_NUMBER)] == [None, None]
    settled, waits = arrivals(BY_NUMBER, settle_seconds=60, now=1300)
    assert settled.fault is None
    assert waits.fault == "was changed 10 s ago; it counts as complete when it has not changed for 60 s"
