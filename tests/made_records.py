"""What records are made from, for tests that look at one part of them."""

from __future__ import annotations

from components.evaluator.settings import ReleaseConfig
from components.record.facts import Facts, Places


def places(**folders):
    return Places(**folders)


def facts(**known):
    usual = {
        "pipeline": "taxi",
        "run_id": "run-1",
        "task": "binary",
        "release": ReleaseConfig.model_validate({"overall": {"auc": {"min": 0.9}}}),
        "data_path": "trips.csv",
        "outcome": "pushed",
    }
    return Facts(**usual | known)
