"""A version in another form, as the command exports it."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from pipeline.commands.main import main
from serving.plain import proof


def exported(model: str | Path, to: Path, form: str = "code") -> dict:
    """Exports a version; returns what the command prints. What this machine can run answers as the version does."""
    command = ["export", str(model), "--to", str(to), "--format", form, "--json"]
    done = CliRunner().invoke(main, command, catch_exceptions=False)
    assert (done.exit_code, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    differences = found["largest_difference"]
    if form == "code":
        assert list(differences) == ["javascript", "c"]
        assert [language for language in differences if differences[language] is not None] == proof.runners_here()
    assert max(difference for difference in differences.values() if difference is not None) < 1e-5
    assert found["rows"] > found["recorded"] == 32
    return found
