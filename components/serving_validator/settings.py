"""What ServingValidator is told: how an exported model is proven, and within which budgets."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from turnstile.section import Section


class ServingValidatorConfig(Section):
    """How an exported model is proven before it is pushed, and within which budgets."""

    kind: Literal["local", "docker", "kubernetes"] = Field(
        default="local",
        description="What loads the model: TensorFlow's C++ loader in a process of its own (local), or TensorFlow "
        "Serving, which TFX's InfraValidator starts in Docker or Kubernetes.",
    )
    image_tag: str = Field(
        default="latest",
        description="Tag of the image tensorflow/serving, for the kinds docker and kubernetes.",
    )
    rows: int = Field(
        default=64,
        ge=1,
        description="Number of real eval rows that every signature is asked about.",
    )
    max_size_mb: float = Field(
        default=500,
        gt=0,
        description="Largest size of all files of the model, in megabytes of 10^6 bytes.",
    )
    max_latency_ms: float = Field(
        default=100,
        gt=0,
        description="Largest median of the milliseconds for a single row, with one request at a time.",
    )


class ServingValidatorSettings(Section):
    """All that ServingValidator needs of a config: the name under which the model will be served, and the budgets."""

    model_name: str
    policy: ServingValidatorConfig
