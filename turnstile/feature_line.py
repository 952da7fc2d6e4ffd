"""Writes a line of a config that makes a feature of a column, as messages propose it."""

from __future__ import annotations

import json
import re

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_key(name: str) -> str:
    """Returns a column's name as a key in TOML: in quotes where it has a blank, a dot or another sign in it."""
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def feature_line(name: str, kind: str, **parameters: str | int) -> str:
    """Returns the line under [features] that makes a feature of a column, such as: x = { kind = "time" }."""
    keys = {"kind": kind, **parameters}
    values = ", ".join(f"{key} = {json.dumps(value)}" for key, value in keys.items())
    return f"{toml_key(name)} = {{ {values} }}"
