"""The documents say what is there: the tree, the commands, the links, the exit codes, the default versions."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from pipeline.commands.main import main
from turnstile import errors

README = Path("README.md").read_text()
DOCUMENTS = [Path("README.md"), Path("CONTRIBUTING.md"), *Path("docs").rglob("*.md")]


def tree():
    block = README.split("## What is where")[1].split("```")[1]
    return {line.split()[0].rstrip("/") for line in block.strip().splitlines()}


def test_the_tree_names_every_tracked_top_level_entry():
    tracked = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True).stdout.split("\n")
    entries = {path.split("/")[0] for path in tracked if path and not path.startswith(".")} - {"LICENSE"}
    assert entries == tree()


def commands(group, prefix="turnstile"):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}"


def test_the_readme_lists_every_command_and_no_other():
    assert set(re.findall(r"^\| `(turnstile [a-z -]+)` \|", README, re.MULTILINE)) == set(commands(main))


def test_the_readme_lists_every_option_of_run():
    row = next(line for line in README.splitlines() if line.startswith("| `turnstile run`"))
    options = {option for parameter in main.commands["run"].params for option in parameter.opts}
    assert set(re.findall(r"`(--[a-z-]+)`", row)) == options


def test_the_exit_codes_are_those_of_the_code():
    codes = {0, 1, errors.UsageError.exit_code, errors.MODEL_REFUSED, errors.DataRefusedError.exit_code}
    assert set(map(int, re.findall(r"^\| (\d+) \|", README, re.MULTILINE))) == codes


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_links_lead_somewhere(document):
    links = re.findall(r"\]\(([^)#]+)\)", document.read_text())
    assert [link for link in links if "://" not in link and not (document.parent / link).exists()] == []


def test_the_makefile_helps_with_every_target():
    makefile = Path("Makefile").read_text()
    phony = set(re.search(r"\.PHONY: (.*)", makefile)[1].split())
    assert phony == set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))


@pytest.mark.parametrize("distribution", ["tfx", "apache-beam", "tensorflow"])
def test_the_support_table_has_the_locked_versions(distribution):
    locked = re.findall(rf"^{distribution}==([\d.]+)", Path("requirements.lock").read_text(), re.MULTILINE)
    assert len(locked) == 2
    assert [version for version in locked if version not in README] == []


def test_files_stay_readable():
    """The house rule: files of about 250 lines at the most."""
    ours = [p for folder in ("turnstile", "serving", "components", "pipeline") for p in Path(folder).rglob("*.py")]
    assert [(str(p), n) for p in ours if (n := len(p.read_text().splitlines())) > 250] == []
