"""The compiled pipeline as files: read back it is the same, and its graph is what a scheduler needs."""

from __future__ import annotations

import json

import pytest
from google.protobuf import json_format

from pipeline import config_file
from pipeline.run import ir
from turnstile.errors import UsageError

pytestmark = pytest.mark.slow  # its functions load TFX or Beam


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    output = tmp_path_factory.mktemp("output")
    return ir.compiled(config_file.load("configs/small.toml", output=str(output))), output


def test_it_is_read_as_it_was_written(compiled, tmp_path):
    pipeline, output = compiled
    ir.write(pipeline, tmp_path / "new" / "small.json")
    found = ir.read(tmp_path / "new" / "small.json")
    assert json_format.MessageToDict(found) == json_format.MessageToDict(pipeline)
    assert ir.root(found) == output / "small"
    assert ir.database(found) == output / "small" / "metadata.db"


def test_the_graph_is_beside_it_and_each_node_after_those_it_waits_for(compiled, tmp_path):
    ir.write(compiled[0], tmp_path / "small.json")
    graph = json.loads((tmp_path / "small.graph.json").read_text())
    assert graph == ir.graph(compiled[0])
    order = list(graph)
    assert [(id_, before) for id_ in graph for before in graph[id_] if order.index(before) > order.index(id_)] == []
    assert graph["Pusher"] == [
        *("Baseline", "DataGate", "Evaluator", "ExampleGen", "ExampleValidator"),
        *("ServingValidator", "StatisticsGen", "Trainer"),
    ]


def test_nothing_is_resolved_by_the_orchestrator(compiled):
    """Kubeflow has no resolvers, and the graph is to be the same everywhere."""
    kinds = {node.node_info.type.name.rsplit(".", 1)[-1] for node in ir.nodes(compiled[0]).values()}
    assert kinds & {"Resolver", "Importer"} == set()


@pytest.mark.parametrize("content", [None, b"{", b"\xff", b'{"nodes": 3}'], ids=["absent", "cut", "bytes", "other"])
def test_what_is_no_compiled_pipeline_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "ir.json").write_bytes(content)
    with pytest.raises(UsageError, match=r"ir\.json: (cannot be read|is not a compiled pipeline)"):
        ir.read(tmp_path / "ir.json")


def test_a_place_that_cannot_be_written_is_named(compiled, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"cannot be written"):
        ir.write(compiled[0], tmp_path / "file" / "ir.json")
