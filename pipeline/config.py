"""Every tunable of a pipeline: typed, validated, frozen; the one argument of create_pipeline.

A config is written as TOML (configs/*.toml) and read with pipeline.config_file.load. This module checks what
can be checked without opening another file; config_file checks the rest (columns against the schema).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from components.card.settings import CardConfig
from components.data_gate.settings import DataGateConfig
from components.evaluator.settings import ReleaseConfig
from components.example_gen.settings import DataConfig, Reading, SplitConfig
from components.serving_validator.settings import ServingValidatorConfig
from components.trainer.settings import SimpleModelsConfig, TrainingConfig
from components.tuner.settings import TuningConfig
from pipeline.artifacts import PipelineRoot
from pipeline.beam import BeamConfig
from pipeline.metadata import MetadataUrl
from pipeline.schedule import ScheduleConfig
from serving.settings import ServingConfig
from turnstile.columns import Feature
from turnstile.labels import Label
from turnstile.local_path import LocalPath
from turnstile.section import Section, wrong

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class ServedConfig(Section):
    """What of a pipeline's config those need who serve its models, or ask them: where its data is, is not theirs."""

    name: Name
    serving: ServingConfig = ServingConfig()
    data: Reading = Reading()


class Config(Section):
    """A whole pipeline."""

    name: Name = Field(
        description="Name of the pipeline, of its folder under output, and of the model in TensorFlow Serving.",
    )
    output: LocalPath = Field(
        default="output",
        description="Folder for artifacts, metadata and logs, which are in `<output>/<name>`.",
    )
    pipeline_root: PipelineRoot | None = Field(
        default=None,
        description=(
            "Another folder for artifacts: a path, or an address under `gs://`, so that machines of another engine see "
            "them. See docs/storage.md."
        ),
    )
    metadata: MetadataUrl | None = Field(
        default=None,
        description=(
            "Database for TFX's records of runs, as `mysql://USER@HOST:PORT/DATABASE`; by default it is a file in the "
            "pipeline's folder. See docs/metadata.md."
        ),
    )
    cache: bool = Field(
        default=True,
        description="Whether a stage whose inputs and code have not changed is answered from an earlier run.",
    )
    data: DataConfig
    label: Label
    features: dict[str, Feature] = Field(min_length=1)
    release: ReleaseConfig
    split: SplitConfig = SplitConfig()
    data_gate: DataGateConfig = DataGateConfig()
    training: TrainingConfig = TrainingConfig()
    tuning: TuningConfig = TuningConfig()
    baseline: SimpleModelsConfig = SimpleModelsConfig()
    serving_validator: ServingValidatorConfig = ServingValidatorConfig()
    serving: ServingConfig = ServingConfig()
    card: CardConfig = CardConfig()
    beam: BeamConfig = BeamConfig()
    schedule: ScheduleConfig = ScheduleConfig()

    @model_validator(mode="after")
    def _consistent(self) -> Config:
        self.release.check(self.label.task)
        self.tuning.check()
        if self.release.approval == "required" and self.serving.vertex:
            raise wrong(
                "release.approval: a model that goes to Vertex AI has no labels: it answers requests at once, and "
                "cannot wait for approval; remove the line, or [serving.vertex]"
            )
        if self.training.class_weights != "none" and self.label.task == "regression":
            raise wrong("training.class_weights: a label of kind 'regression' has no classes; remove the line")
        for column in self.label.columns[:1]:
            if column in self.features:
                raise wrong(f"features.{column}: the label is made from it, so it gives the answer away; remove it")
        for column in set(self.release.sliced_columns):
            if column in self.features and not self.features[column].sliceable:
                raise wrong(
                    f"release.slices: '{column}' is of kind '{self.features[column].kind}', so nearly every row would "
                    "be a slice of its own; slice by a column of few values"
                )
        return self

    @property
    def label_only_columns(self) -> tuple[str, ...]:
        """Raw columns that only the label needs: present in training data, absent from requests."""
        return tuple(column for column in self.label.columns if column not in self.features)

    @property
    def columns_read(self) -> set[str]:
        """The raw columns that some stage reads."""
        return {*self.features, *self.label.columns, *self.split.columns, *self.release.sliced_columns}
