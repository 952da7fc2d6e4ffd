"""The documents say what is there: the tree, the commands, the links, the default versions, the tutorial's data."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import config_file
from pipeline.commands.main import main
from turnstile.gates import GATES

README = Path("README.md").read_text()
DOCUMENTS = [Path("README.md"), Path("CONTRIBUTING.md"), *Path("docs").rglob("*.md")]


def tree():
    block = README.split("## What is where")[1].split("```")[1]
    return {line.split()[0].rstrip("/") for line in block.strip().splitlines()}


def test_the_tree_names_every_tracked_top_level_entry():
    tracked = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True).stdout.split("\n")
    entries = {path.split("/")[0] for path in tracked if path and not path.startswith(".")} - {"LICENSE"}
    assert entries == tree()


def command_of(words):
    """The command that a line names, and the words after its name."""
    command, rest = main, list(words[1:])
    while hasattr(command, "commands") and rest:
        assert rest[0] in command.commands, f"no such command: {' '.join(words)}"
        command = command.commands[rest.pop(0)]
    return command, rest


def in_blocks(document):
    """The `turnstile` lines of a page's shell blocks, each as words."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```$", document.read_text(), re.DOTALL | re.MULTILINE)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))[:1] == ["turnstile"]]


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_command_lines_are_ones_that_the_command_takes(document):
    for words in in_blocks(document):
        command, rest = command_of(words)
        command.make_context(command.name, rest)  # raises for an unknown option, a wrong value, or what is left out


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_commands_and_options_in_the_text_exist(document):
    for code in re.findall(r"`(turnstile [a-z][^`]*)`", document.read_text()):
        command, rest = command_of(code.split())
        known = {"--help", *(option for p in command.params for option in (*p.opts, *p.secondary_opts))}
        assert [word for word in rest if word.startswith("-") and word not in known] == [], code


def test_the_page_on_results_has_every_gate_with_its_exit_code():
    page = Path("docs/results.md").read_text()
    told = re.findall(r"^\| (\w+) \| [^|]+\? \| (\d+) \|", page, re.MULTILINE)
    assert told == [(gate.id, str(gate.exit_code)) for gate in (GATES[name] for name, _ in told)]
    assert {name for name, _ in told} == set(GATES)


def test_the_index_lists_every_page():
    pages = {page.name for page in Path("docs").glob("*.md")} - {"index.md"}
    assert set(re.findall(r"\]\(([a-z-]+\.md)\)", Path("docs/index.md").read_text())) == pages


def test_the_tutorials_data_and_config_fit_each_other(tmp_path):
    """What is shown of the data is what the script makes, and the config that is shown can be run on it."""
    tutorial, data = Path("docs/tutorial.md").read_text(), tmp_path / "january.csv"
    script = subprocess.run([sys.executable, "docs/parcels.py", "january"], capture_output=True, text=True, check=True)
    data.write_text(script.stdout)
    assert script.stdout.startswith(re.search(r"^parcel_id,.*?(?=```)", tutorial, re.DOTALL | re.MULTILINE)[0])
    config = tmp_path / "parcels.toml"
    config.write_text(re.search(r"```toml\n(.*?)```", tutorial, re.DOTALL)[1])
    assert config_file.load(config, data__path=str(data)).name == "parcels"


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_links_lead_somewhere(document):
    links = re.findall(r"\]\(([^)#]+)\)", document.read_text())
    assert [link for link in links if "://" not in link and not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_source_files_that_are_named_are_there(document):
    named = re.findall(
        r"`((?:pipeline|components|serving|turnstile|tests|tools|benchmarks)/[\w./-]+)", document.read_text()
    )
    assert [path for path in named if not Path(path).exists()] == []


def test_the_makefile_helps_with_every_target():
    makefile = Path("Makefile").read_text()
    phony = set(re.search(r"\.PHONY: (.*)", makefile)[1].split())
    assert phony == set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))


@pytest.mark.parametrize("distribution", ["tfx", "apache-beam", "tensorflow"])
def test_the_support_table_has_the_locked_versions(distribution):
    locked = re.findall(rf"^{distribution}==([\d.]+)", Path("requirements.lock").read_text(), re.MULTILINE)
    page = Path("docs/install.md").read_text()
    assert len(locked) == 2
    assert [version for version in locked if version not in page] == []


def test_files_stay_readable():
    """The house rule: files of about 250 lines at the most."""
    ours = [p for folder in ("turnstile", "serving", "components", "pipeline") for p in Path(folder).rglob("*.py")]
    assert [(str(p), n) for p in ours if (n := len(p.read_text().splitlines())) > 250] == []
