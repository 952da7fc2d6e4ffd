"""The wiring, as TFX compiles it: what waits for what, and which change makes which stage run again."""

from __future__ import annotations

import fnmatch
import json

import pytest
from tfx.dsl.compiler import compiler

from pipeline import config_file
from pipeline.dag import create_pipeline
from pipeline.tune.dag import create_tuning_pipeline
from tests import made_data

SMALL = "configs/small.toml"


@pytest.fixture
def compiled(tmp_path):
    """Compiles configs/small.toml, or another config, with overrides; returns the nodes of the IR by id."""

    def compile_(path=SMALL, create=create_pipeline, **overrides):
        folders = {"output": str(tmp_path / "output"), "serving__dir": str(tmp_path / "serving")}
        pipeline = create(config_file.load(path, **folders | overrides))
        nodes = (node.pipeline_node for node in compiler.Compiler().compile(pipeline).nodes)
        return {node.node_info.id: node for node in nodes}

    return compile_


def before(nodes, id_):
    """Every node that must be done before this one starts."""
    upstream = set(nodes[id_].upstream_nodes)
    return upstream.union(*(before(nodes, other) for other in upstream))


def parameters(nodes):
    return {
        id_: {name: value.SerializeToString(deterministic=True) for name, value in node.parameters.parameters.items()}
        for id_, node in nodes.items()
    }


def changed(one, other):
    """The nodes that would not answer from cache: those whose parameters differ."""
    old, new = parameters(one), parameters(other)
    assert set(old) == set(new)
    return {id_ for id_ in old if old[id_] != new[id_]}


def test_the_stages_in_order(compiled):
    nodes = compiled()
    learned = ["Transform", "Trainer", "Baseline", "ServingValidator", "Evaluator", "Pusher"]
    assert list(nodes)[-6:] == learned
    assert set(list(nodes)[:-6]) == {
        "ExampleGen", "StatisticsGen", "ImportSchemaGen", "ExampleValidator", "DataGate"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("node", "upstream"),
    [
        ("ExampleGen", set()),
        ("ImportSchemaGen", set()),
        ("StatisticsGen", {"ExampleGen"}),
        ("ExampleValidator", {"StatisticsGen", "ImportSchemaGen"}),
        ("DataGate", {"ExampleGen", "StatisticsGen", "ImportSchemaGen"}),
        ("Transform", {"ExampleGen", "ImportSchemaGen", "DataGate"}),
        ("Trainer", {"ExampleGen", "Transform", "ImportSchemaGen"}),
        ("Baseline", {"Trainer"}),
        ("ServingValidator", {"Trainer"}),
        ("Evaluator", {"ExampleGen", "Trainer", "Baseline", "ServingValidator"}),
        (
            "Pusher",
            {"Evaluator", "Baseline", "ServingValidator", "Trainer"}
            | {"ExampleGen", "StatisticsGen", "ExampleValidator", "DataGate"},
        ),
    ],
)
def test_what_a_stage_waits_for(compiled, node, upstream):
    assert set(compiled()[node].upstream_nodes) == upstream


def test_a_model_begins_with_another_only_if_that_is_asked_for(compiled):
    nodes = compiled(training__warm_start=True)
    assert set(nodes) - set(compiled()) == {"WarmStart"}
    assert set(nodes["WarmStart"].upstream_nodes) == {"ExampleGen"}
    assert producers(nodes, "Trainer", "base_model") == ["WarmStart"]


@pytest.mark.parametrize("learned", ["Transform", "Trainer", "Baseline", "ServingValidator", "Evaluator", "Pusher"])
def test_nothing_is_learned_before_the_data_gate(compiled, learned):
    assert "DataGate" in before(compiled(), learned)


def producers(nodes, id_, key):
    return [channel.producer_node_query.id for channel in nodes[id_].inputs.inputs[key].channels]


@pytest.mark.parametrize("kind", ["local", "docker", "kubernetes"])
def test_the_pushed_model_is_the_one_that_both_gates_judged(compiled, kind):
    nodes = compiled(serving_validator__kind=kind)
    assert producers(nodes, "Pusher", "model_blessing") == ["Evaluator"]
    assert producers(nodes, "Pusher", "infra_blessing") == ["ServingValidator"]
    assert "model" not in nodes["Pusher"].inputs.inputs  # or it would be pushed without its warm-up requests
    assert [producers(nodes, gate, "model") for gate in ("Evaluator", "ServingValidator")] == [["Trainer"]] * 2


@pytest.mark.parametrize(("kind", "platform"), [("docker", "local_docker"), ("kubernetes", "kubernetes")])
def test_tensorflow_serving_itself_can_be_the_validator(compiled, kind, platform):
    node = compiled(serving_validator__kind=kind, serving_validator__image_tag="2.16.1")["ServingValidator"]
    chosen = {name: json.loads(v.field_value.string_value) for name, v in node.parameters.parameters.items()}
    assert chosen["serving_spec"] == {
        "tensorflow_serving": {"tags": ["2.16.1"]}, platform: {}, "model_name": "small"
    }  # fmt: skip
    assert chosen["request_spec"]["make_warmup"]
    assert (chosen["request_spec"]["split_name"], chosen["request_spec"]["num_examples"]) == ("eval", 64)
    assert set(node.upstream_nodes) == {"Trainer", "ExampleGen"}


def test_without_a_reviewed_schema_it_is_inferred_from_every_split(compiled, tmp_path):
    nodes = compiled(data__schema_path="", check_schema=False)
    assert "ImportSchemaGen" not in nodes
    assert nodes["SchemaGen"].upstream_nodes == ["StatisticsGen"]
    chosen = nodes["SchemaGen"].parameters.parameters
    assert chosen["exclude_splits"].field_value.string_value == "[]"
    assert chosen["infer_feature_shape"].field_value.int_value == 0


@pytest.mark.parametrize("in_folder", [False, True])
def test_parquet_is_read_from_a_file_or_a_folder(compiled, tmp_path, in_folder):
    data = made_data.flowers(tmp_path, rows=5)
    path = tmp_path / "flowers.toml"
    path.write_text(made_data.FLOWERS.format(data=data.parent if in_folder else data))
    chosen = {name: v.field_value for name, v in compiled(path)["ExampleGen"].parameters.parameters.items()}
    assert chosen["input_base"].string_value == str(tmp_path)
    pattern = json.loads(chosen["input_config"].string_value)["splits"][0]["pattern"]
    assert fnmatch.fnmatchcase("flowers.parquet", pattern)
    assert fnmatch.fnmatchcase("FLOWERS.PARQUET", pattern) is in_folder


@pytest.mark.parametrize("cache", [True, False])
def test_the_cache_is_the_configs(compiled, cache):
    assert {node.execution_options.caching_options.enable_cache for node in compiled(cache=cache).values()} == {cache}


@pytest.mark.parametrize(
    ("stage", "library"),
    [
        ("StatisticsGen", "tensorflow_data_validation"),
        ("Transform", "tensorflow_transform"),
        ("Evaluator", "tensorflow_model_analysis"),
    ],
)
def test_workers_elsewhere_import_what_their_stage_needs_before_they_begin(stage, library):
    elsewhere = {"beam__runner": "portable", "beam__endpoint": "a:1", "beam__worker_address": "b:2"}
    for engine, asked in ((elsewhere, [f"--beam_plugins={library}"]), ({}, [])):
        components = {each.id: each for each in create_pipeline(config_file.load(SMALL, **engine)).components}
        flags = components[stage].executor_spec.beam_pipeline_args
        assert [flag for flag in flags if "plugin" in flag] == asked
        assert len(flags) > 4


def test_folders_and_beam_flags_are_the_configs(tmp_path):
    config = config_file.load(SMALL, output=str(tmp_path), beam__mode="multi_processing", beam__workers=3)
    pipeline = create_pipeline(config)
    assert pipeline.pipeline_info.pipeline_root == str(tmp_path / "small")
    assert pipeline.metadata_connection_config.sqlite.filename_uri == str(tmp_path / "small" / "metadata.db")
    assert {"--direct_running_mode=multi_processing", "--direct_num_workers=3"} <= set(pipeline.beam_pipeline_args)


def test_models_go_to_a_folder_of_their_own(compiled, tmp_path):
    destination = compiled()["Pusher"].parameters.parameters["push_destination"].field_value.string_value
    assert f'"{tmp_path / "serving" / "small"}"' in destination


@pytest.mark.parametrize(
    ("overrides", "stages"),
    [
        ({}, set()),
        ({"release__overall": {"auc": {"min": 0.9}}}, {"Evaluator"}),
        ({"release__min_slice_size": 7}, {"Evaluator"}),
        ({"release__slices": ["company"]}, {"DataGate", "Evaluator"}),
        ({"release__incomparable": "first"}, {"Evaluator"}),
        ({"training__max_epochs": 2}, {"Trainer"}),
        ({"training__seed": 8}, {"Trainer"}),
        ({"serving_validator__max_latency_ms": 7}, {"ServingValidator"}),
        ({"serving_validator__max_size_mb": 7}, {"ServingValidator"}),
        ({"serving_validator__rows": 7}, {"Trainer", "ServingValidator"}),  # the rows whose answers Trainer records
        ({"data_gate__stop_at": "warning"}, {"DataGate"}),
        ({"data_gate__allow": ["fare:*"]}, {"DataGate"}),
        ({"serving__dir": "elsewhere"}, {"Baseline"}),
        ({"serving__after_push": "stable"}, set()),
        ({"split__eval": 2}, {"ExampleGen"}),
        ({"split__by": "company"}, {"ExampleGen"}),
        ({"split__by": ["company", "payment_type"]}, {"ExampleGen"}),
        ({"features__fare__log": False}, {"DataGate", "Transform", "Trainer"}),
        ({"label__threshold": 0.3}, {"DataGate", "Transform", "Trainer", "Evaluator"}),
        ({"beam__workers": 2}, set()),
        ({"cache": False}, set()),
    ],
)
def test_a_changed_option_changes_only_its_own_stages(compiled, overrides, stages):
    # Pusher records the whole config.
    assert changed(compiled(), compiled(**overrides)) == stages | ({"Pusher"} if overrides else set())


def test_tuning_has_the_stages_of_a_run_up_to_transform(compiled):
    run, tuning = compiled(), compiled(create=lambda config: create_tuning_pipeline(config, began=0))
    assert set(tuning) == set(before(run, "Transform")) | {"Transform", "ExampleValidator", "Tuner"}
    shared = {id_: node for id_, node in tuning.items() if id_ != "Tuner"}
    assert changed(shared, {id_: run[id_] for id_ in shared}) == set()
    told = tuning["Tuner"].parameters.parameters
    assert {json.loads(told[name].field_value.string_value)["splits"][0] for name in ("train_args", "eval_args")} == {
        "train"
    }


def test_what_the_config_says_comes_to_a_stage_as_one_value(compiled):
    ours = ["ExampleGen", "DataGate", "Transform", "Trainer", "Baseline", "ServingValidator", "Evaluator", "Pusher"]
    nodes = compiled()
    found = {id_: {n: v.field_value.string_value for n, v in nodes[id_].parameters.parameters.items()} for id_ in ours}
    assert [
        id_ for id_ in ours if "settings" not in found[id_] and '"settings"' not in found[id_]["custom_config"]
    ] == []
    told = {value for given in found.values() for name, value in given.items() if name == "settings"}
    assert len([value for value in told if isinstance(json.loads(value), dict)]) == 5
