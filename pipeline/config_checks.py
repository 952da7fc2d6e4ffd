"""Checks a config against what it names: the files of the data, and the columns of a schema."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from components.data_gate import comparators
from components.data_gate.explanations import domain_values
from components.example_gen import input_files, window
from components.example_gen.window import NEWEST, Window
from pipeline.config import Config
from pipeline.next_command import next_command
from serving.releases import signatures
from turnstile import csv_dialect, finding_types, span_pattern
from turnstile.errors import UsageError
from turnstile.places import Place, correct, place
from turnstile.section import nearest
from turnstile.thresholds import SliceThreshold

# The life of a schema's feature: in these stages, Transform does not read the column.
_UNREAD = {
    schema_pb2.DEPRECATED,
    schema_pb2.DISABLED,
    schema_pb2.PLANNED,
    schema_pb2.ALPHA,
    schema_pb2.DEBUG_ONLY,
    schema_pb2.VALIDATION_DERIVED,
}


def check_data(config_path: str | Path, config: Config) -> None:
    """Raises UsageError if the data that a config names is not there, or cannot be read."""
    check_files(f"{config_path}: data.path, or --data", config.data.path, config.data.span, config.data.spans)


def check_files(named: str, path: str, span: span_pattern.Span | None = None, asked: Window = NEWEST) -> None:
    """Checks that data is there, and that its spans are complete.

    Args:
        named: where the user has named it, for messages.
        path: a file, a folder, or a path with placeholders.
        span: of such a path, the newest span to read; by default the latest.
        asked: how many spans.

    Raises:
        UsageError: it is not there, or cannot be read.
        DataRefusedError: a span is not complete.
    """
    if span_pattern.is_pattern(path):
        files = [file for each in window.select(path, span, asked) for file in each.files]
    else:
        _check_path(named, place(path))
        files = input_files.input_files(path)
    for file in files:
        if isinstance(file, Path) and not os.access(file, os.R_OK):
            raise UsageError(
                f"{file}: you may not read this file. Ask its owner, or: chmod +r {shlex.quote(str(file))}"
            )


def _check_path(named: str, path: Place) -> None:
    """Checks a path that stands for a file, or for those of a folder."""
    if not path.exists():
        raise UsageError(f"{path}: no such file or folder ({named}). {correct(path)}")
    if path.is_file() and not csv_dialect.ending(path.name):
        raise UsageError(
            f"{path}: expected a .csv or .parquet file, or a folder of them, got '{path.suffix}'. "
            "Save the data as CSV (.csv.gz, .csv.bz2 or .csv.zst if it is compressed) or Parquet, and name that file"
        )
    if path.is_dir():
        kinds = input_files.suffixes(path)
        if len(kinds) != 1:
            found = (
                f"{' and '.join(kinds)}. Move all but one kind elsewhere"
                if kinds
                else "neither. Put some there, or name another folder"
            )
            raise UsageError(f"{path}: expected .csv files or .parquet files in this folder, found {found}")


def check_allowed(config_path: str | Path, config: Config) -> None:
    """Raises UsageError for a type in data_gate.allow that is neither TFDV's nor one of ours."""
    types = [*anomalies_pb2.AnomalyInfo.Type.keys(), *comparators.ALLOWED, *finding_types.TYPES]
    for rule in config.data_gate.allow:
        kind = rule.rsplit(":", 1)[1]
        if kind not in ("*", *types):
            hint = nearest(kind, types)
            if hint == ".":
                every = f"{rule.removesuffix(kind)}*"
                hint = f"; expected one such as ENUM_TYPE_UNEXPECTED_STRING_VALUES, or * for all of them: {every}"
            raise UsageError(f"{config_path}: data_gate.allow: '{rule}': no anomaly type '{kind}' in TFDV{hint}")


def check_keys(config_path: str | Path, config: Config) -> None:
    """Raises UsageError if what a run pushes could not be signed, or would be refused; Vertex AI takes no signature."""
    if config.serving.vertex:
        return
    try:
        signatures.check_keys(config.serving)
    except UsageError as error:
        raise UsageError(f"{config_path}: {error}") from error


def check_columns(config_path: str | Path, config: Config, schema: schema_pb2.Schema, source: str) -> None:
    """Checks every column the config names against a schema, the reviewed one or that of the data at `source`."""
    types = {f.name: schema_pb2.FeatureType.Name(f.type) for f in schema.feature if f.lifecycle_stage not in _UNREAD}
    unread = {f.name: schema_pb2.LifecycleStage.Name(f.lifecycle_stage) for f in schema.feature if f.name not in types}
    for feature in schema.feature:
        if feature.HasField("shape"):
            raise UsageError(
                f"{config.data.schema_path}: column '{feature.name}' has a shape, which would make it required in "
                "every request. Replace it by: value_count { min: 1 max: 1 }"
            )

    instead = "the data"
    if config.data.schema_path:
        instead = f"see whether the data is as the schema says: {next_command('schema diff', config, str(config_path))}"

    def check(key: str, column: str, allowed: tuple[str, ...] = (), kind: str = "") -> None:
        if column in unread:
            raise UsageError(
                f"{config_path}: {key}: column '{column}' is {unread[column]} in {source}, so no stage reads it. "
                "Take it out of the config, or delete the line lifecycle_stage of this column from the schema"
            )
        if column not in types:
            hint = nearest(column, list(types))
            raise UsageError(
                f"{config_path}: {key}: no column '{column}' in {source}{hint} The columns are: {', '.join(types)}"
            )
        if allowed and types[column] not in (*allowed, "TYPE_UNKNOWN"):
            raise UsageError(
                f"{config_path}: {key}: kind '{kind}' needs a column of type "
                f"{' or '.join(allowed)}; '{column}' is {types[column]} in {source}. Change the kind, or {instead}"
            )

    if not types:
        return  # the data cannot be read; the data gate will say why
    for name, feature in config.features.items():
        check(f"features.{name}", name, feature.types, feature.kind)
    for column in config.label.columns:
        check("label", column, config.label.types, config.label.kind)
    for column in config.release.sliced_columns:
        check("release.slices", column)
    for threshold in config.release.per_slice:
        _check_slice_value(config_path, threshold, schema)
    for column in config.split.columns:
        check("split.by", column)


def _check_slice_value(config_path: str | Path, threshold: SliceThreshold, schema: schema_pb2.Schema) -> None:
    """A threshold on a value that never occurs would never fail."""
    feature = next(feature for feature in schema.feature if feature.name == threshold.slice)
    values = domain_values(feature, schema)
    if threshold.value is not None and values and threshold.value not in values:
        raise UsageError(
            f"{config_path}: release.per_slice: '{threshold.slice}' is never '{threshold.value}'; the schema has: "
            f"{', '.join(values)}{nearest(str(threshold.value), values)}"
        )
