"""deploy/kubeflow/README.md: its links lead somewhere, and its commands are ones that the command line takes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from pipeline.commands.main import main

FILE = Path("deploy/kubeflow/README.md")
TEXT = FILE.read_text()
BLOCKS = "\n".join(re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)).replace("\\\n", " ")
INLINE = re.findall(r"`(turnstile (?:compile|submit) [^`]*--[^`]*)`", TEXT)
COMMANDS = [line.strip() for line in BLOCKS.splitlines() if line.strip().startswith("turnstile ")] + INLINE


def test_links_lead_somewhere():
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", TEXT)]
    assert [link for link in links if link and "://" not in link and not (FILE.parent / link).exists()] == []


def test_it_shows_how_to_compile_and_to_submit():
    assert {tuple(command.split()[1:3]) for command in COMMANDS} >= {("compile", "kubeflow"), ("submit", "kubeflow")}


@pytest.mark.parametrize("line", COMMANDS)
def test_the_command_line_takes_its_commands(line):
    command, words = main, shlex.split(line)[1:]
    while isinstance(command, click.Group):
        command = command.commands[words.pop(0)]
    command.make_context(command.name, words)  # raises for an option, or a value, that there is not


@pytest.mark.parametrize("option", sorted(set(re.findall(r"^\| `(--[a-z-]+)", TEXT, re.MULTILINE))))
def test_the_options_in_its_tables_exist(option):
    known = {
        o
        for group in ("compile", "submit")
        for c in main.commands[group].commands.values()
        for p in c.params
        for o in p.opts
    }
    assert option in known
