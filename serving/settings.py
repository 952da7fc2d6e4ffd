"""What a config says about serving: where versions go, how they are labelled, and what else serves them."""

from __future__ import annotations

from typing import Literal, Protocol

from pydantic import Field

from turnstile.local_path import LocalPath
from turnstile.section import Section


class VertexEndpoint(Section):
    """An endpoint of Vertex AI that blessed models are deployed to, instead of being pushed to a folder.

    `endpoint` is its display name; without such an endpoint, one is made. `image` is the container that serves the
    model, one of Vertex AI's for TensorFlow or your own, and `machine_type` what it runs on.
    """

    project: str
    region: str
    endpoint: str
    image: str
    machine_type: str = "n2-standard-2"


class ServingConfig(Section):
    """Where blessed models go, <dir>/<name>/<version>, and what a push does to the labels of versions.

    `base_path` is where TensorFlow Serving sees `dir`, if that is on another machine or in a container; `after_push`
    is the label a pushed version gets. `reload_seconds` is how long the server takes to notice a changed models.config:
    its --model_config_file_poll_wait_seconds, 1 in deploy/serving, and some. With `vertex`, the rest does not apply.
    """

    dir: LocalPath = "serving_model"
    base_path: str | None = Field(default=None, pattern=r"^(/|[a-z0-9]+://)")
    after_push: Literal["canary", "stable", "none"] = "canary"
    reload_seconds: float = Field(default=2.0, ge=0)
    vertex: VertexEndpoint | None = None


class Served(Protocol):
    """What the commands that ask or serve a model need of a pipeline's config."""

    @property
    def name(self) -> str:
        """The pipeline's name, which is the model's in TensorFlow Serving."""

    @property
    def serving(self) -> ServingConfig:
        """Where its versions are."""
