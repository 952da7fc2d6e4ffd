"""Writes keys and values as TOML (version 1.0), and the line of a config that makes a feature of a column."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_key(name: str) -> str:
    """Returns a column's name as a key in TOML: in quotes where it has a blank, a dot or another sign in it."""
    return name if _BARE.fullmatch(name) else toml_value(name)


def toml_value(thing: Any) -> str:
    """Returns a string, a number, a boolean, a list or a table, on one line."""
    if isinstance(thing, Mapping):
        return f"{{ {', '.join(f'{toml_key(name)} = {toml_value(inner)}' for name, inner in thing.items())} }}"
    if isinstance(thing, list | tuple):
        return f"[{', '.join(map(toml_value, thing))}]"
    # JSON's strings, numbers and booleans are TOML's, but for one sign that TOML wants escaped.
    return json.dumps(thing, ensure_ascii=False).replace("\x7f", "\\u007f")


def feature_line(name: str, kind: str, **parameters: str | int) -> str:
    """Returns the line under [features] that makes a feature of a column, such as: x = { kind = "time" }."""
    return f"{toml_key(name)} = {toml_value({'kind': kind, **parameters})}"
