"""What Pusher is told: where versions go, how a push labels them, and what the record of one repeats."""

from __future__ import annotations

from typing import Any

from components.evaluator.settings import ReleaseConfig
from serving.settings import ServingConfig
from turnstile.section import Section


class Override(Section):
    """The word of a person who releases the model of a run that Evaluator refused."""

    run_id: str
    who: str
    why: str


class PusherSettings(Section):
    """All that Pusher needs of a config.

    `model_name` is the name under which the model is served, `data_path` is where its examples came from, and `release`
    holds the thresholds that it was held against; the last two are only recorded, as is `config`, the whole config as
    plain values. With `override`, Evaluator's blessing is not asked for.
    """

    model_name: str
    serving: ServingConfig
    release: ReleaseConfig
    task: str
    data_path: str
    config: dict[str, Any] | None = None  # a run that was compiled before there was one can still be overridden
    override: Override | None = None
