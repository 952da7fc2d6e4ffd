"""What Baseline is told: which model it is, and where its versions are."""

from __future__ import annotations

from turnstile.section import Section


class BaselineSettings(Section):
    """All that Baseline needs of a config: the name under which the model is served, and the folder that is watched."""

    model_name: str
    serving_dir: str
