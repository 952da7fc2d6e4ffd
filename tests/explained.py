"""The rows of a file explained, as the command does it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.commands.main import main


def explained(data: str | Path, model: str | Path, rows: int = 50) -> dict:
    """Explains the first rows of a file; returns what the command prints. All contributions add up to the scores."""
    words = ["explain", str(data), "--rows", str(rows), "--model", str(model), "--json"]
    done = CliRunner().invoke(main, words, catch_exceptions=False)
    assert (done.exit_code, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert len(found["rows"]) == rows
    for row in found["rows"]:
        together = sum(each["value"] for each in row["contributions"])
        assert row["base"] + together == pytest.approx(row["score"], abs=1e-9)
    return found
