"""What there is to release at a moment, and the lock under which it changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serving.releases import audit_log, mirror, model_config
from serving.releases.audit_log import Entry, Labels
from serving.releases.history import History, replay
from serving.releases.version_folders import same_number, version_folder, versions
from serving.settings import ServingConfig
from turnstile.errors import TurnstileError, UsageError
from turnstile.files import locked
from turnstile.typed_command import typed

_LOCK = ".models.config.lock"
_WAITING = "waiting for another command that changes models.config"


@dataclass(frozen=True)
class ReleaseFolder:
    """Where the releases of a model are.

    Attributes:
        name: the model's.
        serving_dir: what TensorFlow Serving watches.
        base_path: where TensorFlow Serving finds the model's versions.
        reload_seconds: seconds within which the server has read a changed models.config.
        verify_with: the public key by which a version's signature must hold; None to ask for none.
        sign_with: the private key that signs a version; None if there is none.
        mirror: the address of the copy for servers elsewhere; None if there is none.
    """

    name: str
    serving_dir: Path
    base_path: str
    reload_seconds: float
    verify_with: str | None = None
    sign_with: str | None = None
    mirror: str | None = None

    @property
    def folder(self) -> Path:
        """The folder of the versions."""
        return self.serving_dir / self.name

    @property
    def config_file(self) -> Path:
        """models.config."""
        return self.serving_dir / model_config.NAME

    @property
    def log_file(self) -> Path:
        """The audit log."""
        return self.serving_dir / audit_log.NAME


def release_folder(serving: ServingConfig, name: str) -> ReleaseFolder:
    """Returns where a config puts the releases of the model `name`."""
    folder = Path(serving.dir).resolve()
    seen_as = (serving.base_path or str(folder)).rstrip("/")
    base_path = f"{seen_as}/{name}"
    keys = (serving.verify_with, serving.sign_with)
    return ReleaseFolder(name, folder, base_path, serving.reload_seconds, *keys, mirror=serving.mirror)


@dataclass(frozen=True)
class State:
    """What there is at a moment.

    Attributes:
        config: the whole models.config.
        labels: the model's.
        there: its versions that can be loaded.
        entries: the changes of it that took effect, oldest first.
    """

    config: Any
    labels: Labels
    there: tuple[int, ...]
    entries: tuple[Entry, ...]

    @property
    def history(self) -> History:
        """What was stable, and what is retired."""
        return replay(self.entries, self.labels)

    def has(self, action: str, version: int) -> bool:
        """Whether the log has this action for a version."""
        return any(entry.action == action and entry.version == version for entry in self.entries)

    def labels_of(self, version: int) -> list[str]:
        """The labels on a version."""
        return [label for label, number in self.labels.items() if number == version]


def read(where: ReleaseFolder) -> State:
    """Reads what there is; takes no lock, since every file is replaced or added to in one step.

    Raises:
        UsageError: models.config is not as it should be.
    """
    config = model_config.read(where.config_file)
    labels = model_config.labels(config, where.name)
    entries = audit_log.effective(audit_log.read(where.log_file, where.name), labels)
    there = tuple(int(v.name) for v in versions(where.folder) if (v / "saved_model.pb").exists())
    return State(config, labels, there, tuple(entries))


def write(where: ReleaseFolder, before: Any, after: Any) -> None:
    """Replaces models.config; its copy first, so that a command which could not write that can be made again.

    Args:
        where: where the model's releases are.
        before: the models.config that is there, under the lock.
        after: the one that shall be there.

    Raises:
        UsageError: the copy is another folder's.
        TurnstileError: the copy cannot be written.
    """
    if where.mirror:
        mirror.update(where, after)
    if after != before:
        model_config.write(where.config_file, after)


@contextmanager
def pushing(where: ReleaseFolder) -> Iterator[None]:
    """Holds the folder of the versions, for whoever adds one or removes some; taken before models.config.

    Raises:
        TurnstileError: a file cannot be written.
    """
    with _locked(where, f".{where.name}.lock", f"waiting for a push to {where.folder}"):
        yield


@contextmanager
def changing(where: ReleaseFolder) -> Iterator[State]:
    """Holds models.config and gives the state to start from.

    Raises:
        UsageError: there is no version, or models.config is not as it should be.
        TurnstileError: a file cannot be written.
    """
    if not where.folder.is_dir():
        raise UsageError(none_yet(where))
    with _locked(where, _LOCK, _WAITING):
        yield read(where)


@contextmanager
def _locked(where: ReleaseFolder, lock: str, waiting: str) -> Iterator[None]:
    try:
        with locked(where.serving_dir / lock, waiting):
            yield
    except OSError as error:
        name = error.filename or where.serving_dir
        raise TurnstileError(f"{name}: {error.strerror}. Mend that, and run the command again") from error


def none_yet(where: ReleaseFolder) -> str:
    """Says that there is no version."""
    return f"{where.folder}: no version has been pushed yet. Push one: {typed('run')}"


def check_there(where: ReleaseFolder, state: State, version: int) -> None:
    """Raises UsageError if a version cannot be loaded, naming those that can."""
    if folders := same_number(where.folder).get(version):
        raise UsageError(twice(version, folders))
    if version in state.there:
        return
    if not state.there:
        raise UsageError(none_yet(where))
    folder = version_folder(where.folder, version)
    what = "has no saved_model.pb, so it cannot be loaded" if folder.exists() else "no such version"
    raise UsageError(f"{folder}: {what}. Choose one of these: {in_words(state.there)}")


def twice(version: int, folders: Iterable[Path]) -> str:
    """Says that a version has several folders."""
    names = ", ".join(str(folder) for folder in folders)
    return (
        f"version {version} has several folders: {names}. TensorFlow Serving loads one of them, and nobody can say "
        "which. Remove or rename all but one"
    )


def in_words(numbers: Iterable[int]) -> str:
    """Returns numbers with commas."""
    return ", ".join(map(str, numbers))
