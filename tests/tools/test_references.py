"""The generated pages are current, and each key of a config says in a whole sentence what it is for."""

from pathlib import Path

import pytest

from tests.english import faults
from tools import command_reference, config_reference, record_reference

_LONGEST = 170


@pytest.mark.parametrize(
    "reference", [command_reference, config_reference, record_reference], ids=lambda module: module.__name__
)
def test_the_page_is_current(reference):
    assert reference.page() == reference.PAGE.read_text(), "write it again: make docs"


KEYS = [
    (section, name, field)
    for section in dict.fromkeys(config_reference.tables())
    for name, field in config_reference.described(section).items()
]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key[0].__name__}.{key[1]}")
def test_every_key_says_what_it_is_for(key):
    assert faults(key[2].description, longest=_LONGEST) == []


def test_every_command_and_option_is_on_the_page():
    page = Path(command_reference.PAGE).read_text()
    for name, command in command_reference.commands():
        section = page.split(f"\n## `{name}`\n")[1].split("\n## ")[0]
        options = [option for parameter in command.params for option in parameter.opts if option.startswith("-")]
        assert [option for option in options if f"`{option}`" not in section] == []
