"""Airflow's own environment: which Airflow, every file by its hash, and nothing of TFX's."""

from __future__ import annotations

import re
from pathlib import Path

LOCK = Path("deploy/airflow/requirements.lock").read_text()
NAMES = set(re.findall(r"^([a-z0-9-]+)==", LOCK, re.MULTILINE))


def test_airflow_is_the_one_asked_for():
    asked = re.search(r"^apache-airflow==(\S+)", Path("deploy/airflow/requirements.in").read_text(), re.MULTILINE)[1]
    assert f"\napache-airflow=={asked} " in LOCK
    assert {"psycopg2-binary", "asyncpg"} <= NAMES


def test_nothing_of_tfx_is_in_it():
    assert not NAMES & {"tfx", "tensorflow", "apache-beam", "ml-metadata", "keras", "kfp"}


def test_every_package_has_hashes_and_no_registry_is_named():
    assert all("--hash=sha256:" in package for package in re.split(r"\n(?=[a-z])", LOCK.split("\n", 2)[2]))
    assert "://" not in LOCK
