"""The record says which span of the data the model has seen."""

from __future__ import annotations

import pytest
from tfx.types import standard_artifacts

from components.pusher import record_inputs
from components.record import data
from tests.made_records import facts, places


def recorded(path, **properties):
    artifact = standard_artifacts.Examples()
    artifact.set_string_custom_property("input_fingerprint", "split:all,num_files:1")
    for name, value in properties.items():
        artifact.set_int_custom_property(name, value)
    return data.of(places(), facts(data_path=path, examples=record_inputs.properties([artifact])))


@pytest.mark.parametrize(
    ("path", "properties", "expected"),
    [
        ("trips.csv", {"span": 0}, {"span": 0}),
        ("{SPAN}.csv", {"span": 7}, {"span": 7}),
        ("{SPAN}-{VERSION}.csv", {"span": 7, "version": 3}, {"span": 7, "version": 3}),
        ("{YYYY}-{MM}-{DD}.csv", {"span": 20780}, {"span": 20780, "date": "2026-11-23"}),
        ("trips.csv", {"span": 0, "rows_without_label": 5}, {"span": 0, "rows_without_label": 5}),
    ],
)
def test_the_span_and_its_day(path, properties, expected):
    assert recorded(path, **properties) == {"path": path, "fingerprint": "split:all,num_files:1", **expected}
