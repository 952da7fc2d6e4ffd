"""What records are made from, for tests that look at one part of them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

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


def schema_faults(record):
    """Returns where a record differs from docs/release.schema.json, in words."""
    validator = jsonschema.Draft202012Validator(json.loads(Path("docs/release.schema.json").read_text()))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(record)]
