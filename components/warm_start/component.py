"""WarmStart: a copy of the model that Trainer begins with, which is the one that serves now.

It is what TFX calls the base model of Trainer. A version that is not as it was pushed, or not signed where it has to
be, is left alone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

from tfx import types
from tfx.components.example_gen import utils
from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.types import artifact_utils, component_spec, standard_artifacts
from tfx.utils import path_utils

from components.baseline.component import copied, serving_version
from components.baseline.version_driver import VersionDriver
from components.warm_start.settings import WarmStartSettings
from serving.releases import integrity, release_record
from serving.releases.state import ReleaseFolder, release_folder
from serving.releases.version_folders import version_folder
from serving.settings import ServingConfig
from turnstile.errors import UsageError
from turnstile.places import Place, place

FILE = "warm_start.json"  # in the artifact: which version it is, of which columns, or why it is none
VERSION, COLUMNS, WHY_NOT = "version", "columns", "why_not"
# In the cache's key, and in the record of the run under `training`.
PARAMETER, STARTED_FROM = "warm_start_version", "started_from"


class WarmStartSpec(component_spec.ComponentSpec):
    """Input, output and parameters of WarmStart."""

    PARAMETERS: ClassVar = {"settings": component_spec.ExecutionParameter(type=str)}
    INPUTS: ClassVar = {"examples": component_spec.ChannelParameter(type=standard_artifacts.Examples)}
    OUTPUTS: ClassVar = {"model": component_spec.ChannelParameter(type=standard_artifacts.Model)}


class Driver(VersionDriver):
    """Looks up what serves."""

    PARAMETER = PARAMETER

    @staticmethod
    def look_up(input_dict: dict, exec_properties: dict[str, Any]) -> int | None:
        """See VersionDriver."""
        return _version(input_dict, exec_properties)


class Executor(base_executor.BaseExecutor):
    """Copies the version, so that Trainer has it even if it is removed meanwhile."""

    def Do(self, input_dict: dict, output_dict: dict, exec_properties: dict[str, Any]) -> None:
        """Writes the model, or why there is none; arguments as in TFX's BaseExecutor.Do."""
        version = Driver.found(input_dict, exec_properties)
        uri = place(artifact_utils.get_single_uri(output_dict["model"]))
        uri.mkdir(parents=True, exist_ok=True)
        told = {WHY_NOT: "no version serves yet"}
        if version is not None:
            told = _taken(exec_properties, version, place(path_utils.serving_model_dir(str(uri))))
        (uri / FILE).write_text(json.dumps({VERSION: None, COLUMNS: None, WHY_NOT: ""} | told))


def _taken(exec_properties: dict[str, Any], version: int, target: Place) -> dict[str, Any]:
    """Copies a version that is as it was pushed; returns which it is, or why it is not taken."""
    where, settings = _place(exec_properties)
    folder = version_folder(where.folder, version)
    try:
        integrity.check(folder, settings.verify_with)
    except UsageError as error:
        return {WHY_NOT: str(error)}
    if not copied(where, version, target):
        return {WHY_NOT: f"version {version} is no longer there"}
    config = release_record.read(folder).get("config") or {}
    return {VERSION: version, COLUMNS: {name: config.get(name) for name in ("features", "label")}}


def _place(exec_properties: dict[str, Any]) -> tuple[ReleaseFolder, WarmStartSettings]:
    settings = WarmStartSettings.model_validate_json(exec_properties["settings"])
    return release_folder(ServingConfig(dir=settings.serving_dir), settings.model_name), settings


def _version(input_dict: dict, exec_properties: dict[str, Any]) -> int | None:
    (examples,) = input_dict["examples"]
    where, _ = _place(exec_properties)
    return version_to_begin_with(where, examples.get_string_custom_property(utils.FINGERPRINT_PROPERTY_NAME))


def version_to_begin_with(where: ReleaseFolder, fingerprint: str) -> int | None:
    """Returns the version whose weights a model begins with; None for none.

    That is the one that serves. If it was trained on the same examples, it is what that one began with: the same run
    again is then answered from cache, and rows are not learned twice.

    Args:
        where: where the releases are.
        fingerprint: of the examples, as ExampleGen makes it.
    """
    serves = serving_version(where)
    if serves is None:
        return None
    record = release_record.read(version_folder(where.folder, serves))
    if fingerprint and (record.get("data") or {}).get("fingerprint") == fingerprint:
        return ((record.get("training") or {}).get(STARTED_FROM) or {}).get(VERSION)
    return serves


class WarmStart(base_component.BaseComponent):
    """Finds the model that Trainer begins with.

    Args:
        examples: ExampleGen's: a model that was trained on the same is none to begin with.
        settings: which model it is, and where its versions are.
    """

    SPEC_CLASS = WarmStartSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)
    DRIVER_CLASS = Driver

    def __init__(self, examples: types.BaseChannel, settings: WarmStartSettings):
        absolute = settings.model_copy(update={"serving_dir": str(Path(settings.serving_dir).resolve())})
        spec = WarmStartSpec(
            examples=examples, settings=absolute.model_dump_json(), model=types.Channel(type=standard_artifacts.Model)
        )
        super().__init__(spec=spec)
