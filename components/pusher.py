"""Pusher: the stock one, whose copy into the serving folder cannot be seen half-done.

TensorFlow Serving loads a version as soon as its folder exists, and the stock Pusher copies into that folder file
by file. Here the copy goes to a hidden folder beside the versions, and one rename makes it a version.
"""

from __future__ import annotations

import fcntl
import filecmp
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tfx.components.pusher import component
from tfx.components.pusher import executor as stock
from tfx.dsl.components.base import executor_spec
from tfx.proto import pusher_pb2
from tfx.types import artifact_utils, standard_component_specs
from tfx.utils import proto_utils

from serving.versions import versions

STAGING = ".staging"  # TensorFlow Serving looks only at folders whose names are numbers


class AtomicExecutor(stock.Executor):
    """The stock executor, pushing to a staging folder first."""

    def Do(self, input_dict: dict, output_dict: dict, exec_properties: dict[str, Any]) -> None:  # noqa: N802
        """Pushes a blessed model; arguments as in TFX's BaseExecutor.Do."""
        destination = pusher_pb2.PushDestination()
        key = standard_component_specs.PUSH_DESTINATION_KEY
        proto_utils.json_to_proto(exec_properties[key], destination)
        serving_dir = Path(destination.filesystem.base_directory)
        staging = serving_dir / STAGING
        destination.filesystem.base_directory = str(staging)
        if not self.CheckBlessing(input_dict):  # touches nothing
            super().Do(input_dict, output_dict, exec_properties)
            return
        with _held(serving_dir):
            if staging.exists():  # what a killed run left behind
                shutil.rmtree(staging)
            super().Do(input_dict, output_dict, exec_properties | {key: proto_utils.proto_to_json(destination)})
            pushed = artifact_utils.get_single_instance(output_dict[standard_component_specs.PUSHED_MODEL_KEY])
            version = publish(staging / pushed.get_string_custom_property("pushed_version"), serving_dir)
            self._MarkPushed(pushed, str(version), version.name)
            shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Makes a folder and holds it against other pushes, until the end or until this process dies."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


class Pusher(component.Pusher):
    """The stock Pusher, with AtomicExecutor."""

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(AtomicExecutor)


def publish(staged: Path, serving_dir: Path) -> Path:
    """Makes a staged model a version of `serving_dir`, in one step; returns the version's folder.

    A model that is already the newest version is not pushed twice: a run that was killed after its push, and a
    blessing renewed under new thresholds, both end with the version that is there.

    Args:
        staged: a complete SavedModel on the same file system, named for its version.
        serving_dir: the folder that TensorFlow Serving watches.
    """
    newest = versions(serving_dir)[-1:]
    if newest and same_model(staged, newest[0]):
        return newest[0]
    for file in staged.rglob("*"):
        if file.is_file():
            _flush(file)
    number = max([int(staged.name), *(int(version.name) + 1 for version in newest)])
    version = serving_dir / str(number)
    staged.rename(version)
    _flush(serving_dir)
    return version


def same_model(a: Path, b: Path) -> bool:
    """Whether two SavedModels consist of the same files with the same bytes."""
    names = {p.relative_to(a) for p in a.rglob("*") if p.is_file()}
    if names != {p.relative_to(b) for p in b.rglob("*") if p.is_file()}:
        return False
    return all(filecmp.cmp(a / name, b / name, shallow=False) for name in names)


def _flush(path: Path) -> None:
    """Waits until a file or folder is on disk, so that a power cut cannot leave a version without its content."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
