"""A version exported as plain code, as the command does it."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from pipeline.commands.main import main
from serving.plain import proof


def exported(model: str | Path, to: Path) -> dict:
    """Exports a version; returns what the command prints. The runners that this machine can run answer as it does."""
    done = CliRunner().invoke(main, ["export", str(model), "--to", str(to), "--json"], catch_exceptions=False)
    assert (done.exit_code, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    differences = found["largest_difference"]
    assert list(differences) == ["javascript", "c"]
    assert [language for language in differences if differences[language] is not None] == proof.runners_here()
    assert max(differences[language] for language in proof.runners_here()) < 1e-5
    assert found["rows"] > found["recorded"] == 32
    return found
