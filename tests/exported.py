"""A version exported as plain code, as the command does it."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from pipeline.commands.main import main


def exported(model: str | Path, to: Path) -> dict:
    """Exports a version; returns what the command prints. Both runners have answered as the version does."""
    done = CliRunner().invoke(main, ["export", str(model), "--to", str(to), "--json"], catch_exceptions=False)
    assert (done.exit_code, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert list(found["largest_difference"]) == ["javascript", "c"]
    assert max(found["largest_difference"].values()) < 1e-5
    assert found["rows"] > found["recorded"] == 32
    return found
