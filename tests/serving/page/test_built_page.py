"""The page that is shipped is what its sources give; users need no Node."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

PAGE, RUNNERS, TEMPLATES = Path("serving/page"), Path("serving/plain/runners/js"), Path("turnstile/templates")
BUILT = PAGE / "built" / "page.html"


def test_it_was_built_of_these_sources():
    sources = [PAGE / "build.mjs", PAGE / "package-lock.json"]
    sources += [file for folder in (PAGE / "src", RUNNERS, TEMPLATES) for file in sorted(folder.iterdir())]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in sources)).hexdigest()
    assert BUILT.read_text().endswith(f"<!-- {digest} -->\n"), "build it again: make page"


def test_the_lock_says_what_to_install_and_not_from_where():
    lock = (PAGE / "package-lock.json").read_text()
    assert '"integrity": "sha512-' in lock
    assert '"resolved"' not in lock


@pytest.mark.browser
def test_building_it_again_changes_nothing(tmp_path):
    if not shutil.which("npm"):
        pytest.skip("npm is not installed; on Debian or Ubuntu: sudo apt install npm")
    for folder in (PAGE, RUNNERS, TEMPLATES):
        shutil.copytree(folder, tmp_path / folder, ignore=shutil.ignore_patterns("node_modules"))
    for command in (["npm", "ci", "--no-audit", "--no-fund"], ["npm", "run", "build"]):
        subprocess.run(command, cwd=tmp_path / PAGE, check=True, capture_output=True, timeout=300)
    assert (tmp_path / BUILT).read_bytes() == BUILT.read_bytes()
