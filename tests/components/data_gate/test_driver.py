"""Which earlier data a run's is compared with, by what ML Metadata has recorded."""

from __future__ import annotations

import json
import shutil
from types import SimpleNamespace

import pytest
from ml_metadata.proto import metadata_store_pb2 as mlmd
from tfx.orchestration import metadata
from tfx.types import standard_artifacts

from components.data_gate import references
from components.data_gate.driver import COMPARED, Driver
from components.data_gate.settings import DataGateSettings
from tests import made_metadata, made_statistics
from turnstile.model_inputs import Columns

COMPARED_SCHEMA = (
    'feature { name: "fare" type: FLOAT drift_comparator { jensen_shannon_divergence { threshold: 0.1 } } }'
)
COLUMNS = Columns.model_validate({"features": {}, "label": {"kind": "regression", "column": "fare"}})


class Records:
    """The records of a pipeline, in which DataGate judges data."""

    def __init__(self, folder):
        self.folder, self.store = folder, made_metadata.opened(folder / "metadata.db")

    def judged(self, span, state=mlmd.Execution.COMPLETE, content="", node="DataGate"):
        """Records that data was judged; returns the folder of its statistics."""
        number = len(self.store.get_executions())
        statistics = made_statistics.write(self.folder / f"statistics-{number}", train={"fare": [1.0, 2.0]})
        made_metadata.judged(self.store, f"small.{node}", state, str(statistics), span, content or f"of {span}")
        return str(statistics)

    def found(self, span, content="", path="{SPAN}.csv", schema=COMPARED_SCHEMA, served=None):
        """What the driver finds for data: the words that it tells the executor."""
        examples, agreed = standard_artifacts.Examples(), standard_artifacts.Schema()
        examples.set_int_custom_property("span", span)
        examples.set_string_custom_property("input_fingerprint", content or f"of {span}")
        agreed.uri = str(self.folder / "schema")
        shutil.rmtree(agreed.uri, ignore_errors=True)
        (self.folder / "schema").mkdir()
        (self.folder / "schema" / "schema.pbtxt").write_text(schema)
        settings = DataGateSettings(columns=COLUMNS, reviewed=True, data_path=path, served=served)
        asked = SimpleNamespace(
            input_dict={"examples": [examples], "schema": [agreed]},
            exec_properties={"settings": settings.model_dump_json()},
            pipeline_info=SimpleNamespace(id="small"),
            pipeline_node=SimpleNamespace(node_info=SimpleNamespace(id="DataGate")),
        )
        config = metadata.sqlite_metadata_connection_config(str(self.folder / "metadata.db"))
        output = Driver(metadata.Metadata(config)).run(asked)
        return json.loads(output.exec_properties[COMPARED].string_value)

    def compared(self, *arguments, **options):
        """The names and the folders of what data is compared with for drift."""
        return [(each["name"], each["statistics"]) for each in self.found(*arguments, **options)["drift"]]


@pytest.fixture
def records(tmp_path):
    return Records(tmp_path)


def test_the_first_span_has_nothing_to_be_compared_with(records):
    assert records.compared(1) == []
    records.judged(1)
    records.judged(2)
    assert records.compared(1) == []


def test_it_is_the_newest_smaller_span_that_passed_and_the_farthest_of_four(records):
    folders = {span: records.judged(span) for span in (3, 1, 2, 4, 5, 6)}
    assert records.compared(6) == [("span 5", folders[5]), ("span 2", folders[2])]
    assert records.compared(3) == [("span 2", folders[2]), ("span 1", folders[1])]
    assert records.compared(2) == [("span 1", folders[1])]


@pytest.mark.parametrize("state", [mlmd.Execution.FAILED, mlmd.Execution.RUNNING, mlmd.Execution.CANCELED])
def test_a_span_that_was_refused_or_not_judged_to_the_end_is_never_the_reference(records, state):
    first = records.judged(1)
    records.judged(2, state)
    assert records.compared(3) == [("span 1", first)]


def test_a_span_that_passed_again_counts_as_it_is_now(records):
    records.judged(1, content="as it came first")
    corrected = records.judged(1, content="corrected")
    again = records.judged(1, mlmd.Execution.CACHED, "as it came first")
    assert records.compared(2) == [("span 1", again)]
    assert corrected != again


def test_what_clean_has_removed_and_what_other_nodes_judged_is_not_compared_with(records):
    first, second = records.judged(1), records.judged(2)
    records.judged(3, node="ExampleValidator")
    shutil.rmtree(second)
    assert records.compared(4) == [("span 1", first)]


def test_a_day_is_named_as_one(records):
    records.judged(20_000)
    assert records.compared(20_001, path="{YYYY}-{MM}-{DD}.csv")[0][0] == "span 2024-10-04"


def test_data_without_spans_is_compared_with_the_last_that_is_other_data(records):
    first = records.judged(0, content="a")
    assert records.compared(0, content="a", path="trips.csv") == []
    second = records.judged(0, content="b")
    records.judged(0, content="c")
    assert records.compared(0, content="c", path="trips.csv") == [
        ("the data before", second),
        ("the oldest data in reach", first),
    ]


def test_the_same_data_again_gets_the_same_answer_so_that_it_is_answered_from_cache(records):
    for span in (1, 2, 3):
        records.judged(span)
    before = records.found(3)
    records.judged(3)
    records.judged(4)
    assert records.found(3) == before


def test_nothing_is_looked_for_that_the_schema_does_not_ask_for(records, tmp_path):
    records.judged(1)
    assert records.found(2, schema='feature { name: "fare" type: FLOAT }', served=str(tmp_path)) == {}


def test_the_statistics_of_requests_are_known_by_their_content(records, tmp_path):
    schema = COMPARED_SCHEMA.replace("drift", "skew")
    served = tmp_path / "monitoring"
    assert records.found(1, schema=schema, served=str(served)) == {"skew": None}
    made_statistics.write(tmp_path / "made", train={"fare": [1.0]}, eval={"fare": [2.0]})
    shutil.copytree(tmp_path / "made" / "Split-train", served)
    found = records.found(1, schema=schema, served=str(served))["skew"]
    assert found["statistics"] == str(served)
    shutil.copytree(tmp_path / "made" / "Split-eval", served, dirs_exist_ok=True)
    assert records.found(1, schema=schema, served=str(served))["skew"]["digest"] != found["digest"]


def test_where_no_records_can_be_asked_the_driver_says_so(records):
    assert Driver(None)._passed("small.DataGate", standard_artifacts.Examples(), None) is None
    assert references.passed(records.store, "small.DataGate") == []
