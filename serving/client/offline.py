"""Asks the versions in a serving folder, or any exported model, in this process: no server is needed."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from serving.client.base import RAW, Answer, ModelSpec, RawSignature, RefusedError, raw_signature
from serving.releases import integrity
from serving.releases.version_folders import is_version
from serving.rows.reading import Arrays
from turnstile.errors import UsageError
from turnstile.run_log import redirected
from turnstile.typed_command import typed

if TYPE_CHECKING:
    from serving.model.saved_model import SavedModel


class OfflineClient:
    """A client that loads models itself and needs no server.

    Args:
        address: the serving folder or the model's own, as messages name it.
        folder: finds the folder of the SavedModel to ask.
        verify_with: the public key by which its signature must hold; None to ask for none.
    """

    def __init__(self, address: str, folder: Callable[[ModelSpec], Path], verify_with: str | None = None):
        self.address, self.max_concurrent = address, os.cpu_count() or 1
        self._folder, self._verify_with, self._lock = folder, verify_with, threading.Lock()
        self._found: dict[ModelSpec, Path] = {}  # so that a run asks the same version from beginning to end
        self._loaded: dict[Path, SavedModel] = {}

    def signature(self, spec: ModelSpec) -> RawSignature:
        """Returns the inputs and outputs of the `raw` signature; see Client."""
        return raw_signature(self._load(spec)[1].signatures, spec)

    def predict(self, spec: ModelSpec, inputs: Arrays, signature: RawSignature) -> Answer:
        """Asks the `raw` signature; see Client."""
        from serving.model.saved_model import ModelError

        folder, saved = self._load(spec)
        try:
            outputs = saved(RAW, inputs)
        except ModelError as error:
            raise RefusedError(f"{folder}: {error}") from error
        return Answer(dict(sorted(outputs.items())), int(folder.name) if is_version(folder.name) else None)

    def folder(self, spec: ModelSpec) -> Path:
        """Returns the folder of the SavedModel that is asked."""
        return self._load(spec)[0]

    def close(self) -> None:
        """Does nothing: the models stay loaded until the process ends."""

    def _load(self, spec: ModelSpec) -> tuple[Path, SavedModel]:
        """Loads a model without TensorFlow's start-up chatter, which would stand between the answers."""
        with self._lock:
            if spec not in self._found:
                self._found[spec] = self._folder(spec)
            folder = self._found[spec]
            if folder not in self._loaded:
                integrity.check(folder, self._verify_with)
                with redirected(Path(os.devnull)):  # TensorFlow 2.21 says some of it before it reads its own settings
                    from serving.model.saved_model import SavedModel

                    self._loaded[folder] = SavedModel(folder)
            return folder, self._loaded[folder]


def in_serving_folder(serving_dir: Path, spec: ModelSpec) -> Path:
    """Returns the folder of a version; of the stable one, or else the newest, if neither number nor label is given.

    Raises:
        UsageError: there is none.
    """
    from serving.releases import model_config
    from serving.releases.history import STABLE
    from serving.releases.state import in_words
    from serving.releases.version_folders import versions

    folder = serving_dir / spec.name
    there = {int(path.name): path for path in versions(folder)}
    if not there:
        raise UsageError(f"{folder}: no version has been pushed yet. Push one: {typed('run')}")
    labels = model_config.labels(model_config.read(serving_dir / model_config.NAME), spec.name)
    if spec.label and spec.label not in labels:
        known = ", ".join(labels) or "none"
        raise UsageError(
            f"{serving_dir / model_config.NAME}: no label '{spec.label}'; there are: {known}. "
            f"Set it: {typed('promote', 'VERSION', '--label', spec.label)}"
        )
    wanted = spec.version if spec.version is not None else labels.get(spec.label or STABLE, max(there))
    if wanted not in there:
        raise UsageError(f"{folder}/{wanted}: no such version. Choose one of these: {in_words(there)}")
    return there[wanted]
