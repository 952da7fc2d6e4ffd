"""The pipeline: which component's output is whose input, from the examples to the pushed model."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

# Each from its own module: tfx.components 1.21 turns a component that cannot be imported into None.
from tfx.components.example_validator.component import ExampleValidator
from tfx.components.schema_gen.component import SchemaGen
from tfx.components.schema_gen.import_schema_gen.component import ImportSchemaGen
from tfx.components.statistics_gen.component import StatisticsGen
from tfx.components.transform.component import Transform
from tfx.dsl.components.base.base_component import BaseComponent
from tfx.orchestration import pipeline
from tfx.proto import example_gen_pb2
from tfx.types import BaseChannel

from components.baseline.component import Baseline
from components.baseline.settings import BaselineSettings
from components.data_gate.component import DataGate
from components.data_gate.statistics_options import stats_options
from components.evaluator.component import Evaluator
from components.evaluator.settings import EvaluatorSettings
from components.example_gen import column_rules
from components.example_gen.component import ColumnarExampleGen, range_of
from components.example_gen.input_files import folder_and_pattern
from components.pusher.component import Pusher
from components.pusher.settings import PusherSettings
from components.serving_validator.component import ServingValidator
from components.serving_validator.settings import ServingValidatorSettings
from components.trainer.component import Trainer
from components.trainer.settings import TrainerSettings
from components.warm_start.component import WarmStart
from components.warm_start.settings import WarmStartSettings
from pipeline.assembly import assembled
from pipeline.config import Config
from pipeline.config_file import reviewed_types
from pipeline.data_gate_settings import data_gate_settings
from turnstile.model_inputs import Columns

_SPLITS = ("train", "eval")


def create_pipeline(config: Config) -> pipeline.Pipeline:
    """Wires the stages, left to right.

    Args:
        config: everything there is to decide.

    Returns:
        A pipeline whose artifacts are in `artifacts.root(config)`.
    """
    columns = Columns(features=config.features, label=config.label)
    data = data_stages(config, columns)
    transform = transform_stage(columns, data)
    warm_start = _warm_start(config, data)
    trainer = _trainer(config, columns, data, transform, *warm_start)
    release = _release_stages(config, data, trainer)
    return assembled(config, [*data, transform, *warm_start, trainer, *release])


class DataStages(NamedTuple):
    """From the files to data that is as agreed."""

    example_gen: BaseComponent
    statistics_gen: BaseComponent
    schema_gen: BaseComponent
    example_validator: BaseComponent
    data_gate: BaseComponent


def data_stages(config: Config, columns: Columns) -> DataStages:
    """Wires the stages of the data."""
    example_gen = _example_gen(config)
    statistics_gen = StatisticsGen(examples=example_gen.outputs["examples"], stats_options=stats_options(config.label))
    statistics = statistics_gen.outputs["statistics"]
    schema_gen = _schema_gen(config, statistics)
    schema = schema_gen.outputs["schema"]
    example_validator = ExampleValidator(statistics=statistics, schema=schema)
    data_gate = DataGate(
        examples=example_gen.outputs["examples"],
        statistics=statistics,
        schema=schema,
        settings=data_gate_settings(config, columns),
    )
    return DataStages(example_gen, statistics_gen, schema_gen, example_validator, data_gate)


def transform_stage(columns: Columns, data: DataStages) -> BaseComponent:
    """Wires Transform, which waits for the data gate."""
    transform = Transform(
        examples=data.example_gen.outputs["examples"],
        schema=data.schema_gen.outputs["schema"],
        preprocessing_fn="components.transform.preprocessing.preprocessing_fn",
        custom_config={"settings": columns.model_dump_json()},
        disable_statistics=True,
        disable_analyzer_cache=True,
    )
    transform.add_upstream_node(data.data_gate)
    return transform


def _warm_start(config: Config, data: DataStages) -> list[BaseComponent]:
    """Nothing, unless the config asks for it."""
    serving = config.serving
    settings = WarmStartSettings(model_name=config.name, serving_dir=serving.dir, verify_with=serving.verify_with)
    examples = data.example_gen.outputs["examples"]
    return [WarmStart(examples=examples, settings=settings)] if config.training.warm_start else []


def _trainer(
    config: Config,
    columns: Columns,
    data: DataStages,
    transform: BaseComponent,
    warm_start: BaseComponent | None = None,
) -> BaseComponent:
    return Trainer(
        examples=transform.outputs["transformed_examples"],
        raw_examples=data.example_gen.outputs["examples"],
        transform_graph=transform.outputs["transform_graph"],
        schema=data.schema_gen.outputs["schema"],
        settings=TrainerSettings(
            columns=columns,
            training=config.training,
            simple_models=config.baseline,
            sample_rows=config.serving_validator.rows,
        ),
        base_model=warm_start.outputs["model"] if warm_start else None,
    )


def _release_stages(config: Config, data: DataStages, trainer: BaseComponent) -> list[BaseComponent]:
    """From a model to a pushed version, if every gate lets it through."""
    examples, model = data.example_gen.outputs["examples"], trainer.outputs["model"]
    baseline = Baseline(
        candidate=model, settings=BaselineSettings(model_name=config.name, serving_dir=config.serving.dir)
    )
    serving_validator = _serving_validator(config, model, examples)
    evaluator = Evaluator(
        examples=examples,
        model=model,
        baseline_model=baseline.outputs["model"],
        settings=EvaluatorSettings(release=config.release, label=config.label),
    )
    # A model that cannot be loaded would crash the Evaluator before anyone had said what is wrong with it.
    evaluator.add_upstream_node(serving_validator)
    pusher = _pusher(
        config,
        model_blessing=evaluator.outputs["blessing"],
        infra_blessing=serving_validator.outputs["blessing"],  # and the model, with its warm-up requests
        evaluation=evaluator.outputs["evaluation"],
        baseline_model=baseline.outputs["model"],
        examples=examples,
        statistics=data.statistics_gen.outputs["statistics"],
        anomalies=data.example_validator.outputs["anomalies"],
        model_run=trainer.outputs["model_run"],
        data_blessing=data.data_gate.outputs["blessing"],
    )
    return [baseline, serving_validator, evaluator, pusher]


def _example_gen(config: Config) -> BaseComponent:
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
        range_config=range_of(config.data.span),
        window=config.data.spans,
        split_by=config.split.columns,
        strict=True,
        rules=column_rules.of_config(
            config.features,
            config.label,
            others=config.split.columns,
            listed=config.data.null_values,
            types=reviewed_types(config),
            dialect=config.data.dialect,
            drop_missing_labels=config.data.drop_missing_labels,
        ),
    ).with_id("ExampleGen")


def _serving_validator(config: Config, model: BaseChannel, examples: BaseChannel) -> BaseComponent:
    policy = config.serving_validator
    if policy.kind == "local":
        return ServingValidator(model=model, settings=ServingValidatorSettings(model_name=config.name, policy=policy))
    # Imports the clients of Docker and of Kubernetes.
    from components.serving_validator.tensorflow_serving import TensorFlowServingValidator

    return TensorFlowServingValidator(model, examples, config.name, policy.kind, policy.image_tag, policy.rows)


def _pusher(
    config: Config, model_blessing: BaseChannel, infra_blessing: BaseChannel, **record: BaseChannel
) -> BaseComponent:
    """`record` is what the record of a pushed version is made from."""
    if not config.serving.vertex:
        settings = PusherSettings(
            model_name=config.name,
            serving=config.serving,
            release=config.release,
            task=config.label.task,
            data_path=config.data.path,
            config=config.model_dump(mode="json"),
        )
        return Pusher(model_blessing=model_blessing, infra_blessing=infra_blessing, settings=settings, **record)
    # Imports Google Cloud's clients.
    from components.pusher.vertex import VertexPusher

    return VertexPusher(model_blessing, infra_blessing, config.serving.vertex).with_id("Pusher")


def _schema_gen(config: Config, statistics: BaseChannel) -> BaseComponent:
    if config.data.schema_path:
        return ImportSchemaGen(schema_file=str(Path(config.data.schema_path).resolve()))
    # No shapes: a shape would make its column required in every request.
    return SchemaGen(statistics=statistics, infer_feature_shape=False)
