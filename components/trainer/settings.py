"""What Trainer is told: the model, and how it is fitted."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from turnstile.model_inputs import Columns
from turnstile.section import Section


class TrainingConfig(Section):
    """The model and how it is fitted. The defaults suit tables of thousands to millions of rows."""

    heads: int = Field(
        default=8,
        ge=1,
        description="Number of answers that the network learns and averages; the hidden layers are shared by all.",
    )
    hidden_units: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        default=(64, 32),
        description="Number of units in each hidden layer, from the inputs on.",
    )
    embedding_dim: int = Field(
        default=4,
        ge=1,
        description="Number of values that each category, string or bucket is embedded in.",
    )
    number_embedding_dim: int = Field(
        default=8,
        ge=1,
        description="Number of values that each number is embedded in, beside its scaled self.",
    )
    class_weights: Literal["none", "balanced"] = Field(
        default="none",
        description='Weights in the loss: `"none"`, so that all rows weigh the same, or `"balanced"`, so that all '
        "classes do; probabilities are then too high for rare classes.",
    )
    dropout: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Share of the units that a training step leaves out.",
    )
    l2: float | None = Field(
        default=None,
        ge=0,
        description="Weight of the squared weights in the loss; by default 0.5 divided by the number of rows that the "
        "model is fitted to, so that it matters for small tables only.",
    )
    weight_decay: float = Field(
        default=3e-4,
        ge=0,
        description="Share of each weight, times the learning rate, that a training step takes away.",
    )
    loss: Literal["squared", "huber"] = Field(
        default="squared",
        description='How errors of a regression count: `"squared"`, or `"huber"`, which squares only errors up to the '
        "label's standard deviation, so that a few very large errors weigh less.",
    )
    learning_rate: float = Field(
        default=5e-3,
        gt=0,
        description="Learning rate that the optimizer, AdamW, uses.",
    )
    batch_size: int | None = Field(
        default=None,
        ge=1,
        description="Number of rows in a training step; by default between 32 for a few hundred rows and 256 for ten "
        "thousand and more.",
    )
    max_steps_per_epoch: int = Field(
        default=100,
        ge=1,
        description="Largest number of steps in an epoch. Times `max_epochs` and `batch_size` it makes, by default, "
        "2,560,000 rows; of a larger table, so many are drawn at random.",
    )
    max_epochs: int = Field(
        default=100,
        ge=1,
        description="Largest number of epochs.",
    )
    memory_mb: int = Field(
        default=512,
        ge=1,
        description="Megabytes that the rows to learn from may take; reading and shuffling them takes some three times "
        "as much. Of a larger table, so many are drawn at random.",
    )
    patience: int = Field(
        default=6,
        ge=1,
        description="Number of epochs in a row without a lower held-out loss, after which training stops.",
    )
    held_out: float = Field(
        default=0.12,
        gt=0,
        le=0.5,
        description="Share of the train split that the model does not learn from. The loss on these rows decides when "
        "training stops, so that the eval split stays unseen until the gate.",
    )
    warm_start: bool = Field(
        default=False,
        description="Whether the model begins with the weights of the one that serves, if features, label and layers "
        "are the same; a run says whether it did, or what differs.",
    )
    seed: int = Field(
        default=7,
        ge=0,
        description="Number that the random numbers start from.",
    )


class SimpleModelsConfig(Section):
    """Two simple models, gradient boosting and a linear model, which a run fits on the same rows to compare the network
    with. They are never served. The baseline of `[release]` is something else: the model that serves.
    """

    enabled: bool = Field(
        default=True,
        description="Whether a run fits gradient boosting and a linear model, too, and shows what they reach on the "
        "eval split.",
    )


class TrainerSettings(Section):
    """All that Trainer needs of a config.

    `sample_rows` is the number of raw eval rows whose answers it records for ServingValidator.
    """

    columns: Columns
    training: TrainingConfig
    simple_models: SimpleModelsConfig = SimpleModelsConfig()
    sample_rows: int = Field(ge=1)
