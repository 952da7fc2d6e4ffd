"""`turnstile init` puts a schema in force: later data in other units, or out of place, stops; later rows do not."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import config_file
from pipeline.init import actions
from pipeline.run import whole_run
from tests.e2e.conftest import up_to_the_data_gate

ROWS = 4_000
Row = dict[str, str]


class Trips:
    """A folder in which `turnstile init` has looked at trips.csv; `later` are other trips than those."""

    def __init__(self, folder: Path):
        with Path("data/taxi/trips.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        self.folder, self.later = folder, rows[-ROWS:]
        self._write(rows[:ROWS])
        with pytest.MonkeyPatch.context() as patched:
            patched.chdir(folder)
            actions.init("trips.csv", "tips", name=None, force=False, ask=None)

    def reasons(self, change: Callable[[Row], Row]) -> list[str]:
        """Why a run on the later trips, changed, is refused with exit code 11; it ends at the data gate."""
        self._write([change(row) for row in self.later])
        with pytest.MonkeyPatch.context() as patched, up_to_the_data_gate():
            patched.chdir(self.folder)
            result = whole_run.run(config_file.load("configs/trips.toml"))
        assert result.error is None
        refusals = [gate for gate in result.gates if not gate.passed]
        assert {gate.exit_code for gate in refusals} <= {11}
        return [reason for gate in refusals for reason in gate.reasons]

    def _write(self, rows: list[Row]) -> None:
        with (self.folder / "trips.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)


# What happens to a column, what the run says that it was given and what was expected, and the line to write.
CHANGES: dict[str, tuple[Callable[[float], float], str, str, str]] = {
    "fare": (lambda dollars: 100 * dollars, "Seen: 0 to 6865", "expects FLOAT, from 0 to", 'allow = ["fare:'),
    "tips": (lambda dollars: 100 * dollars, "Seen: 0 to 2655", "expects FLOAT, from 0 to", 'allow = ["tips:'),
    "trip_seconds": (lambda s: 1000 * s, "Seen: 0 to 72120000", "expects INT, from 0 to", 'allow = ["trip_seconds:'),
    "trip_start_timestamp": (
        lambda s: 1000 * s,
        "holds 1357000200000 to",
        "kind 'time' with unit = \"s\"",
        'unit = "ms"',
    ),
    # Five standard deviations.
    "trip_start_hour": (lambda hour: hour + 36, "Seen: 36 to 59", "outside of 0 to 24", "size = 60 }"),
    "dropoff_latitude": (lambda _: -87.6, "Seen: -87.6 to", "expects FLOAT, from 4", 'allow = ["dropoff_latitude:'),
    "trip_miles": (lambda miles: -miles, "Seen: -115 to 0", "expects FLOAT, from 0 to", 'allow = ["trip_miles:'),
}
# The same for what is not a number.
TEXT = ("payment_type", "Seen: CASH (~69%)", "one of Cash, Credit Card", 'allow = ["payment_type:')


@pytest.fixture(scope="module")
def trips(tmp_path_factory) -> Trips:
    return Trips(tmp_path_factory.mktemp("trips"))


@pytest.fixture(scope="module")
def reasons(trips) -> list[str]:
    def change(row: Row) -> Row:
        new = {name: f"{CHANGES[name][0](float(row[name])):.12g}" for name in CHANGES if row[name]}
        return row | new | {"payment_type": row["payment_type"].upper()}

    return trips.reasons(change)


def test_later_rows_pass(trips):
    assert trips.reasons(lambda row: row) == []


@pytest.mark.parametrize(
    ("column", "seen", "expected", "what_to_do"),
    [*((column, *told[1:]) for column, told in CHANGES.items()), TEXT],
    ids=[*CHANGES, TEXT[0]],
)
def test_other_units_and_moved_values_stop(reasons, column, seen, expected, what_to_do):
    reason = next(reason for reason in reasons if f"column '{column}'" in reason)
    assert [part for part in (seen, expected, what_to_do, "turnstile schema diff") if part not in reason] == []


def test_a_slip_of_one_column_stops(trips):
    def slip(row: Row) -> Row:
        names = list(row)[5:]
        return row | dict(zip(names, [row["tips"], *(row[name] for name in names)], strict=False))

    told = " ".join(trips.reasons(slip))
    assert "column 'trip_start_timestamp'" in told and "features.trip_start_timestamp of the config" in told
