"""Pusher: the stock one, whose copy into the serving folder cannot be seen half-done, and which labels what it pushes.

TensorFlow Serving loads a version as soon as its folder exists, and the stock Pusher copies into that folder file
by file. Here the copy goes to a hidden folder beside the versions, and one rename makes it a version. It carries the
record of what let it through, and gets its label here, so that every orchestrator does it.
"""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Any, ClassVar

from tfx import types
from tfx.components.pusher import executor as stock
from tfx.dsl.components.base import base_component, executor_spec
from tfx.proto import pusher_pb2
from tfx.types import artifact_utils, component_spec, standard_artifacts, standard_component_specs
from tfx.utils import proto_utils

from components.card import writing as card
from components.data_gate.component import DataBlessing
from components.pusher import record_inputs
from components.pusher.settings import PusherSettings
from components.record import builder
from components.record.facts import Facts
from serving.releases import control, digests, holds, integrity, release_record, signatures
from serving.releases.state import ReleaseFolder, pushing, read, release_folder
from serving.releases.version_folders import check_next, version_folder, versions
from serving.settings import ServingConfig
from turnstile.errors import TurnstileError
from turnstile.files import flush
from turnstile.outcomes import PUSHED

_CARDS = {(release_record.FILE.parent / name).as_posix() for name in card.FILES}
STAGING = ".staging"  # TensorFlow Serving looks only at folders whose names are numbers
# TensorFlow Serving may run as any user.
_FOLDER_MODE, _FILE_MODE = 0o755, 0o644

logger = logging.getLogger("turnstile.pusher")


class PusherSpec(standard_component_specs.PusherSpec):
    """The stock inputs, outputs and parameters; what the record is made from; PusherSettings as JSON."""

    PARAMETERS: ClassVar = {
        **standard_component_specs.PusherSpec.PARAMETERS,
        "settings": component_spec.ExecutionParameter(type=str),
    }
    INPUTS: ClassVar = {
        **standard_component_specs.PusherSpec.INPUTS,
        "examples": component_spec.ChannelParameter(type=standard_artifacts.Examples, optional=True),
        "statistics": component_spec.ChannelParameter(type=standard_artifacts.ExampleStatistics, optional=True),
        "anomalies": component_spec.ChannelParameter(type=standard_artifacts.ExampleAnomalies, optional=True),
        "data_blessing": component_spec.ChannelParameter(type=DataBlessing, optional=True),
        "model_run": component_spec.ChannelParameter(type=standard_artifacts.ModelRun, optional=True),
        "evaluation": component_spec.ChannelParameter(type=standard_artifacts.ModelEvaluation, optional=True),
        "baseline_model": component_spec.ChannelParameter(type=standard_artifacts.Model, optional=True),
    }


class Executor(stock.Executor):
    """The stock executor, pushing to a staging folder first, and labelling afterwards."""

    def Do(self, input_dict: dict, output_dict: dict, exec_properties: dict[str, Any]) -> None:
        """Pushes a blessed model; arguments as in TFX's BaseExecutor.Do."""
        settings = PusherSettings.model_validate_json(exec_properties["settings"])
        unasked = [standard_component_specs.MODEL_BLESSING_KEY] if settings.override else []
        asked = {name: artifacts for name, artifacts in input_dict.items() if name not in unasked}
        destination = pusher_pb2.PushDestination()
        key = standard_component_specs.PUSH_DESTINATION_KEY
        proto_utils.json_to_proto(exec_properties[key], destination)
        folder = Path(destination.filesystem.base_directory)
        staging = folder / STAGING
        destination.filesystem.base_directory = str(staging)
        if not self.CheckBlessing(asked):  # touches nothing
            super().Do(asked, output_dict, exec_properties)
            return
        where = release_folder(settings.serving, settings.model_name)
        make_readable_folder(folder)
        with pushing(where):
            if staging.exists():  # what a killed run left behind
                shutil.rmtree(staging)
            super().Do(asked, output_dict, exec_properties | {key: proto_utils.proto_to_json(destination)})
            pushed = artifact_utils.get_single_instance(output_dict[standard_component_specs.PUSHED_MODEL_KEY])
            staged = staging / pushed.get_string_custom_property("pushed_version")
            record = self._record(input_dict, settings, staged, next_number(staged, folder))
            card.write(staged / release_record.FILE.parent, record)
            release_record.write(staged, record | {digests.KEY: digests.of(staged)})
            if settings.serving.sign_with:
                signatures.sign(staged, settings.serving.sign_with)
            version = publish(staged, folder, settings.serving.verify_with)
            self._MarkPushed(pushed, str(version), str(int(version.name)))
            shutil.rmtree(staging, ignore_errors=True)
            _label(where, int(version.name), settings.serving, f"run {self._run_id()}")

    def _record(self, input_dict: dict, settings: PusherSettings, staged: Path, number: int) -> dict[str, Any]:
        word = settings.override
        # Its labels are not known yet: they are given to a version whose record is there.
        push = {"version": number, "model_dir": str(version_folder(staged.parent.parent, number)), "labels": None}
        facts = Facts(
            pipeline=settings.model_name,
            run_id=word.run_id if word else self._run_id(),
            task=settings.task,
            release=settings.release,
            config=settings.config,
            data_path=settings.data_path,
            examples=record_inputs.properties(input_dict.get("examples", [])),
            outcome=PUSHED,
            push=push,
        )
        record = builder.build(record_inputs.places(input_dict, staged), facts)
        return holds.overridden(record, word.who, word.why) if word else record

    def _run_id(self) -> str:
        return (self._context and self._context.pipeline_run_id) or ""


class Pusher(base_component.BaseComponent):
    """Pushes a model that every gate has let through, with the record of why, and labels it.

    Args:
        model_blessing: Evaluator's.
        infra_blessing: ServingValidator's; the model in it is pushed.
        evaluation: Evaluator's metrics, for the record, as are all that follow.
        baseline_model: what the model was compared with.
        examples: what the model was trained on.
        statistics: the statistics of the examples.
        anomalies: what is odd in them.
        data_blessing: DataGate's.
        model_run: Trainer's, with the history of the training.
        settings: where to push, which label to give, and what the record repeats.
    """

    SPEC_CLASS = PusherSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        model_blessing: types.BaseChannel,
        infra_blessing: types.BaseChannel,
        evaluation: types.BaseChannel,
        baseline_model: types.BaseChannel,
        examples: types.BaseChannel,
        statistics: types.BaseChannel,
        anomalies: types.BaseChannel,
        data_blessing: types.BaseChannel,
        model_run: types.BaseChannel,
        settings: PusherSettings,
    ):
        serving = settings.serving.model_copy(update={"dir": str(Path(settings.serving.dir).resolve())})
        folder = release_folder(serving, settings.model_name).folder
        filesystem = pusher_pb2.PushDestination.Filesystem(base_directory=str(folder))
        spec = PusherSpec(
            model_blessing=model_blessing,
            infra_blessing=infra_blessing,
            evaluation=evaluation,
            baseline_model=baseline_model,
            examples=examples,
            statistics=statistics,
            anomalies=anomalies,
            data_blessing=data_blessing,
            model_run=model_run,
            push_destination=pusher_pb2.PushDestination(filesystem=filesystem),
            settings=settings.model_copy(update={"serving": serving}).model_dump_json(),
            pushed_model=types.Channel(type=standard_artifacts.PushedModel),
        )
        super().__init__(spec=spec)


def publish(staged: Path, serving_dir: Path, verify_with: str | None = None) -> Path:
    """Makes a staged model a version of `serving_dir`, in one step; returns the version's folder.

    A model that is already the newest version is not pushed twice: a run that was killed after its push, and a
    blessing renewed under new thresholds, both end with the version that is there. It is pushed again if what is there
    would be refused, or has no signature while this one has.

    Args:
        staged: a complete SavedModel on the same file system, named for its version.
        serving_dir: the folder that TensorFlow Serving watches.
        verify_with: the public key by which a version's signature must hold; None to ask for none.

    Raises:
        UsageError: there is no number left above those of the versions that are there.
    """
    newest = versions(serving_dir)[-1:]
    if newest and same_model(staged, newest[0]) and _usable(newest[0], staged, verify_with):
        return newest[0]
    check_next(serving_dir)
    for path in [staged, *staged.rglob("*")]:
        path.chmod(_FOLDER_MODE if path.is_dir() else _FILE_MODE)
        flush(path)
    version = serving_dir / str(next_number(staged, serving_dir))
    staged.rename(version)
    flush(serving_dir)
    return version


def next_number(staged: Path, serving_dir: Path) -> int:
    """Returns the number of the version that a staged model becomes: its own, unless a higher one is there."""
    return max([int(staged.name), *(int(version.name) + 1 for version in versions(serving_dir)[-1:])])


def same_model(a: Path, b: Path) -> bool:
    """Returns whether two SavedModels consist of the same files with the same bytes, whatever let them through.

    Their model cards say what that was, so they may differ.
    """
    found, other = ({n: d for n, d in digests.of(model).items() if n not in _CARDS} for model in (a, b))
    return found == other


def _usable(version: Path, staged: Path, verify_with: str | None) -> bool:
    signed = (version / signatures.FILE).exists() or not (staged / signatures.FILE).exists()
    return signed and integrity.intact(version, verify_with)


def make_readable_folder(folder: Path) -> None:
    """Makes a folder, and those above it, such that TensorFlow Serving's user can read it; leaves one that is there."""
    missing = [path for path in [*reversed(folder.parents), folder] if not path.exists()]
    for path in missing:
        path.mkdir(exist_ok=True)
        path.chmod(_FOLDER_MODE)


def _label(where: ReleaseFolder, version: int, serving: ServingConfig, why: str) -> None:
    try:
        change = control.pushed(where, version, serving.after_push, why)
    except TurnstileError as error:
        message = f"{version_folder(where.folder, version)} is pushed, but not labelled: {error}"
        raise TurnstileError(f"{message}\nThen run again, or: turnstile promote {version}") from error
    if change:
        waits = holds.waits(where, read(where), version)
        unlabelled = f"no label: {version} {holds.WAITS}" if waits else "no label"
        logger.info("%s", ", ".join(f"{label} = {version}" for label in change.moved) or unlabelled)
