"""Reads a config file and the schema it names; everything a user can get wrong in them ends here, in words."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from google.protobuf import text_format
from pydantic import ValidationError
from tensorflow_metadata.proto.v0 import schema_pb2

from components.example_gen import input_check
from components.example_gen.column_types import ColumnType
from components.example_gen.settings import Reading
from pipeline import DEFAULT_CONFIG, config_checks
from pipeline.beam import BeamConfig, check_reach
from pipeline.config import Config, ServedConfig
from pipeline.config_words import in_words
from pipeline.next_command import next_command
from turnstile.errors import UsageError
from turnstile.section import Section, unknown_name

Read = TypeVar("Read", bound=Section)


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
        needed["data"] = {key: data[key] for key in Reading.model_fields if key in data}
    return _validated(ServedConfig, needed, path)


def load_beam(path: str | Path) -> BeamConfig:
    """Reads [beam] of a config; whatever else is in it need not be right.

    Raises:
        UsageError: the file is absent, or [beam] is wrong.
    """
    raw = _read_toml(Path(path))
    return _validated(_OnlyBeam, {"beam": raw["beam"]} if "beam" in raw else {}, path).beam


class _OnlyBeam(Section):
    beam: BeamConfig = BeamConfig()


def _validated(kind: type[Read], raw: dict[str, Any], path: str | Path) -> Read:
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        raise UsageError("\n".join(f"{path}: {in_words(e)}" for e in error.errors())) from error


def checked(raw: dict[str, Any], path: str | Path, check_data: bool = True, check_schema: bool = True) -> Config:
    """Makes a config of what has been read; the arguments and the error are those of `load`.

    `path` is what messages say the values are from.
    """
    config = _validated(Config, raw, path)
    config_checks.check_allowed(path, config)
    check_reach(config.beam, config.data.path, config.pipeline_root or config.output)
    if check_data:
        config_checks.check_data(path, config)
    if check_data and check_schema:
        config_checks.check_keys(path, config)
    if config.data.schema_path and check_schema:
        file = str(path) if Path(path).is_file() else DEFAULT_CONFIG  # of a run's parameters, there is no file
        schema = read_schema(config.data.schema_path, next_command("schema infer", config, file))
        config_checks.check_columns(path, config, schema, config.data.schema_path)
    elif check_data and check_schema:
        names = input_check.columns(config.data.path, config.data.span, config.data.dialect)
        # Of which type they are, the run tells from all values.
        schema = schema_pb2.Schema(feature=[{"name": name} for name in names])
        config_checks.check_columns(path, config, schema, config.data.path)
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
        raise UsageError(
            f"{path}: not a schema in protobuf text format ({error}). Correct it; or move it away, and propose one "
            f"from the data with: {infer}"
        ) from error


def reviewed_types(config: Config) -> dict[str, ColumnType] | None:
    """Returns the types in the reviewed schema; None if there is none, or not yet."""
    path = config.data.schema_path
    if not path or not Path(path).exists():
        return None
    schema = read_schema(path, infer="turnstile schema infer")
    named = {feature.name: schema_pb2.FeatureType.Name(feature.type) for feature in schema.feature}
    return {name: ColumnType[type_] for name, type_ in named.items() if type_ in ColumnType.__members__}


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except FileNotFoundError as error:
        known = ", ".join(sorted(str(p) for p in Path("configs").glob("*.toml")))
        there = f"There are: {known}" if known else f"Run the command in the project's folder, not in {Path.cwd()}"
        raise UsageError(f"{path}: no such config file. {there}") from error
    except IsADirectoryError as error:
        raise UsageError(f"{path}: is a folder; name a .toml file in it") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not valid TOML ({error}). Save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: not valid TOML ({error}){_line_of(error, path)}") from error


def _line_of(error: tomllib.TOMLDecodeError, path: Path) -> str:
    """The line that an error is about, with the slip that is made most."""
    place = re.search(r"at line (\d+)", str(error))
    if not place:
        return ". Correct its end"
    line = path.read_text().splitlines()[int(place[1]) - 1].strip()
    return f". Correct this line: {line}   (text stands in quotes; a table ends on the line that it begins on)"


def _set(table: dict[str, Any], keys: list[str], value: Any, path: str | Path) -> None:
    for key in keys[:-1]:
        table = table.setdefault(key, {})
        if not isinstance(table, dict):
            raise UsageError(f"{path}: {key}: expected a table, [{key}], got {table!r}")
    table[keys[-1]] = value
