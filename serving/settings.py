"""What a config says about serving: where versions go, how they are labelled, and what else serves them."""

from __future__ import annotations

from typing import Literal, Protocol

from pydantic import Field

from turnstile.local_path import LocalPath
from turnstile.places import IN_STORE
from turnstile.section import Section

AfterPush = Literal["canary", "stable", "none"]


class VertexEndpoint(Section):
    """An endpoint of Vertex AI that blessed models are deployed to, instead of being pushed to a folder."""

    project: str = Field(description="Google Cloud project of the endpoint.")
    region: str = Field(description="Google Cloud region of the endpoint, such as europe-west4.")
    endpoint: str = Field(description="Display name of the endpoint; it is made if there is none of this name.")
    image: str = Field(
        description="Container image that serves the model: one of Vertex AI's for TensorFlow, or yours."
    )
    machine_type: str = Field(default="n2-standard-2", description="Type of machine that serves the model.")


class ServingConfig(Section):
    """Where blessed models go, and what a push does to the labels of versions."""

    dir: LocalPath = Field(
        default="serving_model",
        description="Folder that models are pushed to, as `<dir>/<name>/<version>`; TensorFlow Serving watches it.",
    )
    base_path: str | None = Field(
        default=None,
        pattern=r"^(/|[a-z0-9]+://)",
        description="Path under which TensorFlow Serving sees dir, if it is in a container or on another machine.",
    )
    mirror: str | None = Field(
        default=None,
        pattern=rf"^gs://{IN_STORE}$",
        description="Address under `gs://` that versions in use are copied to, and models.config last, for servers on "
        "other machines.",
    )
    after_push: AfterPush = Field(
        default="canary",
        description="Label that a pushed version gets; the first version gets stable as well, unless this is none. A "
        "version that Evaluator left undecided gets canary at most.",
    )
    reload_seconds: float = Field(
        default=2.0,
        ge=0,
        description="Seconds within which the server has read a changed models.config: more than its "
        "--model_config_file_poll_wait_seconds, which is 1 in deploy/serving.",
    )
    sign_with: LocalPath | None = Field(
        default=None,
        description="File of the private key that Pusher signs versions with, made by `turnstile key new`; it must be "
        "on the machine where Pusher runs.",
    )
    verify_with: LocalPath | None = Field(
        default=None,
        description="File of the public key that checks signatures; a version without a valid signature is not "
        "promoted, served or asked.",
    )
    vertex: VertexEndpoint | None = Field(
        default=None,
        description="Endpoint of Vertex AI to deploy models to; the other keys of [serving] then have no effect.",
    )


class Served(Protocol):
    """What the commands that ask or serve a model need of a pipeline's config."""

    @property
    def name(self) -> str:
        """The pipeline's name, which is the model's in TensorFlow Serving."""

    @property
    def serving(self) -> ServingConfig:
        """Where its versions are."""
