"""What Trainer is told: the model, and how it is fitted."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from turnstile.section import Section


class TrainingConfig(Section):
    """The model and how it is fitted. The defaults suit tables of thousands to millions of rows."""

    hidden_units: tuple[Annotated[int, Field(ge=1)], ...] = (64, 32)
    embedding_dim: int = Field(default=4, ge=1)
    dropout: float = Field(default=0.3, ge=0, lt=1)
    l2: float = Field(default=1e-4, ge=0)
    learning_rate: float = Field(default=2e-3, gt=0)
    batch_size: int = Field(default=256, ge=1)
    max_steps_per_epoch: int = Field(default=250, ge=1)  # batches; an epoch of a large table ends before its last row
    max_epochs: int = Field(default=40, ge=1)
    patience: int = Field(default=5, ge=1)  # epochs without a better eval loss before training stops
    seed: int = Field(default=7, ge=0)
