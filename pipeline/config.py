"""Every tunable of a pipeline: typed, validated, frozen; the one argument of create_pipeline.

A config is written as TOML (configs/*.toml) and read with pipeline.config_file.load. This module checks what
can be checked without opening another file; config_file checks the rest (columns against the schema).
"""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from pipeline.schedule import ScheduleConfig
from turnstile import span_pattern
from turnstile.columns import Feature, Label
from turnstile.release import ReleaseConfig
from turnstile.section import Section, day, wrong

# TFX's RangeConfig has 32 bits for a span.
_LARGEST_SPAN = 2**31 - 1


def _span(value: Any) -> int | datetime.date | None:
    """Reads a span from TOML or the command line, where it is a string."""
    if not re.fullmatch(r"-?[0-9]+", str(value)):
        return None if value is None else day(value, "an integer, or a date as YYYY-MM-DD")
    if not 0 <= int(value) <= _LARGEST_SPAN:
        raise wrong(f"expected an integer from 0 to {_LARGEST_SPAN}")
    return int(value)


class DataConfig(Section):
    """Where the examples come from.

    Data that arrives by day or by number has TFX's placeholders in `path`: "trips/{YYYY}-{MM}-{DD}.csv", or
    "trips/{SPAN}/*.parquet". {VERSION} beside them stands for the latest version of a day; {SPAN:3} and {VERSION:3}
    have leading zeros. `span` is the one to take: a date, "2026-11-23", or an integer for {SPAN}.
    """

    path: str  # a .csv or .parquet file, a folder of them, or a path with placeholders
    span: Annotated[int | datetime.date | None, BeforeValidator(_span)] = None  # without it, the latest there is
    schema_path: str | None = None  # the reviewed schema; without it, the schema is inferred from each run's data

    @model_validator(mode="after")
    def _consistent(self) -> DataConfig:
        if fault := span_pattern.fault(self.path, self.span):
            raise wrong(fault)
        return self


class SplitConfig(Section):
    """How examples are divided: by a stable hash, so a row stays in its split when rows are added.

    `train` and `eval` are numbers of hash buckets; `by` names a column, or several, whose equal values stay together.
    """

    train: int = Field(default=4, ge=1)
    eval: int = Field(default=1, ge=1)
    by: str | tuple[str, ...] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of `by`; none means the whole row."""
        return (self.by,) if isinstance(self.by, str) else self.by or ()


class DataGateConfig(Section):
    """What the data gate stops a run for.

    `stop_at` is the least severity that stops; `allow` lists anomalies that never do, as "column:TYPE" with
    one of TFDV's anomaly types, or "column:*".
    """

    stop_at: Literal["error", "warning"] = "error"
    allow: tuple[Annotated[str, Field(pattern=r"^[^:]+:(\*|[A-Z_]+)$")], ...] = ()


class TrainingConfig(Section):
    """The model and how it is fitted. The defaults suit tables of thousands to millions of rows."""

    hidden_units: tuple[Annotated[int, Field(ge=1)], ...] = (64, 32)
    embedding_dim: int = Field(default=4, ge=1)
    dropout: float = Field(default=0.3, ge=0, lt=1)
    l2: float = Field(default=1e-4, ge=0)
    learning_rate: float = Field(default=2e-3, gt=0)
    batch_size: int = Field(default=256, ge=1)
    max_steps_per_epoch: int = Field(default=250, ge=1)  # batches; an epoch of a large table ends before its last row
    max_epochs: int = Field(default=40, ge=1)
    patience: int = Field(default=5, ge=1)  # epochs without a better eval loss before training stops
    seed: int = Field(default=7, ge=0)


class ServingValidatorConfig(Section):
    """How an exported model is proven before it is pushed, and within which budgets.

    `kind` is "local" (TensorFlow's C++ loader in a fresh process), or TensorFlow Serving itself, started in Docker or
    Kubernetes by TFX's InfraValidator; `image_tag` is then tensorflow/serving's.
    """

    kind: Literal["local", "docker", "kubernetes"] = "local"
    image_tag: str = "latest"
    rows: int = Field(default=64, ge=1)  # real rows of the eval split that are asked of every signature
    max_size_mb: float = Field(default=500, gt=0)  # of all files of the SavedModel; megabytes of 10^6 bytes
    max_latency_ms: float = Field(default=100, gt=0)  # median of single-row requests, one after another


class VertexEndpoint(Section):
    """An endpoint of Vertex AI that blessed models are deployed to, instead of being pushed to a folder.

    `endpoint` is its display name; without such an endpoint, one is made. `image` is the container that serves the
    model, one of Vertex AI's for TensorFlow or your own, and `machine_type` what it runs on.
    """

    project: str
    region: str
    endpoint: str
    image: str
    machine_type: str = "n2-standard-2"


class ServingConfig(Section):
    """Where blessed models go, <dir>/<name>/<version>, and what a push does to the labels of versions.

    `base_path` is where TensorFlow Serving sees `dir`, if that is on another machine or in a container; `after_push`
    is the label a pushed version gets. `reload_seconds` is how long the server takes to notice a changed models.config:
    its --model_config_file_poll_wait_seconds, 1 in deploy/serving, and some. With `vertex`, the rest does not apply.
    """

    dir: str = "serving_model"
    base_path: str | None = Field(default=None, pattern=r"^(/|[a-z0-9]+://)")
    after_push: Literal["canary", "stable", "none"] = "canary"
    reload_seconds: float = Field(default=2.0, ge=0)
    vertex: VertexEndpoint | None = None


class BeamConfig(Section):
    """How Beam runs the data stages: its DirectRunner's mode, and the number of workers (0: one a core)."""

    mode: Literal["in_memory", "multi_threading", "multi_processing"] = "in_memory"
    workers: int = Field(default=1, ge=0)


class Config(Section):
    """A whole pipeline."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")  # also the model's name in TensorFlow Serving
    data: DataConfig
    label: Label
    features: dict[str, Feature] = Field(min_length=1)
    release: ReleaseConfig
    split: SplitConfig = SplitConfig()
    data_gate: DataGateConfig = DataGateConfig()
    training: TrainingConfig = TrainingConfig()
    serving_validator: ServingValidatorConfig = ServingValidatorConfig()
    serving: ServingConfig = ServingConfig()
    beam: BeamConfig = BeamConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    output: str = "output"  # pipeline root and metadata, under <output>/<name>
    cache: bool = True

    @model_validator(mode="after")
    def _consistent(self) -> Config:
        self.release.check(self.label.task)
        for column in self.features:
            if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", column):  # it becomes an input's name in the graph
                raise wrong(
                    f"features.{column}: a feature's column may have letters, digits and underscores in its name, "
                    "and starts with a letter; rename the column in the data"
                )
        for column in self.label.columns[:1]:
            if column in self.features:
                raise wrong(f"features.{column}: the label is made from it, so it gives the answer away; remove it")
        return self

    @property
    def label_only_columns(self) -> tuple[str, ...]:
        """Raw columns that only the label needs: present in training data, absent from requests."""
        return tuple(column for column in self.label.columns if column not in self.features)
