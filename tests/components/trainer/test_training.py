"""What Trainer makes of the config."""

from __future__ import annotations

from components.trainer import training


def test_few_rows_go_in_small_batches():
    assert [training.batch_size_for(rows) for rows in (1, 300, 2_000, 5_000, 10**7)] == [32, 32, 64, 128, 256]


class Losses:
    """A model whose held-out losses are given, and whose only weight is the epoch."""

    def __init__(self, losses):
        self.losses, self.epoch, self.stop_training = losses, 0, False
        self.optimizer = self
        self.learning_rate = 1.0

    def get_weights(self):
        return self.epoch

    def set_weights(self, epoch):
        self.epoch = epoch

    def fit(self, callback):
        callback.set_model(self)
        for epoch, loss in enumerate(self.losses):
            self.epoch = epoch
            callback.on_epoch_end(epoch, {"val_loss": loss})
            if self.stop_training:
                break
        callback.on_train_end()
        return epoch


def test_training_goes_back_to_the_best_weights_once_at_a_smaller_rate_and_then_stops():
    model = Losses([3, 2, 4, 5, 1, 6, 7, 0])
    assert model.fit(training.StopAtBest(patience=2)) == 6
    assert model.epoch == 4
    assert model.learning_rate < 1


def test_losses_that_are_no_numbers_end_training():
    model = Losses([float("nan")] * 9)
    assert model.fit(training.StopAtBest(patience=2)) == 3
