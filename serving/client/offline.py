"""Asks the versions in a serving folder, or any exported model, in this process: no server is needed."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from serving.client.base import RAW, Answer, Model, RefusedError, Which, raw_signature
from serving.releases.version_folders import is_version
from serving.rows.reading import Arrays
from turnstile.errors import UsageError
from turnstile.run_log import redirected

if TYPE_CHECKING:
    from serving.model.saved_model import SavedModel


class OfflineClient:
    """A client without a server.

    Args:
        where: the serving folder, for messages.
        folder: finds the SavedModel to ask.
    """

    def __init__(self, where: str, folder: Callable[[Which], Path]):
        self.where, self.at_once = where, os.cpu_count() or 1
        self._folder, self._lock = folder, threading.Lock()
        self._found: dict[Which, Path] = {}  # so that a run asks the same version from beginning to end
        self._loaded: dict[Path, SavedModel] = {}

    def model(self, which: Which) -> Model:
        """Returns what a model takes and gives; see Client."""
        return raw_signature(self._load(which)[1].signatures, which)

    def predict(self, which: Which, inputs: Arrays, model: Model) -> Answer:
        """Asks the `raw` signature; see Client."""
        from serving.model.saved_model import ModelError

        folder, saved = self._load(which)
        try:
            outputs = saved(RAW, inputs)
        except ModelError as error:
            raise RefusedError(f"{folder}: {error}") from error
        return Answer(dict(sorted(outputs.items())), int(folder.name) if is_version(folder.name) else None)

    def close(self) -> None:
        """Leaves the models to the end of the process."""

    def _load(self, which: Which) -> tuple[Path, SavedModel]:
        """Loads a model without TensorFlow's start-up chatter, which would stand between the answers."""
        with self._lock:
            if which not in self._found:
                self._found[which] = self._folder(which)
            folder = self._found[which]
            if folder not in self._loaded:
                with redirected(Path(os.devnull)):  # TensorFlow 2.21 says some of it before it reads its own settings
                    from serving.model.saved_model import SavedModel

                    self._loaded[folder] = SavedModel(folder)
            return folder, self._loaded[folder]


def in_serving_folder(serving_dir: Path, which: Which) -> Path:
    """Returns the folder of a version; of the stable one, or else the newest, if neither number nor label is given.

    Raises:
        UsageError: there is none.
    """
    from serving.releases import model_config
    from serving.releases.history import STABLE
    from serving.releases.state import in_words
    from serving.releases.version_folders import versions

    folder = serving_dir / which.name
    there = {int(path.name): path for path in versions(folder)}
    if not there:
        raise UsageError(f"{folder}: no version has been pushed yet. Push one: turnstile run (with the same --config)")
    labels = model_config.labels(model_config.read(serving_dir / model_config.NAME), which.name)
    if which.label and which.label not in labels:
        known = ", ".join(labels) or "none"
        raise UsageError(
            f"{serving_dir / model_config.NAME}: no label '{which.label}'; there are: {known}. "
            f"Set it: turnstile promote VERSION --label {which.label} (with the same --config)"
        )
    wanted = which.version if which.version is not None else labels.get(which.label or STABLE, max(there))
    if wanted not in there:
        raise UsageError(f"{folder}/{wanted}: no such version. Choose one of these: {in_words(there)}")
    return there[wanted]
