"""The files of a span: the latest or the one asked for, and words where there is none."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from components.example_gen.file_listing import listed
from components.example_gen.input_files import folder_and_pattern, input_files, of_path
from components.example_gen.spans import select
from turnstile.errors import UsageError

DAY = datetime.date(2026, 11, 23)
BY_DAY = "trips/{YYYY}-{MM}-{DD}.csv"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """The folder in which the user runs the command."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*files):
    for file in files:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text("a\n1\n")


def chosen(path, span=None):
    found = select(path, span)
    return found.span, found.version, [str(file) for file in found.files]


def refusal(path, span=None):
    with pytest.raises(UsageError) as caught:
        select(path, span)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_the_latest_day_or_the_one_asked_for():
    make("trips/2026-11-23.csv", "trips/2026-11-24.csv", "trips/2025-12-31.csv")
    assert chosen(BY_DAY) == (datetime.date(2026, 11, 24), None, ["trips/2026-11-24.csv"])
    assert chosen(BY_DAY, DAY) == (DAY, None, ["trips/2026-11-23.csv"])
    make("trips/2026-11-25.csv")
    assert chosen(BY_DAY)[0] == datetime.date(2026, 11, 25)


def test_numbers_are_counted_not_spelt():
    make("span-9/trips.csv", "span-10/trips.csv")
    assert chosen("span-{SPAN}/trips.csv") == (10, None, ["span-10/trips.csv"])
    assert chosen("./span-{SPAN}/trips.csv", 9) == (9, None, ["span-9/trips.csv"])


def test_span_0_can_be_asked_for():
    make("0.csv", "1.csv")
    assert chosen("{SPAN}.csv", 0) == (0, None, ["0.csv"])


def test_all_files_of_a_day_in_name_order():
    make("2026/11/23/b.csv", "2026/11/23/a.csv", "2026/11/23/.hidden.csv", "2026/11/23/notes.txt", "2026/11/22/c.csv")
    assert chosen("{YYYY}/{MM}/{DD}/*.csv")[2] == ["2026/11/23/a.csv", "2026/11/23/b.csv"]


def test_the_latest_version_of_the_span():
    make("1-v9.csv", "2-v1.csv", "2-v10.csv", "2-v9.csv")
    assert chosen("{SPAN}-v{VERSION}.csv") == (2, 10, ["2-v10.csv"])
    assert chosen("{SPAN}-v{VERSION}.csv", 1) == (1, 9, ["1-v9.csv"])


def test_numbers_with_leading_zeros():
    make("007/01.csv", "008/01.csv")
    assert chosen("{SPAN:3}/{VERSION:2}.csv") == (8, 1, ["008/01.csv"])
    assert chosen("{SPAN:3}/{VERSION:2}.csv", 7) == (7, 1, ["007/01.csv"])
    for span in (None, 7):
        assert "leading zeros" in refusal("{SPAN}/{VERSION:2}.csv", span)
    assert "leading zeros" in refusal("{SPAN:3}/{VERSION}.csv")


def test_a_missing_day_is_told_with_those_there_are():
    make("trips/2026-11-22.csv")
    assert "The only one is: 2026-11-22" in refusal(BY_DAY, DAY)
    make("trips/2026-11-24.csv")
    message = refusal(BY_DAY, DAY)
    assert message.startswith(f"{BY_DAY}: there is no file for 2026-11-23 (data.span, or --span)")
    assert message.endswith("There are 2: 2026-11-22, 2026-11-24")


def test_of_many_spans_the_ends_are_named():
    make(*(f"{number}.csv" for number in range(1, 21)), "rest.csv")
    assert refusal("{SPAN}.csv", 21).endswith("There are 20: 1, 2, 3, ..., 18, 19, 20")


def test_a_pattern_without_any_file_is_told_with_where_it_was_looked_for(here):
    message = refusal(BY_DAY)
    assert message.startswith(f"{BY_DAY}: there is no file")
    assert message.endswith(str(here))


@pytest.mark.parametrize(
    ("path", "fine", "odd", "rule"),
    [
        (BY_DAY, "trips/2026-01-06.csv", "trips/2026-1-05.csv", "{MM} is 2 digits"),
        (BY_DAY, "trips/2026-01-06.csv", "trips/2026-02-30.csv", "{YYYY} is 4 digits, {MM} is 2 digits, {DD} is 2"),
        ("{SPAN}.csv", "1.csv", "1-old.csv", "{SPAN} is a number"),
        ("{SPAN:3}.csv", "001.csv", "1000.csv", "{SPAN:3} is 3 digits"),
        ("{SPAN}-{VERSION}.csv", "1-1.csv", "1-new.csv", "{VERSION} is a number"),
    ],
)
def test_a_file_of_another_name_is_told_with_the_rule(path, fine, odd, rule):
    make(fine, odd)
    message = refusal(path)
    assert [word for word in (f"{odd}: is not named as {path} asks", rule) if word not in message] == []


def test_a_file_of_another_name_matters_to_no_other_day():
    make("trips/2026-11-23.csv", "trips/2026-11-xx.csv")
    assert chosen(BY_DAY, DAY)[2] == ["trips/2026-11-23.csv"]


def test_a_folder_named_like_a_file_is_told():
    make("2026-11-23.parquet/part-0.parquet")
    message = refusal("{YYYY}-{MM}-{DD}.parquet")
    assert "2026-11-23.parquet: is a folder" in message
    assert "/*.parquet" in message
    assert chosen("{YYYY}-{MM}-{DD}.parquet/*.parquet")[2] == ["2026-11-23.parquet/part-0.parquet"]


@pytest.mark.parametrize("folder", ["[old]", "a^b$|c\\", "two words"])
def test_a_folder_may_have_any_name(folder):
    make(f"{folder}/a/1.csv", f"{folder}/x[2].csv", "o/a/1.csv")
    assert chosen(f"{folder}/a/{{SPAN}}.csv")[2] == [f"{folder}/a/1.csv"]
    assert chosen(f"{folder}/x[{{SPAN}}].csv")[2] == [f"{folder}/x[2].csv"]


def test_the_latest_span_is_the_latest_even_if_its_file_is_empty():
    make("1.csv", "2.csv", "2b/x.csv")
    Path("2.csv").write_bytes(b"")
    assert chosen("{SPAN}.csv") == (2, None, ["2.csv"])


def test_what_no_file_of_a_table_is_skipped_and_said():
    make(
        "trips/1.csv", "trips/._1.csv", "trips/old.csv/x.csv", "trips/3.csv", "by/7/1.csv", "by/7/.1.csv", "by/7/2.csv"
    )
    Path("trips/3.csv").write_bytes(b"")
    Path("trips/4.csv").symlink_to("gone.csv")
    Path("by/7/2.csv").write_bytes(b"")
    found = of_path("trips")
    assert found.files == (Path("trips/1.csv"),)
    assert found.note() == (
        "skipped trips/._1.csv (hidden), trips/3.csv (empty), trips/4.csv (a link to nowhere), trips/old.csv (a folder)"
    )
    found = of_path("by/{SPAN}/*.csv")
    assert (found.files, found.note()) == ((Path("by/7/1.csv"),), "skipped by/7/.1.csv (hidden), by/7/2.csv (empty)")
    assert of_path("trips/1.csv").note() is None
    assert of_path("trips/._1.csv").files == (Path("trips/._1.csv"),)
    assert of_path("trips/3.csv").files == (Path("trips/3.csv"),)


@pytest.mark.parametrize("name", ["a*b.csv", "a?b.csv", "[ab].csv", "a b.csv", "a].csv"])
def test_a_file_of_any_name_is_that_file(here, name):
    make(f"in[1]/{name}", "in[1]/aXb.csv", "in[1]/a.csv", "in1/a.csv")
    folder, pattern = folder_and_pattern(f"in[1]/{name}")
    assert listed(folder, pattern).files == (here / "in[1]" / name,)
    assert len(listed(*folder_and_pattern("in[1]")).files) == 3


def test_input_files_of_a_file_a_folder_and_a_span(here):
    make("trips/1.csv", "trips/2.csv", "trips/notes.txt")
    assert input_files("trips/1.csv") == [Path("trips/1.csv")]
    assert input_files(Path("trips")) == [Path("trips/1.csv"), Path("trips/2.csv")]
    assert input_files("trips/{SPAN}.csv", 1) == [Path("trips/1.csv")]
    assert folder_and_pattern("trips/1.csv") == (str(here / "trips"), "1.csv")
    assert folder_and_pattern("trips") == (str(here / "trips"), "*.[cC][sS][vV]")
    assert folder_and_pattern("trips/{SPAN}.csv") == (str(here / "trips"), "{SPAN}.csv")
