"""Reads a config file and the schema it names; everything a user can get wrong in them ends here, in words."""

from __future__ import annotations

import os
import shlex
import tomllib
from pathlib import Path
from typing import Any, TypeVar, get_args

from google.protobuf import text_format
from pydantic import ValidationError
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from components.data_gate.explanations import domain_values
from components.example_gen import input_check, input_files
from pipeline import DEFAULT_CONFIG
from pipeline.config import AskedData, Config, ServedConfig
from pipeline.next_command import next_command
from turnstile import span_pattern
from turnstile.columns import Feature, Label
from turnstile.errors import UsageError
from turnstile.section import nearest, unknown_name
from turnstile.thresholds import SliceThreshold

Read = TypeVar("Read", Config, ServedConfig)

# The life of a schema's feature: in these stages, Transform does not read the column.
_UNREAD = {
    schema_pb2.DEPRECATED,
    schema_pb2.DISABLED,
    schema_pb2.PLANNED,
    schema_pb2.ALPHA,
    schema_pb2.DEBUG_ONLY,
    schema_pb2.VALIDATION_DERIVED,
}


def load(path: str | Path, check_data: bool = True, check_schema: bool = True, **overrides: Any) -> Config:
    """Reads, overrides and checks a config.

    Args:
        path: the TOML file.
        check_data: whether the data must be there.
        check_schema: whether the schema the config names must be there, and know the config's columns.
        **overrides: values that win over the file's, named by their dotted key with "__" for ".":
            data__path="new.csv", cache=False. None leaves the file's value.

    Raises:
        UsageError: the file, data or schema is absent or wrong; the message says where, and what was expected.
    """
    raw = _read_toml(Path(path))
    for key, value in overrides.items():
        if value is not None:
            _set(raw, key.split("__"), value, path)
    return checked(raw, path, check_data, check_schema)


def load_served(path: str | Path, serving_dir: str | None = None) -> ServedConfig:
    """Reads what of a config those need who serve its models; whatever else is in it need not be right, nor there.

    Args:
        path: the TOML file.
        serving_dir: wins over the file's serving.dir.

    Raises:
        UsageError: the file is absent, or its name or [serving] is wrong; the message says where, and what is expected.
    """
    raw = _read_toml(Path(path))
    if serving_dir is not None:
        _set(raw, ["serving", "dir"], serving_dir, path)
    known = list(Config.model_fields)
    if wrong := [key for key in raw if key not in known]:
        raise UsageError(f"{path}: {unknown_name('key', wrong[0], sorted(known)).message()}")
    needed: dict[str, Any] = {key: raw[key] for key in ("name", "serving") if key in raw}
    data = raw.get("data")
    if isinstance(data, dict):
        needed["data"] = {key: data[key] for key in AskedData.model_fields if key in data}
    return _validated(ServedConfig, needed, path)


def _validated(kind: type[Read], raw: dict[str, Any], path: str | Path) -> Read:
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        raise UsageError("\n".join(f"{path}: {_in_words(e)}" for e in error.errors())) from error


def checked(raw: dict[str, Any], path: str | Path, check_data: bool = True, check_schema: bool = True) -> Config:
    """Makes a config of what has been read; the arguments and the error are those of `load`.

    `path` is what messages say the values are from.
    """
    config = _validated(Config, raw, path)
    _check_allowed(path, config)
    if check_data:
        _check_data(path, config)
    if config.data.schema_path and check_schema:
        file = str(path) if Path(path).is_file() else DEFAULT_CONFIG  # of a run's parameters, there is no file
        schema = read_schema(config.data.schema_path, next_command("schema infer", config, file))
        _check_columns(path, config, schema, config.data.schema_path)
    elif check_data and check_schema:
        names = input_check.columns(config.data.path, config.data.span)
        # Of which type they are, the run tells from all values.
        schema = schema_pb2.Schema(feature=[{"name": name} for name in names])
        _check_columns(path, config, schema, config.data.path)
    return config


def read_schema(path: str | Path, infer: str = "turnstile schema infer") -> schema_pb2.Schema:
    """Reads a schema's text proto; raises UsageError when it is absent or does not parse.

    `infer` is the command that proposes one, as it is to be typed.
    """
    try:
        return text_format.Parse(Path(path).read_text(), schema_pb2.Schema())
    except FileNotFoundError as error:
        raise UsageError(f"{path}: no such schema. Propose one from the data with: {infer}") from error
    except (text_format.ParseError, UnicodeDecodeError, IsADirectoryError) as error:
        raise UsageError(f"{path}: not a schema in protobuf text format ({error})") from error


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except FileNotFoundError as error:
        known = ", ".join(sorted(str(p) for p in Path("configs").glob("*.toml")))
        there = f"There are: {known}" if known else f"Run the command in the project's folder, not in {Path.cwd()}"
        raise UsageError(f"{path}: no such config file. {there}") from error
    except IsADirectoryError as error:
        raise UsageError(f"{path}: is a folder; name a .toml file in it") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not valid TOML ({error})") from error


def _set(table: dict[str, Any], keys: list[str], value: Any, path: str | Path) -> None:
    for key in keys[:-1]:
        table = table.setdefault(key, {})
        if not isinstance(table, dict):
            raise UsageError(f"{path}: {key}: expected a table, [{key}], got {table!r}")
    table[keys[-1]] = value


def _in_words(error: Any) -> str:
    """One pydantic error as "key: what is wrong"."""
    key = ".".join(_without_kinds(error["loc"]))
    prefix, context = f"{key}: " if key else "", error.get("ctx", {})
    if error["type"] == "missing":
        return f"{prefix}is required, and missing"
    if error["type"] == "union_tag_not_found":
        return f"{prefix}kind: is required, and missing; expected one of: {', '.join(_kinds(error['loc'][0]))}"
    if error["type"] == "union_tag_invalid":
        return f"{prefix}{unknown_name('kind', context['tag'], _kinds(error['loc'][0])).message()}"
    what, got = error["msg"][0].lower() + error["msg"][1:], error["input"]
    return f"{prefix}{what}" + (f", got {got!r}" if isinstance(got, str | int | float) else "")


def _without_kinds(loc: tuple[str | int, ...]) -> list[str]:
    """The key as the user wrote it: pydantic puts the kind of a feature or label into the path."""
    at = {"features": 2, "label": 1}.get(str(loc[0]) if loc else "")
    return [str(part) for i, part in enumerate(loc) if i != at]


def _kinds(section: str | int) -> list[str]:
    union = get_args(Feature if section == "features" else Label)[0]
    return [get_args(member.model_fields["kind"].annotation)[0] for member in get_args(union)]


def _check_data(config_path: str | Path, config: Config) -> None:
    if not span_pattern.is_pattern(config.data.path):
        _check_path(config_path, Path(config.data.path))
    for file in input_files.input_files(config.data.path, config.data.span):
        if not os.access(file, os.R_OK):
            raise UsageError(
                f"{file}: you may not read this file. Ask its owner, or: chmod +r {shlex.quote(str(file))}"
            )


def _check_path(config_path: str | Path, path: Path) -> None:
    """Checks a path that stands for a file, or for those of a folder."""
    if not path.exists():
        raise UsageError(
            f"{path}: no such file or folder ({config_path}: data.path, or --data). "
            f"Paths are relative to where you run the command: {Path.cwd()}"
        )
    if path.is_file() and path.suffix not in (".csv", ".parquet"):
        raise UsageError(f"{path}: expected a .csv or .parquet file, or a folder of them, got '{path.suffix}'")
    if path.is_dir():
        kinds = input_files.suffixes(path)
        if len(kinds) != 1:
            found = "both kinds" if kinds else "neither"
            raise UsageError(f"{path}: expected .csv files or .parquet files in this folder, found {found}")


def _check_allowed(config_path: str | Path, config: Config) -> None:
    types = anomalies_pb2.AnomalyInfo.Type.keys()
    for rule in config.data_gate.allow:
        kind = rule.rsplit(":", 1)[1]
        if kind not in ("*", *types):
            hint = nearest(kind, list(types))
            raise UsageError(f"{config_path}: data_gate.allow: '{rule}': no anomaly type '{kind}' in TFDV{hint}")


def _check_columns(config_path: str | Path, config: Config, schema: schema_pb2.Schema, source: str) -> None:
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
                "Take it out of the config, or remove lifecycle_stage from the schema"
            )
        if column not in types:
            hint = nearest(column, list(types))
            raise UsageError(f"{config_path}: {key}: no column '{column}' in {source}{hint} It has: {', '.join(types)}")
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
    for columns in config.release.slice_columns:
        for column in columns:
            check("release slices", column)
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
