"""A stable version, a canary, the log of what both answered, and what came true, made for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from serving.ab.arms import CANARY, STABLE
from serving.canary.looking import Question
from serving.releases import release_record
from serving.releases.control import promote
from serving.releases.state import ReleaseFolder
from tests import made_logs
from tests.made_versions import taxi, versions

OLD, NEW = 1, 2  # the versions of the arms
LATER = "2999-01-01T00:00:00.000+00:00"  # than any promotion


def two_arms(folder: Path, max_rise: float | None = 0.01) -> ReleaseFolder:
    """Makes a serving folder with a stable version, a canary, and the bound that the canary was held against."""
    versions(folder, OLD, NEW)
    where = taxi(folder)
    promote(where, OLD)
    promote(where, NEW, CANARY)
    bounds = {} if max_rise is None else {"log_loss": {"max_rise": max_rise}}
    release_record.write(where.folder / str(NEW), {"thresholds": {"overall": bounds}})
    return where


def asked(folder: Path, number: int, noise: float, seed: int = 1, **options: Any) -> Question:
    """Logs so many answers of each arm and their outcomes.

    Args:
        folder: where the files go.
        number: of each arm.
        noise: how far the canary's answers are from the true probability, as a standard deviation of the logit; those
            of stable are 0.5 from it.
        seed: of chance.
        options: more of the question.
    """
    rng, rows, came = np.random.default_rng(seed), [], []
    for arm, version, off in ((STABLE, OLD, 0.5), (CANARY, NEW, noise)):
        true = rng.normal(0, 1.5, number)
        said = 1 / (1 + np.exp(-true - rng.normal(0, off, number)))
        outcome = rng.random(number) < 1 / (1 + np.exp(-true))
        for i in range(number):
            answer = {"probability": float(said[i]), "label": int(said[i] > 0.5)}
            rows.append(made_logs.asked(f"{arm}{i}", arm, answer, version=version, time=LATER))
            came.append({"id": f"{arm}{i}", "paid": int(outcome[i])})
    log = made_logs.log(folder / "requests.jsonl", rows)
    outcomes = made_logs.outcomes(folder / "outcomes.jsonl", came)
    return Question(**({"logs": [str(log)], "outcomes": outcomes, "key": "id", "outcome": "paid"} | options))
