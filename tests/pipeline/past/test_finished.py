"""Which spans have a finished run, whatever their records hold."""

from __future__ import annotations

import datetime
import json

import pytest

from pipeline.past.finished import finished, span_of

DAILY, NUMBERED = "trips/{YYYY}-{MM}-{DD}.csv", "trips/{SPAN}.csv"


@pytest.fixture
def leave(tmp_path):
    """Writes a record as a run leaves it."""

    def write(run_id, outcome, **data):
        file = tmp_path / "runs" / run_id / "release.json"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps({"run_id": run_id, "outcome": outcome, "data": data}))

    return write


def test_a_span_is_done_by_its_latest_run_that_came_to_an_end_whatever_the_gates_said(leave, tmp_path):
    for number, outcome in enumerate(["pushed", "refused", "undecided", "data stopped", "failed"]):
        leave(f"run-{number}", outcome, path=NUMBERED, span=number)
    leave("run-5", "failed", path=NUMBERED, span=0)
    leave("run-6", "refused", path=NUMBERED, span=1)
    (tmp_path / "runs" / "killed").mkdir()
    (tmp_path / "runs" / "cut").mkdir()
    (tmp_path / "runs" / "cut" / "release.json").write_text('{"outcome": "pu')
    found = {span: record["run_id"] for span, record in finished(tmp_path).items()}
    assert found == {0: "run-0", 1: "run-6", 2: "run-2", 3: "run-3"}
    assert finished(tmp_path / "nowhere") == {}


@pytest.mark.parametrize(
    ("record", "span"),
    [
        ({"data": {"path": DAILY, "span": 15_706}}, datetime.date(2013, 1, 1)),
        ({"data": {"path": NUMBERED, "span": 7}, "config": {"data": {"span": None}}}, 7),
        ({"data": {"path": DAILY}, "config": {"data": {"span": "2013-01-01"}}}, datetime.date(2013, 1, 1)),
        ({"data": {"path": NUMBERED}, "config": {"data": {"span": 7}}}, 7),
        ({"data": {"path": NUMBERED}, "config": {"data": {"span": None}}}, None),
        ({"data": {"path": "trips.csv", "span": 0}, "config": {"data": {"span": None}}}, None),
        ({}, None),
    ],
)
def test_the_span_is_what_was_read_or_else_what_was_asked_for(record, span):
    assert span_of(record) == span
