"""The pipeline: which component's output is whose input, from the examples to the pushed model."""

from __future__ import annotations

import os
from pathlib import Path

# Each from its own module: tfx.components 1.21 turns a component that cannot be imported into None.
from tfx.components.example_validator.component import ExampleValidator
from tfx.components.schema_gen.component import SchemaGen
from tfx.components.schema_gen.import_schema_gen.component import ImportSchemaGen
from tfx.components.statistics_gen.component import StatisticsGen
from tfx.components.transform.component import Transform
from tfx.dsl.components.base import base_component, base_node
from tfx.orchestration import metadata, pipeline
from tfx.proto import example_gen_pb2, range_config_pb2
from tfx.types import BaseChannel

from components.baseline.component import Baseline
from components.data_gate.component import DataGate
from components.evaluator.component import Evaluator, eval_config
from components.example_gen.component import ColumnarExampleGen
from components.example_gen.input_files import folder_and_pattern
from components.pusher.component import Pusher
from components.serving_validator.component import ServingValidator
from components.trainer.component import Trainer
from pipeline.beam import beam_args
from pipeline.cache_key import code_version
from pipeline.config import Config
from turnstile import span_pattern
from turnstile.model_inputs import Columns
from turnstile.span_pattern import Span

_SPLITS = ("train", "eval")
_TRAINING = (
    "components.trainer.training",
    "components.trainer.component",
    "components.trainer.model",
    "components.trainer.signatures",
    "components.missing_values",
    "turnstile.model_inputs",
    "components.trainer.example_files",
    "components.trainer.serving_sample",
)
_EVALUATION = (
    "components.evaluator.component",
    "components.evaluator.slim_extracts",
    "components.evaluator.results",
    "turnstile.metrics",
    "components.evaluator.binary_metrics",
    "components.evaluator.binary_sums",
    "components.evaluator.r_squared",
)
# What decides whether an export is proven; the server and the clients run some of it too.
_PROOF = (
    "serving.model.saved_model",
    "serving.model.c_api",
    "serving.model.proof",
    "serving.model.proof_process",
    "serving.model.comparison",
    "serving.model.warmup",
)


def create_pipeline(config: Config) -> pipeline.Pipeline:
    """Wires the stages, left to right.

    Args:
        config: everything there is to decide.

    Returns:
        A pipeline whose artifacts and metadata are under <config.output>/<config.name>.
    """
    columns = Columns(features=config.features, label=config.label)
    root = os.path.abspath(os.path.join(config.output, config.name))  # noqa: PTH100, PTH118 - may be a gs:// one day

    example_gen = _example_gen(config)
    statistics_gen = StatisticsGen(examples=example_gen.outputs["examples"])
    schema_gen = _schema_gen(config, statistics_gen)
    example_validator = ExampleValidator(
        statistics=statistics_gen.outputs["statistics"], schema=schema_gen.outputs["schema"]
    )
    data_gate = DataGate(
        statistics=statistics_gen.outputs["statistics"],
        schema=schema_gen.outputs["schema"],
        columns=columns,
        policy=config.data_gate,
    )
    transform = Transform(
        examples=example_gen.outputs["examples"],
        schema=schema_gen.outputs["schema"],
        preprocessing_fn="components.transform.preprocessing.preprocessing_fn",
        custom_config={"columns": columns.model_dump_json()},
        disable_statistics=True,
        disable_analyzer_cache=True,
    )
    transform.add_upstream_node(data_gate)
    trainer = Trainer(
        run_fn="components.trainer.training.run_fn",
        examples=transform.outputs["transformed_examples"],
        raw_examples=example_gen.outputs["examples"],
        transform_graph=transform.outputs["transform_graph"],
        schema=schema_gen.outputs["schema"],
        custom_config={
            "columns": columns.model_dump_json(),
            "training": config.training.model_dump_json(),
            "sample_rows": config.serving_validator.rows,
        },
    )
    serving_validator = _serving_validator(config, trainer.outputs["model"], example_gen.outputs["examples"])
    baseline = Baseline(candidate=trainer.outputs["model"], model_name=config.name, serving_dir=config.serving.dir)
    evaluator = Evaluator(
        examples=example_gen.outputs["examples"],
        model=trainer.outputs["model"],
        baseline_model=baseline.outputs["model"],
        eval_config=eval_config(config.release, config.label),
    )
    # A model that cannot be loaded would crash the Evaluator before anyone had said what is wrong with it.
    evaluator.add_upstream_node(serving_validator)
    pusher = _pusher(
        config,
        model_blessing=evaluator.outputs["blessing"],
        infra_blessing=serving_validator.outputs["blessing"],  # and the model, with its warm-up requests
        evaluation=evaluator.outputs["evaluation"],
        baseline_model=baseline.outputs["model"],
        examples=example_gen.outputs["examples"],
        statistics=statistics_gen.outputs["statistics"],
        data_blessing=data_gate.outputs["blessing"],
    )
    _versioned(example_gen, "components.example_gen")
    _versioned(data_gate, "components.data_gate.component", "components.data_gate.explanations")
    _versioned(transform, "components.transform.preprocessing", "components.missing_values", "turnstile.model_inputs")
    _versioned(trainer, *_TRAINING)
    _versioned(baseline, "components.baseline.component")
    _versioned(evaluator, *_EVALUATION)
    return pipeline.Pipeline(
        pipeline_name=config.name,
        pipeline_root=root,
        components=[
            example_gen,
            statistics_gen,
            schema_gen,
            example_validator,
            data_gate,
            transform,
            trainer,
            baseline,
            serving_validator,
            evaluator,
            pusher,
        ],
        enable_cache=config.cache,
        metadata_connection_config=metadata.sqlite_metadata_connection_config(f"{root}/metadata.db"),
        beam_pipeline_args=beam_args(config.beam),
    )


def _example_gen(config: Config) -> base_node.BaseNode:
    folder, pattern = folder_and_pattern(config.data.path)
    buckets = {"train": config.split.train, "eval": config.split.eval}
    return ColumnarExampleGen(
        input_base=folder,
        input_config=example_gen_pb2.Input(splits=[example_gen_pb2.Input.Split(name="all", pattern=pattern)]),
        output_config=example_gen_pb2.Output(
            split_config=example_gen_pb2.SplitConfig(
                splits=[example_gen_pb2.SplitConfig.Split(name=name, hash_buckets=buckets[name]) for name in _SPLITS]
            )
        ),
        range_config=None if config.data.span is None else _only(config.data.span),
        split_by=config.split.columns,
        strict=True,
    ).with_id("ExampleGen")


def _only(span: Span) -> range_config_pb2.RangeConfig:
    number = span_pattern.number(span)
    static = range_config_pb2.StaticRange(start_span_number=number, end_span_number=number)
    return range_config_pb2.RangeConfig(static_range=static)


def _serving_validator(config: Config, model: BaseChannel, examples: BaseChannel) -> base_component.BaseComponent:
    policy = config.serving_validator
    if policy.kind == "local":
        validator = ServingValidator(model=model, model_name=config.name, policy=policy)
        _versioned(validator, "components.serving_validator.component", *_PROOF)
        return validator
    # Imports the clients of Docker and of Kubernetes.
    from components.serving_validator.tensorflow_serving import TensorFlowServingValidator

    validator = TensorFlowServingValidator(model, examples, config.name, policy.kind, policy.image_tag, policy.rows)
    _versioned(validator, "components.serving_validator.tensorflow_serving", "components.serving_validator.component")
    return validator


def _pusher(
    config: Config, model_blessing: BaseChannel, infra_blessing: BaseChannel, **record: BaseChannel
) -> base_component.BaseComponent:
    """`record` is what the record of a pushed version is made from."""
    if not config.serving.vertex:
        pusher = Pusher(model_blessing=model_blessing, infra_blessing=infra_blessing, config=config, **record)
        _versioned(pusher, "components.pusher.component", "components.pusher.release_reasons")
        return pusher
    # Imports Google Cloud's clients.
    from components.pusher.vertex import VertexPusher

    return VertexPusher(model_blessing, infra_blessing, config.serving.vertex).with_id("Pusher")


def _schema_gen(config: Config, statistics_gen: StatisticsGen) -> base_node.BaseNode:
    if config.data.schema_path:
        path = str(Path(config.data.schema_path).resolve())
        import_schema_gen = ImportSchemaGen(schema_file=path)
        _versioned(import_schema_gen, files=(path,) if Path(path).exists() else ())
        return import_schema_gen
    # No shapes: a shape would make its column required in every request.
    return SchemaGen(statistics=statistics_gen.outputs["statistics"], infer_feature_shape=False)


def _versioned(node: base_component.BaseComponent, *modules: str, files: tuple[str, ...] = ()) -> None:
    """Makes code and files part of a node's cache key; its executor ignores the flag that carries them."""
    node.executor_spec.add_extra_flags([f"--turnstile_code_version={code_version(*modules, files=files)}"])
