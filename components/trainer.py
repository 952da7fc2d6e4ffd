"""Trainer: transformed examples in, a trained and exported model out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from components.features import LABEL, Columns
from components.model import LabelScale, build_model
from components.serving_sample import RAW_EVAL_FILES, write_sample
from components.signatures import ServingModel, export
from pipeline.config import TrainingConfig
from pipeline.config_columns import Label

# Rows in the shuffle buffer, so that any data set of up to a million rows is shuffled as a whole.
_SHUFFLE_ROWS = 1_000_000

logger = logging.getLogger("turnstile.trainer")


def run_fn(fn_args: Any) -> None:
    """The function TFX Trainer calls: load, build, fit, export.

    Args:
        fn_args: tfx.components.trainer.fn_args_utils.FnArgs; custom_config holds {"columns": Columns as JSON,
            "training": TrainingConfig as JSON, "sample_rows": how many rows to record answers for, and the raw eval
            files that components.trainer_component adds}.
    """
    columns = Columns.model_validate_json(fn_args.custom_config["columns"])
    training = TrainingConfig.model_validate_json(fn_args.custom_config["training"])
    transform = tft.TFTransformOutput(fn_args.transform_output)

    train = load(fn_args.train_files, transform, training, shuffle=True)
    validation = load(fn_args.eval_files, transform, training)
    model = build_model(columns, training, label_scale(train, columns.label))
    model.fit(
        train,
        validation_data=validation,
        epochs=training.max_epochs,
        callbacks=callbacks(training, fn_args.model_run_dir),
        verbose=0,
    )
    serving = ServingModel(model, transform, columns)
    export(serving, fn_args.serving_model_dir)
    rows = fn_args.custom_config["sample_rows"]
    write_sample(serving, fn_args.custom_config[RAW_EVAL_FILES], rows, fn_args.serving_model_dir)


def label_scale(train: tf.data.Dataset, label: Label) -> LabelScale:
    """Looks through the labels once: for a regression's scale, and for values that are no class.

    Raises:
        ValueError: a label is none of the configured classes.
    """
    labels = np.concatenate([batch[:, 0] for _, batch in train.as_numpy_iterator()])
    if label.task != "regression":
        if labels.min() < 0:
            raise ValueError(f"column '{label.columns[0]}' holds values that label.classes does not name")
        return LabelScale()
    return LabelScale(float(labels.mean()), float(labels.std()) or 1.0)


def load(
    files: list[str], transform: tft.TFTransformOutput, training: TrainingConfig, shuffle: bool = False
) -> tf.data.Dataset:
    """Reads transformed examples as (inputs, label) batches; the files are read once.

    Args:
        files: patterns of gzipped TFRecord files of transformed examples.
        transform: Transform's output, for their feature spec.
        training: batch size and seed.
        shuffle: whether to shuffle rows anew each epoch.
    """
    spec = transform.transformed_feature_spec()
    paths = sorted(path for pattern in files for path in tf.io.gfile.glob(pattern))

    def parse(batch: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        features = tf.io.parse_example(batch, spec)
        return features, features.pop(LABEL)

    records = tf.data.TFRecordDataset(paths, compression_type="GZIP")
    if shuffle:  # of serialized rows: parsing a whole shuffled batch is far cheaper than shuffling parsed rows
        return _batches(records.cache().shuffle(_SHUFFLE_ROWS, training.seed), parse, training)
    return _batches(records, parse, training).cache()


def _batches(records: tf.data.Dataset, parse: Callable, training: TrainingConfig) -> tf.data.Dataset:
    return records.batch(training.batch_size).map(parse, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


def callbacks(training: TrainingConfig, log_dir: str) -> list[keras.callbacks.Callback]:
    """Early stopping that keeps the best weights, TensorBoard logs in `log_dir`, and a line an epoch."""

    def report(epoch: int, logs: dict[str, float]) -> None:
        logger.info("epoch %d of at most %d: eval loss %.4f", epoch + 1, training.max_epochs, logs["val_loss"])

    return [
        keras.callbacks.EarlyStopping("val_loss", patience=training.patience, restore_best_weights=True),
        keras.callbacks.TensorBoard(log_dir, write_graph=False),
        keras.callbacks.LambdaCallback(on_epoch_end=report),
    ]
