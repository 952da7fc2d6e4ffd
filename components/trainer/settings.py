"""What Trainer is told: the model, and how it is fitted."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from turnstile.model_inputs import Columns
from turnstile.section import Section


class TrainingConfig(Section):
    """The model and how it is fitted. The defaults suit tables of thousands to millions of rows."""

    hidden_units: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        default=(64, 32),
        description="Number of units in each hidden layer, from the inputs on.",
    )
    embedding_dim: int = Field(
        default=4,
        ge=1,
        description="Number of values that each category, string or bucket is embedded in.",
    )
    class_weights: Literal["none", "balanced"] = Field(
        default="none",
        description='Weights in the loss: `"none"`, so that all rows weigh the same, or `"balanced"`, so that all '
        "classes do; probabilities are then too high for rare classes.",
    )
    dropout: float = Field(
        default=0.3,
        ge=0,
        lt=1,
        description="Share of the units that a training step leaves out.",
    )
    l2: float = Field(
        default=1e-4,
        ge=0,
        description="Weight of the L2 penalty in the loss.",
    )
    learning_rate: float = Field(
        default=2e-3,
        gt=0,
        description="Learning rate of the optimizer, Adam.",
    )
    batch_size: int = Field(
        default=256,
        ge=1,
        description="Number of rows in a training step.",
    )
    max_steps_per_epoch: int = Field(
        default=250,
        ge=1,
        description="Largest number of steps in an epoch; one over a large table ends before its last row.",
    )
    max_epochs: int = Field(
        default=40,
        ge=1,
        description="Largest number of epochs.",
    )
    patience: int = Field(
        default=5,
        ge=1,
        description="Number of epochs without a lower loss on the held-out rows after which training stops.",
    )
    held_out: float = Field(
        default=0.12,
        gt=0,
        le=0.5,
        description="Share of the train split that the model is not fitted to; its loss tells when training stops, so "
        "that the gate is the first to look at the eval split.",
    )
    seed: int = Field(
        default=7,
        ge=0,
        description="Number that the random numbers start from.",
    )


class SimpleModelsConfig(Section):
    """Gradient boosting and a linear model, fitted on the same rows to hold the network against; never served."""

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
