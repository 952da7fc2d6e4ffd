"""Trainer: transformed examples in, a trained and exported model out."""

from __future__ import annotations

import logging
import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from components.trainer.example_files import records
from components.trainer.model import LabelScale, build_model
from components.trainer.serving_sample import RAW_EVAL_FILES, write_sample
from components.trainer.settings import TrainerSettings, TrainingConfig
from components.trainer.signatures import ServingModel, export
from turnstile.labels import Label
from turnstile.model_inputs import LABEL

# Rows that are shuffled at once, so that any data set of up to a million rows is shuffled as a whole.
_SHUFFLE_ROWS = 1_000_000
# Parsed rows that are kept in memory (with 20 features, some 200 bytes each); of more rows, each round reads the files.
_CACHED_ROWS = 5_000_000
# Rows of the eval split that early stopping looks at: the standard error of a mean loss is then under 0.2 % of the
# deviation of single losses. The Evaluator looks at all of them.
_EVAL_ROWS = 300_000
_READ_ROWS = 4_096  # in a batch that no gradient depends on; larger ones are no faster

logger = logging.getLogger("turnstile.trainer")


def run_fn(fn_args: Any) -> None:
    """The function TFX Trainer calls: load, build, fit, export.

    Args:
        fn_args: tfx.components.trainer.fn_args_utils.FnArgs; custom_config holds TrainerSettings as JSON,
            under "settings", and the raw eval files that components.trainer.component adds.
    """
    settings = TrainerSettings.model_validate_json(fn_args.custom_config["settings"])
    columns, training = settings.columns, settings.training
    transform = tft.TFTransformOutput(fn_args.transform_output)

    labels = read_labels(fn_args.train_files, transform)
    model = build_model(columns, training, label_scale(labels, columns.label))
    model.fit(
        load_train(fn_args.train_files, transform, training, len(labels)),
        validation_data=load_eval(fn_args.eval_files, transform),
        epochs=training.max_epochs,
        steps_per_epoch=steps_per_epoch(len(labels), training),
        callbacks=callbacks(training, fn_args.model_run_dir),
        verbose=0,
    )
    serving = ServingModel(model, transform, columns)
    export(serving, fn_args.serving_model_dir)
    write_sample(serving, fn_args.custom_config[RAW_EVAL_FILES], settings.sample_rows, fn_args.serving_model_dir)


def read_labels(files: list[str], transform: tft.TFTransformOutput) -> np.ndarray:
    """Reads the labels of all rows, [rows]."""
    spec = {LABEL: transform.transformed_feature_spec()[LABEL]}
    batches = records(files).batch(_READ_ROWS).map(lambda rows: tf.io.parse_example(rows, spec)[LABEL][:, 0])
    return np.concatenate(list(batches.as_numpy_iterator()))


def label_scale(labels: np.ndarray, label: Label) -> LabelScale:
    """Returns a regression's scale; looks for values that are no class.

    Raises:
        ValueError: a label is none of the configured classes.
    """
    if label.task != "regression":
        if labels.min() < 0:
            raise ValueError(f"column '{label.columns[0]}' holds values that label.classes does not name")
        return LabelScale()
    return LabelScale(float(labels.mean()), float(labels.std()) or 1.0)


def steps_per_epoch(rows: int, training: TrainingConfig) -> int:
    """Returns the batches between two looks at the eval loss: all rows, or as many as the config allows."""
    return min(math.ceil(rows / training.batch_size), training.max_steps_per_epoch)


def load_train(
    files: list[str], transform: tft.TFTransformOutput, training: TrainingConfig, rows: int
) -> tf.data.Dataset:
    """Reads training rows as (inputs, label) batches, in a new order each time round, without end.

    Rows are parsed and shuffled many at once: one by one, that would take longer than the training itself.

    Args:
        files: patterns of gzipped TFRecord files of transformed examples.
        transform: Transform's output, for their feature spec.
        training: batch size and seed.
        rows: the number of rows.
    """
    blocks = _parsed(files, transform).rebatch(min(rows, _SHUFFLE_ROWS))
    if rows <= _CACHED_ROWS:
        blocks = blocks.cache()

    def shuffle(number: tf.Tensor, block: Any) -> Any:
        rows_of_block = tf.shape(block[1])[0]
        order = tf.random.experimental.stateless_shuffle(tf.range(rows_of_block), [training.seed, number])
        return tf.nest.map_structure(lambda column: tf.gather(column, order), block)

    return blocks.repeat().enumerate().map(shuffle).rebatch(training.batch_size).prefetch(tf.data.AUTOTUNE)


def load_eval(files: list[str], transform: tft.TFTransformOutput) -> tf.data.Dataset:
    """Reads eval rows as (inputs, label) batches, in the files' order, so many that their loss is known well enough."""
    return _parsed(files, transform, _EVAL_ROWS).cache()


def _parsed(files: list[str], transform: tft.TFTransformOutput, at_most: int = -1) -> tf.data.Dataset:
    spec = transform.transformed_feature_spec()

    def parse(batch: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        features = tf.io.parse_example(batch, spec)
        return features, features.pop(LABEL)

    return records(files).take(at_most).batch(_READ_ROWS).map(parse)


def callbacks(training: TrainingConfig, log_dir: str) -> list[keras.callbacks.Callback]:
    """Early stopping that keeps the best weights, TensorBoard logs in `log_dir`, and a line an epoch."""

    def report(epoch: int, logs: dict[str, float]) -> None:
        logger.info("epoch %d of at most %d: eval loss %.4f", epoch + 1, training.max_epochs, logs["val_loss"])

    return [
        keras.callbacks.EarlyStopping("val_loss", patience=training.patience, restore_best_weights=True),
        keras.callbacks.TensorBoard(log_dir, write_graph=False),
        keras.callbacks.LambdaCallback(on_epoch_end=report),
    ]
