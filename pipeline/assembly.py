"""Makes one pipeline of stages that are wired: each with its code in its cache key, on the engine of the config."""

from __future__ import annotations

import os
from pathlib import Path

from tfx.components.schema_gen.import_schema_gen.component import ImportSchemaGen
from tfx.dsl.components.base.base_component import BaseComponent
from tfx.orchestration import pipeline

from pipeline import cache_key, metadata
from pipeline.beam import beam_args, importing
from pipeline.config import Config


def assembled(config: Config, stages: list[BaseComponent]) -> pipeline.Pipeline:
    """Returns the pipeline of stages, whose artifacts and metadata are under <config.output>/<config.name>.

    Args:
        config: everything there is to decide.
        stages: in the order in which they run.
    """
    for stage in stages:
        cache_key.add(stage, _named_files(stage, config))
        if flags := importing(config.beam, stage.id):
            stage.with_beam_pipeline_args(flags)
    root = os.path.abspath(os.path.join(config.output, config.name))  # noqa: PTH100, PTH118 - may be a gs:// one day
    return pipeline.Pipeline(
        pipeline_name=config.name,
        pipeline_root=root,
        components=stages,
        enable_cache=config.cache,
        metadata_connection_config=metadata.connection(metadata.database(config.metadata, Path(root))),
        beam_pipeline_args=beam_args(config.beam),
    )


def _named_files(stage: BaseComponent, config: Config) -> list[Path]:
    """Returns the files that a stage reads and is only given the path of."""
    path = config.data.schema_path
    return [Path(path)] if path and isinstance(stage, ImportSchemaGen) and Path(path).exists() else []
