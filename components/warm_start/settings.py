"""What WarmStart is told: which model it is, where its versions are, and by which key they are signed."""

from __future__ import annotations

from turnstile.section import Section


class WarmStartSettings(Section):
    """All that WarmStart needs of a config: as Baseline does, and serving.verify_with."""

    model_name: str
    serving_dir: str
    verify_with: str | None = None
