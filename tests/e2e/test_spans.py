"""Data that arrives by day: a run learns from the latest day, or from the one it is asked for, and says which."""

from __future__ import annotations

import datetime
from itertools import islice
from pathlib import Path

import pytest

from pipeline.run.metadata_store import executions
from serving.releases import release_record
from serving.releases.listing import data
from tests.e2e.conftest import Workspace
from tests.made_data import TRIPS
from turnstile.errors import UsageError

DAYS = ["2026-11-21", "2026-11-22", "2026-11-23"]
ROWS = 1800


class Daily(Workspace):
    """A workspace with a folder in which a file arrives every day."""

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.path = f"{folder}/trips/{{YYYY}}-{{MM}}-{{DD}}.csv"
        self.text = Path("configs/small.toml").read_text().replace("data/taxi/trips.csv", self.path)
        # Models of different days are to be pushed, whichever is the better.
        self.text = self.text.replace("min = 0.85, max_drop = 0.05", "min = 0.7")

    def arrives(self, day: str) -> None:
        """Writes a day's file: the header, and trips of its own."""
        first = DAYS.index(day) * ROWS
        with TRIPS.open() as source:
            lines = [next(source), *islice(source, first, first + ROWS)]
        (self.folder / "trips").mkdir(exist_ok=True)
        (self.folder / "trips" / f"{day}.csv").write_text("".join(lines))

    def learnt(self, **overrides):
        """Runs; returns how Trainer came to its model, the day of the examples, and the day in the record pushed."""
        result = self.run(self.text, **overrides)
        assert (result.error, result.exit_code) == (None, 0)
        found = executions(self.output / "small" / "metadata.db", result.run_id)
        span = found["ExampleGen"].outputs["Examples"].properties["span"]
        record = release_record.read(self.serving / "small" / str(result.pushed_version))
        assert data(record)[1] == record["data"]["date"]
        return found["Trainer"].state, _day(span), record["data"]["date"]


def _day(span: int) -> str:
    return str(datetime.date(1970, 1, 1) + datetime.timedelta(days=span))


@pytest.fixture(scope="module")
def daily(tmp_path_factory: pytest.TempPathFactory) -> Daily:
    return Daily(tmp_path_factory.mktemp("daily"))


def test_runs_as_days_arrive(daily):
    daily.arrives(DAYS[0])
    daily.arrives(DAYS[1])
    assert daily.learnt() == ("done", DAYS[1], DAYS[1])
    assert daily.learnt() == ("cached", DAYS[1], DAYS[1])
    assert daily.learnt(data__span=DAYS[0]) == ("done", DAYS[0], DAYS[0])
    assert daily.learnt(data__span=DAYS[0]) == ("cached", DAYS[0], DAYS[0])
    with pytest.raises(UsageError, match=f"no file for {DAYS[2]} .* There are 2: {DAYS[0]}, {DAYS[1]}"):
        daily.learnt(data__span=DAYS[2])
    daily.arrives(DAYS[2])
    assert daily.learnt() == ("done", DAYS[2], DAYS[2])
