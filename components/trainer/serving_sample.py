"""The trainer's own answers to some real rows, kept beside the export for ServingValidator to hold it against."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import tensorflow as tf

from components.trainer import example_files
from components.trainer.signatures import ServingModel
from serving.model.warmup import Recorded, to_log
from turnstile.places import Place, place

# In a Model artifact, beside the SavedModel, so that it is not pushed.
SAMPLE = Path("serving_sample") / "requests_and_answers"
RAW_EVAL_FILES = "raw_eval_files"  # under this name, Trainer's custom_config has the patterns of raw eval examples


def record(serving: ServingModel, raw_files: list[str], rows: int) -> list[Recorded]:
    """Asks the model in memory, not the export, about raw rows.

    Args:
        serving: the trained model.
        raw_files: patterns of gzipped TFRecord files of raw examples.
        rows: how many of their first rows to take.

    Returns:
        For each signature, a request for all the rows and its answer.
    """
    examples = list(example_files.records(raw_files).take(rows).as_numpy_iterator())
    asked = serving.ask(tf.constant(examples, tf.string))
    return [Recorded(name, _arrays(inputs), _arrays(outputs)) for name, (inputs, outputs) in asked.items()]


def _arrays(tensors: dict[str, tf.Tensor]) -> dict[str, Any]:
    return {name: tensor.numpy() for name, tensor in tensors.items()}


def write_logs(file: Place, logs: Iterable[Any]) -> None:
    """Writes PredictionLogs as a TFRecord file; the same logs give the same bytes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(file)) as writer:
        for log in logs:
            writer.write(log.SerializeToString(deterministic=True))


def write_sample(serving: ServingModel, raw_files: list[str], rows: int, model_dir: str) -> None:
    """Records a sample in a Model artifact; see `record`.

    Args:
        serving: the trained model.
        raw_files: patterns of raw examples.
        rows: how many rows to take.
        model_dir: the SavedModel's folder in the artifact.
    """
    sample = record(serving, raw_files, rows)
    write_logs(place(model_dir).parent / SAMPLE, (to_log(recorded) for recorded in sample))
