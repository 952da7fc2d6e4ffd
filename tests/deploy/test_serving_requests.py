"""The requests in deploy/serving/README.md are ones that TensorFlow Serving would answer for the taxi model."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from pipeline import config_file
from tests.curl_lines import Call, curl_lines

README = Path("deploy/serving/README.md")

# What json_tensor.cc of TensorFlow Serving takes from JSON for each type; bool is an int in Python, not there.
_TAKES = {"FLOAT": (int, float), "INT": (int,), "BYTES": (str,)}


@pytest.fixture
def columns():
    """The model's features, with their types in the reviewed schema."""
    config = config_file.load("configs/taxi.toml")
    schema = text_format.Parse(Path(config.data.schema_path).read_text(), schema_pb2.Schema())
    types = {feature.name: schema_pb2.FeatureType.Name(feature.type) for feature in schema.feature}
    return {name: types[name] for name in config.features}


def rows(body):
    """The rows of a request in either format; refuses what TensorFlow Serving refuses."""
    assert body["signature_name"] == "raw"
    assert set(body) in ({"signature_name", "instances"}, {"signature_name", "inputs"})
    if "instances" in body:
        return body["instances"]
    (length,) = {len(values) for values in body["inputs"].values()}
    return [{name: values[i] for name, values in body["inputs"].items()} for i in range(length)]


def calls():
    return curl_lines(README, VERSION=1795484339)


def test_every_request_names_every_column_with_a_value_of_its_type(columns):
    bodies = [call.body for call in calls() if call.body]
    assert {"instances", "inputs"} <= {key for body in bodies for key in body}
    for row in [row for body in bodies for row in rows(body)]:
        assert set(row) == set(columns)
        wrong = {name: row[name] for name, type_name in columns.items() if type(row[name]) not in _TAKES[type_name]}
        assert wrong == {}


def test_the_paths_are_those_of_the_rest_api():
    paths = {(call.method, call.path) for call in calls()}
    assert paths == {
        ("GET", "/v1/models/taxi"),
        ("GET", "/v1/models/taxi/versions/1795484339"),
        ("GET", "/v1/models/taxi/metadata"),
        ("GET", "/monitoring/prometheus/metrics"),
        ("POST", "/v1/models/taxi/labels/stable:predict"),
        ("POST", "/v1/models/taxi/labels/canary:predict"),
        ("POST", "/v1/models/taxi/versions/1795484339:predict"),
    }


def test_missing_values_are_shown_as_the_model_spells_them(columns):
    values = {repr(row[name]) for call in calls() if call.body for row in rows(call.body) for name in columns}
    assert {"nan", "''", str(-(2**63))} <= values


def test_curl_lines_are_found_among_other_commands(tmp_path):
    document = tmp_path / "a.md"
    document.write_text(
        '```sh\nls  # it\'s nothing\ncurl -s "http://h:1/a/${N}" | head\ncurl http://h:1/b -d \'{\n"x": [1]}\'\n```\n'
        "```json\ncurl http://h:1/not/this\n```\n"
    )
    assert curl_lines(document, N=7) == [Call("GET", "/a/7", None), Call("POST", "/b", {"x": [1]})]


def test_the_readme_lists_every_file_and_its_links_lead_somewhere():
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", README.read_text())]
    assert [link for link in links if not (README.parent / link).exists()] == []
    assert {path.name for path in README.parent.iterdir()} - {"README.md"} <= set(links)
