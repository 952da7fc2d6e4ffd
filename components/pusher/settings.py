"""What Pusher is told: where versions go, how a push labels them, and what the record of one repeats."""

from __future__ import annotations

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
    holds the thresholds that it was held against; the last two are only recorded. With `override`, Evaluator's
    blessing is not asked for.
    """

    model_name: str
    serving: ServingConfig
    release: ReleaseConfig
    task: str
    data_path: str
    override: Override | None = None
