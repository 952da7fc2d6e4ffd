"""What Trainer makes of the config."""

from __future__ import annotations

from components.trainer import training
from components.trainer.settings import TrainingConfig


def test_an_epoch_is_all_rows_or_as_many_batches_as_allowed():
    settings = TrainingConfig(batch_size=10, max_steps_per_epoch=3)
    assert [training.steps_per_epoch(rows, settings) for rows in (1, 10, 11, 30, 31, 10_000)] == [1, 1, 2, 3, 3, 3]
