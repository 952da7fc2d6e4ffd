"""What ServingValidator is told: how an exported model is proven, and within which budgets."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from turnstile.section import Section


class ServingValidatorConfig(Section):
    """How an exported model is proven before it is pushed, and within which budgets.

    `kind` is "local" (TensorFlow's C++ loader in a fresh process), or TensorFlow Serving itself, started in Docker or
    Kubernetes by TFX's InfraValidator; `image_tag` is then tensorflow/serving's.
    """

    kind: Literal["local", "docker", "kubernetes"] = "local"
    image_tag: str = "latest"
    rows: int = Field(default=64, ge=1)  # real rows of the eval split that are asked of every signature
    max_size_mb: float = Field(default=500, gt=0)  # of all files of the SavedModel; megabytes of 10^6 bytes
    max_latency_ms: float = Field(default=100, gt=0)  # median of single-row requests, one after another
