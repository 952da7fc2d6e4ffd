"""Baseline: the model that a candidate is compared with, which is the one that serves now.

TFX has a resolver for this, which finds the model that was blessed last in the metadata store. That is neither what
serves after a rollback or while a canary waits, nor can every orchestrator run a resolver.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

from tfx import types
from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.types import artifact_utils, component_spec, standard_artifacts
from tfx.utils import path_utils

from components.baseline.settings import BaselineSettings
from components.baseline.version_driver import VersionDriver
from serving.releases import digests, holds, release_record
from serving.releases.history import STABLE
from serving.releases.state import ReleaseFolder, pushing, read, release_folder
from serving.releases.version_folders import version_folder
from serving.settings import ServingConfig
from turnstile.folders import copy, names_below
from turnstile.places import Place, place

# Which version it is: in the artifact, in the record of a version that was compared with it, and in the cache's key.
VERSION = "baseline_version"
FILE = "baseline.json"


class BaselineSpec(component_spec.ComponentSpec):
    """Input, output and parameters of Baseline."""

    PARAMETERS: ClassVar = {"settings": component_spec.ExecutionParameter(type=str)}
    INPUTS: ClassVar = {"candidate": component_spec.ChannelParameter(type=standard_artifacts.Model)}
    OUTPUTS: ClassVar = {"model": component_spec.ChannelParameter(type=standard_artifacts.Model)}


class Driver(VersionDriver):
    """Looks up what serves."""

    PARAMETER = VERSION

    @staticmethod
    def look_up(input_dict: dict, exec_properties: dict[str, Any]) -> int | None:
        """See VersionDriver."""
        return _version(input_dict, exec_properties)


class Executor(base_executor.BaseExecutor):
    """Copies the version that serves, so that it can be evaluated even if it is removed meanwhile."""

    def Do(self, input_dict: dict, output_dict: dict, exec_properties: dict[str, Any]) -> None:
        """Writes the model, or none where none serves yet; arguments as in TFX's BaseExecutor.Do."""
        version = Driver.found(input_dict, exec_properties)
        uri = place(artifact_utils.get_single_uri(output_dict["model"]))
        uri.mkdir(parents=True, exist_ok=True)
        target = place(path_utils.serving_model_dir(str(uri)))
        found = {} if version is None else copied(_place(exec_properties), version, target)
        (uri / FILE).write_text(json.dumps({VERSION: None} | found))


def copied(where: ReleaseFolder, version: int, target: Place) -> dict[str, Any]:
    """Copies a version without what only a server reads; returns which model it is, nothing if it is not there."""
    with pushing(where):  # nothing is removed meanwhile
        if version not in read(where).there:
            return {}
        folder = version_folder(where.folder, version)
        copy(folder, target, without=str(release_record.FILE.parent))
        record = release_record.read(folder)
    return {VERSION: version, "run_id": record.get("run_id"), "digest": digests.of_model(folder)}


def _place(exec_properties: dict[str, Any]) -> ReleaseFolder:
    settings = BaselineSettings.model_validate_json(exec_properties["settings"])
    return release_folder(ServingConfig(dir=settings.serving_dir), settings.model_name)


def _version(input_dict: dict, exec_properties: dict[str, Any]) -> int | None:
    candidate = artifact_utils.get_single_uri(input_dict["candidate"])
    return baseline_version(_place(exec_properties), place(path_utils.serving_model_path(candidate)))


def baseline_version(where: ReleaseFolder, candidate: Place) -> int | None:
    """Returns the version that a candidate is compared with; None if there is none.

    That is the one that serves. A
    candidate that serves already is compared with what it was compared with before, for it is not its own baseline.

    Args:
        where: where the releases are.
        candidate: a SavedModel.
    """
    serves = serving_version(where)
    if serves is None:
        return None
    folder = version_folder(where.folder, serves)
    return release_record.read(folder).get(VERSION) if _is(candidate, folder) else serves


def serving_version(where: ReleaseFolder) -> int | None:
    """Returns the version that serves: the stable one, or without labels the newest, unless it waits for approval."""
    state = read(where)
    stable = state.labels.get(STABLE)
    if stable in state.there:
        return stable
    return max((v for v in state.there if not holds.unapproved(where, state, v)), default=None)


def _is(candidate: Place, version: Path) -> bool:
    """Whether a version has every file of the candidate; beside them it has those that a push adds."""
    return all(
        (version / name).is_file() and (version / name).read_bytes() == (candidate / name).read_bytes()
        for name in names_below(candidate)
    )


def is_empty(model: types.Artifact) -> bool:
    """Returns whether a Baseline found no model."""
    return not place(path_utils.serving_model_dir(model.uri)).exists()


def number(model: types.Artifact) -> int | None:
    """Returns the version that a Baseline's output is a copy of; None if it is empty."""
    return json.loads((place(model.uri) / FILE).read_text())[VERSION]


class Baseline(base_component.BaseComponent):
    """Finds the model that serves now.

    Args:
        candidate: Trainer's model.
        settings: which model it is, and where its versions are.
    """

    SPEC_CLASS = BaselineSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)
    DRIVER_CLASS = Driver

    def __init__(self, candidate: types.BaseChannel, settings: BaselineSettings):
        spec = BaselineSpec(
            candidate=candidate,
            settings=settings.model_copy(
                update={"serving_dir": str(Path(settings.serving_dir).resolve())}
            ).model_dump_json(),
            model=types.Channel(type=standard_artifacts.Model),
        )
        super().__init__(spec=spec)
