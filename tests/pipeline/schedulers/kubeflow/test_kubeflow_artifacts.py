"""Artifacts as Kubeflow describes them, and as components get them."""

from __future__ import annotations

import json

from tfx import types
from tfx.types import standard_artifacts

from components.data_gate.component import DataBlessing
from pipeline.schedulers.kubeflow import artifacts


def described(**metadata):
    kubeflows = {"name": "7", "uri": "minio://bucket/x", "type": {"instanceSchema": "title: tfx.Other\n"}}
    return {"it": {"artifacts": [{**kubeflows, "metadata": metadata}]}}


def parsed(kind, **metadata):
    channels = {"it": types.Channel(type=kind)}
    return artifacts.parsed(described(**metadata), {"it": "/minio/bucket/x"}, channels, {})["it"][0]


def test_an_artifact_has_its_local_path_and_its_properties():
    examples = parsed(standard_artifacts.Examples, split_names='["train"]', span=3.0, input_fingerprint="abc")
    assert isinstance(examples, standard_artifacts.Examples)
    assert examples.uri == "/minio/bucket/x"
    assert (examples.split_names, examples.span) == ('["train"]', 3)
    assert examples.get_string_custom_property("input_fingerprint") == "abc"


def test_a_type_of_our_own_keeps_its_class():
    assert isinstance(parsed(DataBlessing), DataBlessing)


def test_a_number_of_a_blessing_is_a_number_again():
    assert parsed(standard_artifacts.ModelBlessing, blessed=1.0).get_int_custom_property("blessed") == 1


def test_folders_are_made_without_what_an_earlier_attempt_left(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "half").write_text("written")
    model = standard_artifacts.Model()
    model.uri = str(tmp_path / "model")
    artifacts.made({"model": [model]})
    assert list((tmp_path / "model").iterdir()) == []


def test_what_is_written_has_kubeflows_uri_and_what_was_learnt(tmp_path):
    names = {}
    blessing = artifacts.parsed(
        described(), {"it": str(tmp_path)}, {"it": types.Channel(type=standard_artifacts.ModelBlessing)}, names
    )["it"][0]
    blessing.set_int_custom_property("blessed", 1)
    artifacts.write(str(tmp_path / "new" / "output.json"), {"it": [blessing]}, described(), names)
    (written,) = json.loads((tmp_path / "new" / "output.json").read_text())["artifacts"]["it"]["artifacts"]
    assert written == {"name": "7", "uri": "minio://bucket/x", "metadata": {"blessed": 1.0}}
