"""A log and what came of it, joined: each key once, in one arm; what does not count is counted, in words."""

from __future__ import annotations

from dataclasses import asdict

import pandas
import pytest

from serving.ab.arms import CANARY, STABLE
from serving.ab.joining import COUNT_PHRASES, Counts, KeyResult, join
from tests import made_logs
from tests.made_logs import asked
from turnstile.errors import UsageError


@pytest.fixture
def joined(tmp_path):
    """Joins rows of a log with outcomes by (key, outcome); returns the arms and the counts that are not zero."""

    def joining(rows, outcomes):
        path = made_logs.outcomes(tmp_path / "outcomes.jsonl", [{"id": key, "paid": paid} for key, paid in outcomes])
        found = join(made_logs.log(tmp_path / "log", rows), path, "id", "paid")
        return found.arms, {name: count for name, count in asdict(found.counts).items() if count}

    return joining


def test_each_key_gets_its_answer_and_its_outcome(joined):
    rows = [asked("a", STABLE, {"label": 1}), asked("b", CANARY, {"label": 0}), asked("c", STABLE, {"label": 2})]
    arms, counts = joined(rows, [("b", 5), ("a", 3), ("c", 4)])
    assert arms == {
        STABLE: [KeyResult({"label": 1}, 3), KeyResult({"label": 2}, 4)],
        CANARY: [KeyResult({"label": 0}, 5)],
    }
    assert counts == {"rows": 3}


def test_a_key_counts_once_with_its_last_answer_and_its_last_outcome(joined):
    rows = [asked("a", STABLE, {"label": number}) for number in (1, 2, 3)] + [asked("b", CANARY)]
    arms, counts = joined(rows, [("a", 7), ("b", 1), ("a", 8)])
    assert arms[STABLE] == [KeyResult({"label": 3}, 8)]
    assert counts == {"rows": 4, "repeated_rows": 2, "repeated_outcomes": 1}


def test_a_key_in_both_arms_is_in_neither(joined):
    rows = [asked("a", STABLE), asked("b", STABLE), asked("a", CANARY), asked("a", STABLE)]
    arms, counts = joined(rows, [("a", 7), ("b", 1)])
    assert arms == {STABLE: [KeyResult({}, 1)], CANARY: []}
    assert counts == {"rows": 4, "repeated_rows": 2, "keys_in_both_arms": 1}


def test_keys_are_compared_as_text(joined):
    arms, _ = joined([asked("7", STABLE), asked(None, CANARY, inputs={"id": 8.0})], [(7.0, "x"), ("8", "y")])
    assert arms == {STABLE: [KeyResult({}, "x")], CANARY: [KeyResult({}, "y")]}


def test_rows_that_were_divided_whole_are_joined_by_an_input(joined):
    rows = [asked(None, STABLE, inputs={"id": 1}), asked(None, CANARY, inputs={"id": None}), asked(None, CANARY)]
    arms, counts = joined(rows, [(1, 5)])
    assert arms[STABLE] == [KeyResult({}, 5)]
    assert counts == {"rows": 3, "rows_without_key": 2}


def test_without_an_arm_the_label_is_one(joined):
    """A log of `turnstile predict --label canary`, or of a server."""
    rows = [asked("a", None, label=CANARY), asked("b", None, label="shadow"), asked("c", None)]
    arms, counts = joined(rows, [(key, 1) for key in "abc"])
    assert arms == {STABLE: [], CANARY: [KeyResult({}, 1)]}
    assert counts == {"rows": 3, "rows_of_other_arms": 2}


@pytest.mark.parametrize("missing", [None, "", float("nan")])
def test_a_missing_outcome_is_none(joined, missing):
    arms, counts = joined([asked("a", STABLE), asked("b", CANARY)], [("a", missing), ("b", 0), (missing, 1)])
    assert arms == {STABLE: [], CANARY: [KeyResult({}, 0)]}
    assert counts == {"rows": 2, "keys_without_outcome": 1}


def test_outcomes_of_keys_that_never_asked_do_not_count(joined):
    arms, counts = joined([asked("a", STABLE)], [("a", 1), ("z", 1), ("z", 0)])
    assert (arms[STABLE], counts) == ([KeyResult({}, 1)], {"rows": 1})


def test_torn_lines_are_left_out_and_counted(tmp_path):
    log = made_logs.log(tmp_path / "log", [asked("a", STABLE)])
    whole = log.read_bytes()
    for torn in (whole[:-20], b"not json"):
        log.write_bytes(log.read_bytes() + torn + b"\n")
    made_logs.log(log, [asked("b", CANARY)])
    found = join(log, made_logs.outcomes(tmp_path / "o.jsonl", [{"id": "a", "paid": 1}]), "id", "paid")
    assert (found.counts.rows, found.counts.damaged_lines) == (2, 2)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_outcomes_in_other_formats(tmp_path, ending):
    table = pandas.DataFrame({"id": [1, 2, 3], "paid": [1.5, None, 0.0], "more": ["x", "y", "z"]})
    path = tmp_path / f"outcomes.{ending}"
    table.to_csv(path, index=False) if ending == "csv" else table.to_parquet(path)
    log = made_logs.log(tmp_path / "log", [asked(str(key), STABLE) for key in (1, 2, 3)])
    found = join(log, str(path), "id", "paid")
    assert [float(pair.outcome) for pair in found.arms[STABLE]] == [1.5, 0.0]
    assert found.counts.keys_without_outcome == 1


def test_every_count_has_its_words():
    assert list(COUNT_PHRASES) == list(asdict(Counts()))


# What cannot be joined.


@pytest.fixture
def error(tmp_path):
    """Joins files that cannot be; returns the message, with {log} and {outcomes} for the paths."""

    def refused(log=None, outcomes=(), key="id", outcome="paid"):
        if log is not None:
            made_logs.log(tmp_path / "log", log)
        path = made_logs.outcomes(tmp_path / "outcomes.jsonl", outcomes)
        with pytest.raises(UsageError) as caught:
            join(tmp_path / "log", path, key, outcome)
        return str(caught.value).replace(path, "{outcomes}").replace(str(tmp_path / "log"), "{log}")

    return refused


ROW = {"id": "a", "paid": 1}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"key": "user"}, "{outcomes}: no column 'user'; there are: id, paid"),
        ({"outcome": "tip"}, "{outcomes}: no column 'tip'; there are: id, paid"),
    ],
)
def test_a_column_that_is_not_there_is_named(error, options, message):
    assert error([asked("a", STABLE)], [ROW], **options) == message


def test_no_key_in_common_shows_some(error):
    assert error([asked(f"user-{number}", STABLE) for number in range(9)], [ROW]) == (
        "{outcomes}: no 'paid' for any key of {log}. Its keys are like user-0, user-1, user-2: are they in column 'id'?"
    )
    assert "no 'paid' for any key" in error([], [])


@pytest.mark.parametrize("row", [asked(None, STABLE), asked("a", None), asked("a", "shadow")])
def test_a_log_without_keys_or_arms_says_how_to_write_one(error, row):
    assert error([row], [ROW]) == (
        "{log}: no row has a key and an arm; write it with: turnstile split --key id --log {log}"
    )


def test_keys_that_are_all_in_both_arms_leave_none(error):
    message = error([asked("a", STABLE), asked("a", CANARY)], [ROW])
    assert message == "{log}: every key is in both arms; a log is of one test, with one --salt and one --canary"


def test_a_log_that_is_none(error, tmp_path):
    assert error(None, [ROW]) == "{log}: the request log cannot be read (No such file or directory)"
    expected = "{log}: expected a request log, as --log of turnstile split writes it; found no line of one"
    assert error([], [ROW]) == expected
    (tmp_path / "log").write_text("time,model\n1,2\n")
    assert error(None, [ROW]) == expected
