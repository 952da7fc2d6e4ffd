"""Makes one pipeline of stages that are wired: each with its code in its cache key, on the engine of the config."""

from __future__ import annotations

from pathlib import Path

from tfx.components.schema_gen.import_schema_gen.component import ImportSchemaGen
from tfx.dsl.components.base.base_component import BaseComponent
from tfx.orchestration import pipeline

from pipeline import artifacts, cache_key, metadata
from pipeline.beam import beam_args, importing
from pipeline.config import Config


def assembled(config: Config, stages: list[BaseComponent]) -> pipeline.Pipeline:
    """Returns the pipeline of stages.

    Args:
        config: everything there is to decide.
        stages: in the order in which they run.
    """
    for stage in stages:
        cache_key.add(stage, _named_files(stage, config))
        if flags := importing(config.beam, stage.id):
            stage.with_beam_pipeline_args(flags)
    database = metadata.database(config.metadata, artifacts.own_folder(config))
    return pipeline.Pipeline(
        pipeline_name=config.name,
        pipeline_root=str(artifacts.root(config)),
        components=stages,
        enable_cache=config.cache,
        metadata_connection_config=metadata.connection(database),
        beam_pipeline_args=beam_args(config.beam),
    )


def _named_files(stage: BaseComponent, config: Config) -> list[Path]:
    """Returns the files that a stage reads and is only given the path of."""
    path = config.data.schema_path
    return [Path(path)] if path and isinstance(stage, ImportSchemaGen) and Path(path).exists() else []
