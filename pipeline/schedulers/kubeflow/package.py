"""A compiled Kubeflow pipeline as a file: what it is called, which parameters it takes, and what its tasks are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2

from turnstile.errors import UsageError
from turnstile.section import nearest

_COMPILE = "Make one with: turnstile compile kubeflow --image IMAGE"
_Types = pipeline_spec_pb2.ParameterType


@dataclass(frozen=True)
class Package:
    """A compiled pipeline."""

    file: Path
    spec: pipeline_spec_pb2.PipelineSpec

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return self.spec.pipeline_info.name

    @property
    def tasks(self) -> tuple[str, ...]:
        """The names of its tasks."""
        return tuple(self.spec.root.dag.tasks)

    def values(self, given: Iterable[str]) -> dict[str, Any]:
        """Returns the values of parameters, from "name=value" texts, as the types they are declared with.

        Raises:
            UsageError: a text or a value is malformed, a name is not a parameter's, or a required one is missing.
        """
        declared = self.spec.root.input_definitions.parameters
        found = dict(self._value(text, declared) for text in given)
        for name, parameter in declared.items():
            if name not in found and not parameter.is_optional and not parameter.HasField("default_value"):
                raise UsageError(f"{self.file}: the parameter '{name}' has no default; give --param {name}=VALUE")
        return found

    def _value(self, text: str, declared: Any) -> tuple[str, Any]:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--param: expected name=value, got '{text}'")
        if name not in declared:
            valid = sorted(declared)
            hint = f"It has: {', '.join(valid)}" if valid else "It has none"
            raise UsageError(f"--param: {self.file} has no parameter '{name}'{nearest(name, valid)} {hint}")
        what, read = _READERS.get(declared[name].parameter_type, ("a text", str))
        try:
            return name, read(value)
        except (ValueError, KeyError) as error:
            raise UsageError(f"--param: {name}: expected {what}, got '{value}'") from error


_READERS: dict[int, tuple[str, Callable[[str], Any]]] = {
    _Types.NUMBER_INTEGER: ("a whole number", int),
    _Types.NUMBER_DOUBLE: ("a number", float),
    _Types.BOOLEAN: ("true or false", lambda value: {"true": True, "false": False}[value.lower()]),
    _Types.LIST: ("a list in JSON", json.loads),
    _Types.STRUCT: ("an object in JSON", json.loads),
}


def read(file: Path) -> Package:
    """Reads a compiled pipeline.

    Raises:
        UsageError: there is none in `file`.
    """
    if file.suffix not in (".yaml", ".yml"):
        raise UsageError(f"{file}: Kubeflow Pipelines takes only .yaml files. {_COMPILE}")
    try:
        spec = next(yaml.safe_load_all(file.read_text()), None)
        read_ = json_format.ParseDict(spec, pipeline_spec_pb2.PipelineSpec())
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror}). {_COMPILE}") from error
    except (yaml.YAMLError, json_format.ParseError, UnicodeDecodeError, AttributeError, TypeError) as error:
        raise UsageError(f"{file}: is not a compiled pipeline ({_first_line(error)}). {_COMPILE}") from error
    if not read_.pipeline_info.name or not read_.root.dag.tasks:
        raise UsageError(f"{file}: is not a compiled pipeline (it has no name, or no tasks). {_COMPILE}")
    return Package(file, read_)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
