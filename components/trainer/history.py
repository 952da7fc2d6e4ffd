"""The training curve: a small file beside TensorBoard's logs, which a program can read without TensorBoard."""

from __future__ import annotations

import json
import math
import time
from typing import Any

import keras

from turnstile.places import Place, place

FILE = "history.json"  # in the folder of the model_run
LEARNED_FROM = "learned_from"  # the rows that the model is fitted to, and of how many they are drawn


class History(keras.callbacks.Callback):
    """Writes down the losses of each epoch, how long it took, and which epoch was the best.

    The best epoch is the one of the lowest held-out loss. Its weights are the model's, as StopAtBest has it.

    Args:
        folder: of the model_run.
        rows: how many rows the model is fitted to.
        of: how many there are to fit it to.
    """

    def __init__(self, folder: str | Place, rows: int, of: int):
        super().__init__()
        self._rows = {"rows": rows, "of": of}
        self._file, self._began, self._last = place(folder) / FILE, 0.0, 0.0
        self._epochs: list[dict[str, Any]] = []

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Starts the clock."""
        self._began = self._last = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Keeps what Keras measured in an epoch, by Keras's names; epochs count from 1."""
        now = time.monotonic()
        losses = {name: float(value) for name, value in (logs or {}).items()}
        plain = {name: value if math.isfinite(value) else None for name, value in losses.items()}  # JSON knows no NaN
        self._epochs.append({"epoch": epoch + 1, **plain, "seconds": now - self._last})
        self._last = now

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Writes the file."""
        known = [each for each in self._epochs if each["val_loss"] is not None]
        best = min(known, key=lambda each: each["val_loss"])["epoch"] if known else None
        found = {"epochs": self._epochs, "best_epoch": best, "seconds": time.monotonic() - self._began}
        found[LEARNED_FROM] = self._rows
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(found, indent=1) + "\n")


def read(folder: str | Place) -> dict[str, Any] | None:
    """Returns what History wrote into the folder of a model_run; None for one that has no such file."""
    file = place(folder) / FILE
    return json.loads(file.read_text()) if file.exists() else None
