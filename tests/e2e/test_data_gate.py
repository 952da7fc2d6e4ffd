"""Data that must not be trained on: each fault gets its words and its exit code, and nothing is trained or pushed."""

from __future__ import annotations

import csv

import pytest

from pipeline import config_file
from pipeline.run.override import override
from tests.e2e.conftest import tree, up_to_the_data_gate
from turnstile.errors import UsageError


def with_rows(trips, path, change):
    with trips.open(newline="") as source:
        rows = [change(i, row) for i, row in enumerate(csv.DictReader(source))]
    with path.open("w", newline="") as target:
        writer = csv.DictWriter(target, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def without(column):
    return lambda i, row: {name: value for name, value in row.items() if name != column}


def every_tenth(**change):
    return lambda i, row: row | change if i % 10 == 0 else row


def refused(workspace, small, data, by="DataGate"):
    workspace.serving.mkdir()
    result = workspace.run(small, data__path=str(data))
    assert result.exit_code == 11
    assert (result.blessed, result.pushed_version, result.metrics) == (False, None, {})
    assert result.gates[0].gate == by
    assert not result.gates[0].passed
    states = {component.id: component.state for component in result.components}
    assert {states.get(id_, "skipped") for id_ in ("Transform", "Trainer", "Pusher")} == {"skipped"}
    assert not (workspace.output / "small" / "Trainer").exists()
    assert tree(workspace.serving) == {}
    with pytest.raises(UsageError, match=f"{by} refused the data of .*, and only Evaluator can be overridden"):
        override(workspace.config(small), result.run_id, "known")
    return "\n".join(result.gates[0].reasons)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without("fare"), ["column 'fare'", "schema"]),
        (without("tips"), ["column 'tips'", "label"]),
        (every_tenth(payment_type="Barter"), ["column 'payment_type'", "Barter", "one of Cash, Credit Card"]),
        (every_tenth(fare="-5.0"), ["column 'fare'", "-5", "from 0 to 1000"]),
        (every_tenth(tips=""), ["column 'tips' is empty in", "label"]),
    ],
    ids=["missing-column", "missing-label-column", "unseen-payment-type", "negative-fares", "missing-labels"],
)
def test_rows_that_are_not_as_agreed(workspace, small, trips, tmp_path, change, words):
    data = tmp_path / "faulty.csv"
    with_rows(trips, data, change)
    reasons = refused(workspace, small, data, "DataGate")
    assert [word for word in [*words, "turnstile schema diff"] if word not in reasons] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda raw: raw[: raw.rstrip(b"\n").rfind(b",") - 20], ["cut off", "values, the header has 18"]),
        (lambda raw: b"", ["empty"]),
        (lambda raw: raw.split(b"\n")[0] + b"\n", ["no rows"]),
        (lambda raw: raw.replace(b"Taxi", b"T\xe9xi", 1), ["not UTF-8", "iconv"]),
    ],
    ids=["truncated-last-line", "empty", "header-only", "not-utf8"],
)
def test_files_that_are_not_tables(workspace, small, trips, tmp_path, change, words):
    data = tmp_path / "faulty.csv"
    data.write_bytes(change(trips.read_bytes()))
    reasons = refused(workspace, small, data, by="ExampleGen")
    assert [word for word in [str(data), *words] if word not in reasons] == []


def test_text_in_a_column_of_numbers(workspace, small, trips, tmp_path):
    """A word for a missing number is none; anything else is told before an example is written."""
    data = tmp_path / "faulty.csv"
    with_rows(trips, data, lambda i, row: row | {"fare": {0: "n/a", 1: "9 USD"}.get(i % 10, row["fare"])})
    reasons = refused(workspace, small, data, "ExampleGen")
    assert "column 'fare' has 300 values that are not numbers: \"9 USD\" (300 times)" in reasons
    assert "Remove those rows, or correct the values" in reasons


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match=r"absent\.csv: no such file") as error:
        config_file.load("configs/small.toml", data__path=str(tmp_path / "absent.csv"))
    assert error.value.exit_code == 2


def test_an_allowed_anomaly_does_not_stop_the_run(workspace, small, trips, tmp_path):
    data = tmp_path / "barter.csv"
    with_rows(trips, data, every_tenth(payment_type="Barter"))
    allowed = '[data_gate]\nallow = ["payment_type:ENUM_TYPE_UNEXPECTED_STRING_VALUES"]\n'
    with up_to_the_data_gate():
        result = workspace.run(small.replace("[label]", f"{allowed}[label]"), data__path=str(data))
    (gate,) = result.gates
    assert (gate.gate, gate.passed) == ("DataGate", True)
    assert "Barter" in gate.reasons[0]
