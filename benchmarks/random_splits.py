"""How good the models of a config are on several random splits, since a single one says as much about itself.

    turnstile run
    python -m benchmarks.random_splits --config configs/taxi.toml

The transformed rows of the last run, train and eval, are split anew. Transform's vocabularies and statistics stay those
of that run; all else is learned from the train rows of each split: by the network as Trainer fits it, and by the simple
models that a run compares it with.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from benchmarks.quality_errors import MEASURES, error
from benchmarks.quality_models import OURS, latest, others
from components.trainer.example_files import records
from components.trainer.signatures import answer
from components.trainer.train_split import read_train_split
from components.trainer.training import StopAtBest, fitted
from pipeline import config_file
from pipeline.config import Config
from turnstile.labels import PREDICTION
from turnstile.model_inputs import LABEL, Columns


def errors(
    config: Config, transform: tft.TFTransformOutput, rows: np.ndarray, share: float, seed: int
) -> dict[str, float]:
    """Splits the rows, fits each model to one part, and returns its error on the other, by its name.

    Args:
        config: the config of the run.
        transform: Transform's output.
        rows: serialized transformed examples, [rows].
        share: share of the rows to judge by.
        seed: number that the split and the models' random numbers start from.
    """
    columns = Columns(features=config.features, label=config.label)
    order = np.random.default_rng(seed).permutation(rows)
    cut = round(len(rows) * share)
    judged = tf.io.parse_example(tf.constant(order[:cut]), transform.transformed_feature_spec())
    label = judged.pop(LABEL).numpy()[:, 0]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "train.gz"
        with tf.io.TFRecordWriter(str(file), "GZIP") as writer:
            for row in order[cut:]:
                writer.write(row)
        training = config.training.model_copy(update={"seed": seed + 1})
        split = read_train_split([str(file)], transform, training)
        network = fitted(split, split.held_out(), columns, training, [StopAtBest(training.patience)])
        answers = others([str(file)], {n: v.numpy() for n, v in judged.items()}, transform, columns, seed)
    ours = answer(network(judged, training=False), columns.label)
    answers[OURS] = ours[PREDICTION[columns.label.task]].numpy()
    return {model: error(columns.label.task, label, found) for model, found in answers.items()}


def main() -> None:
    """Prints each model's error on each split, and their means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="configs/taxi.toml", help="config of the run")
    parser.add_argument("--output", type=Path, default=Path("output"), help="folder of the run's output")
    parser.add_argument("--splits", type=int, default=10, help="number of splits")
    parser.add_argument("--share", type=float, default=1 / 3, help="share of the rows to judge by")
    arguments = parser.parse_args()
    config = config_file.load(arguments.config)
    run = arguments.output / config.name
    transform = tft.TFTransformOutput(str(latest(run / "Transform/transform_graph")))
    files = str(latest(run / "Transform/transformed_examples") / "Split-*/*")
    rows = np.array(list(records([files]).as_numpy_iterator()), dtype=object)
    found: dict[str, list[float]] = {}
    for seed in range(arguments.splits):
        of_split = errors(config, transform, rows, arguments.share, seed)
        print(seed, {model: round(float(value), 5) for model, value in of_split.items()}, flush=True)
        for model, value in of_split.items():
            found.setdefault(model, []).append(value)
    for model, values in found.items():
        print(
            f"{model}: mean {MEASURES[config.label.task]} {np.mean(values):.5f}, {min(values):.5f} to {max(values):.5f}"
        )


if __name__ == "__main__":
    main()
