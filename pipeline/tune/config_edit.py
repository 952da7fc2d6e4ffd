"""Puts values under [training] of a config's text, and leaves all else in it as it is."""

from __future__ import annotations

import difflib
import tomllib
from typing import Any

import tomlkit

from turnstile.errors import UsageError


def edited(text: str, values: dict[str, Any]) -> str:
    """Returns the text of a config with other values under [training]; comments and layout stay.

    Args:
        text: the config, which is valid.
        values: the values by key.

    Raises:
        UsageError: the text is written in a way that cannot be edited.
    """
    expected = tomllib.loads(text)
    if "training" not in expected:
        text = f"{text.rstrip()}\n\n[training]\n"
    document = tomlkit.parse(text)
    training: Any = document["training"]
    # What stands at the end of a table belongs to the next one: tomlkit would put new keys between the two.
    body: list[Any] = training.value.body
    after: list[Any] = []
    while body and body[-1][0] is None:
        after.insert(0, body.pop())
    training.update(values)
    body.extend(after)
    found = tomlkit.dumps(document)
    if tomllib.loads(found) != expected | {"training": expected.get("training", {}) | values}:
        raise UsageError(f"[training] cannot be edited as it is written; write into it by hand: {values}")
    return found.replace("\r\n", "\n").replace("\n", "\r\n") if "\r\n" in text else found


def diff(before: str, after: str, name: str) -> str:
    """Returns the changes of a file as a unified diff; empty if there are none."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), name, name, lineterm="")
    return "\n".join(lines)
