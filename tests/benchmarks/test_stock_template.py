"""The template that Turnstile is measured against has all of its components."""

from __future__ import annotations

import pytest

from benchmarks import stock_template

pytestmark = pytest.mark.slow  # its functions load TFX or Beam


def test_every_component_is_in_the_pipeline(tmp_path):
    stock_template.make(tmp_path / "stock")
    wiring = (tmp_path / "stock" / "pipeline" / "pipeline.py").read_text()
    assert "# components.append" not in wiring
    assert wiring.count("  components.append(") == 10  # SchemaGen and ImportSchemaGen are alternatives


def test_its_data_are_those_it_is_given(tmp_path):
    (tmp_path / "stock" / "data").mkdir(parents=True)
    for text in ("a\n", "b\n"):
        (tmp_path / "trips.csv").write_text(text)
        stock_template.set_data(tmp_path / "stock", tmp_path / "trips.csv")
        assert [file.read_text() for file in (tmp_path / "stock" / "data").iterdir()] == [text]


def test_runs_are_forgotten_and_the_rest_is_not(tmp_path):
    for folder in ("tfx_metadata", "tfx_pipeline_output", "models"):
        (tmp_path / folder).mkdir()
    stock_template.forget_runs(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["models"]
