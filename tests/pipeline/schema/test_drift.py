"""`turnstile schema comparators`: thresholds from how far columns have moved between the spans that passed."""

from __future__ import annotations

import json
import random

import pytest
from click.testing import CliRunner
from google.protobuf import text_format
from ml_metadata.proto import metadata_store_pb2 as mlmd
from tensorflow_metadata.proto.v0 import schema_pb2

from components.data_gate.comparators import comparators
from pipeline.commands.main import main
from pipeline.schema.drift import applied, proposals
from tests import made_metadata, made_statistics

CONFIG = """
name = "made"
[data]
path = "trips/{SPAN}.csv"
schema_path = "schema.pbtxt"
[label]
kind = "regression"
column = "fare"
[features]
colour = { kind = "vocabulary", top_k = 3 }
month = { kind = "numeric" }
note = { kind = "text", top_k = 3 }
[release.overall]
r_squared = { min = 0.1 }
"""
SCHEMA = """
    default_environment: "TRAINING" default_environment: "SERVING"
    feature { name: "fare" type: FLOAT drift_comparator { jensen_shannon_divergence { threshold: 0.1 } } }
    feature { name: "colour" type: BYTES skew_comparator { infinity_norm { threshold: 0.2 } } }
    feature { name: "month" type: INT drift_comparator { jensen_shannon_divergence { threshold: 0.1 } } }
    feature { name: "note" type: BYTES }
    feature { name: "other" type: INT }
"""


def trips(span, share):
    rng = random.Random(span)
    return {
        "fare": [rng.lognormvariate(2, 0.8) for _ in range(1000)],
        "colour": ["red" if rng.random() < share else "blue" for _ in range(1000)],
        "month": [span] * 1000,
        "note": [f"note {n}" for n in range(1000)],
        "other": [span] * 1000,
    }


SHARES = [0.5, 0.52, 0.4]  # of red things, which fall by 0.12


def parsed(text=SCHEMA):
    return text_format.Parse(text, schema_pb2.Schema())


def test_a_threshold_is_above_all_past_distances_and_above_chance_and_none_where_a_column_always_moves():
    past = [made_statistics.statistics(trips(span, share)) for span, share in enumerate(SHARES)]
    found = {each.column: each for each in proposals(parsed(), ["fare", "colour", "month", "absent"], past)}
    fare, colour, month = (found.pop(name) for name in ("fare", "colour", "month"))
    assert found == {}
    assert (fare.measure, fare.in_force, fare.threshold) == ("JENSEN_SHANNON_DIVERGENCE", 0.1, 0.02)
    assert fare.why == "as far as chance reaches"
    assert (colour.measure, colour.in_force) == ("L_INFTY", None)
    assert colour.threshold >= 1.5 * max(colour.distances) > colour.threshold - 0.01
    assert colour.why == "1.5 times the greatest"
    assert (month.distances, month.threshold, month.why) == ((1, 1), None, "moves by its nature")


def test_only_drift_comparators_change():
    past = [made_statistics.statistics(trips(span, share)) for span, share in enumerate(SHARES)]
    without = [made_statistics.statistics({**trips(span, 0.5), "fare": [None] * 1000}) for span in range(2)]
    proposed = applied(parsed(), proposals(parsed(), ["fare", "colour", "month"], past))
    assert {each.column for each in comparators(proposed, "drift")} == {"fare", "colour"}
    assert comparators(proposed, "skew") == comparators(parsed(), "skew")
    for feature in proposed.feature:
        feature.ClearField("drift_comparator")
    bare = parsed()
    for feature in bare.feature:
        feature.ClearField("drift_comparator")
    assert proposed == bare
    kept = applied(parsed(), proposals(parsed(), ["fare"], without))  # of no values, nothing is known
    assert comparators(kept, "drift")[0].limit == 0.1


@pytest.fixture
def typed(tmp_path, monkeypatch):
    """Types a command of `turnstile schema` in a folder; `passed` says which spans have passed the data gate."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.toml").write_text(CONFIG)
    (tmp_path / "schema.pbtxt").write_text(f"# Reviewed.\n{SCHEMA}")
    (tmp_path / "output" / "made").mkdir(parents=True)

    def type_(*words, passed=(), exit_code=0):
        for span in passed:
            folder = made_statistics.write(tmp_path / f"statistics-{span}", train=trips(span, SHARES[span]))
            store = made_metadata.opened(tmp_path / "output" / "made" / "metadata.db")
            made_metadata.judged(store, "made.DataGate", mlmd.Execution.COMPLETE, str(folder), span, f"of {span}")
        result = CliRunner().invoke(main, ["schema", *words, "--config", "c.toml"])
        assert result.exit_code == exit_code, result.output
        return result.output

    return type_


def test_a_proposal_is_printed_written_with_its_reasons_and_accepted(typed, tmp_path):
    told = json.loads(typed("comparators", "--json", passed=(1, 0, 2)))
    assert told["spans"] == ["0", "1", "2"]
    assert [each["column"] for each in told["columns"]] == ["fare", "colour", "month"]  # not what people have written
    file = (tmp_path / told["proposal"]).read_text()
    assert "# Drift between 0, 1, 2.\n" in file
    assert "# month: none (moves by its nature)\n" in file
    table = typed("comparators")
    assert "moves by its nature" in table
    assert "Accept it with: turnstile schema accept --config c.toml" in table
    said = typed("accept", "--only", "colour", "--only", "fare")
    assert "colour: allows skew up to 0.2; would allow drift up to " in said
    assert "fare: allows drift up to 0.1; would allow drift up to 0.02" in said
    assert "month" not in said
    shown = {each["name"]: each for each in json.loads(typed("show", "--json"))["columns"]}
    assert (shown["fare"]["max_drift"], shown["fare"]["max_skew"], shown["month"]["max_drift"]) == (0.02, None, 0.1)
    assert "drift up to 0.02" in typed("show")
    assert (tmp_path / "schema.pbtxt").read_text().startswith("# Reviewed.\n")


def test_one_span_has_nothing_to_be_compared_with(typed):
    assert "has the statistics of 0 spans that have passed DataGate" in typed("comparators", exit_code=2)
    assert "has the statistics of 1 spans" in typed("comparators", passed=(0,), exit_code=2)
