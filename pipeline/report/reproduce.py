"""The section on how to make the run again: the commands, the code, the stack and the whole config."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

import tomlkit

from pipeline.report.record import Record
from turnstile import span_pattern


def context(record: Record) -> dict[str, Any]:
    """Returns the commands to type, and the config as TOML."""
    file = f"{record.pipeline}-{record.run_id}.toml"
    words = ["turnstile", "run", "--config", file]
    path = str(record.data.get("path", ""))
    span = record.data.get("date", record.data.get("span"))
    if span_pattern.is_pattern(path) and span is not None:
        words += ["--span", str(span)]
    commit = record.code.get("commit")
    return {
        "commands": [*([f"git checkout {shlex.quote(str(commit))}"] if commit else []), "make", shlex.join(words)],
        "file": file,
        "dirty": record.code.get("dirty"),
        "commit": commit,
        "versions": record.versions,
        "config": tomlkit.dumps(_without_nulls(record.config)) if record.config else None,
        "data": record.data,
    }


def _without_nulls(value: Any) -> Any:
    """TOML knows no null; a key that is not there means the same."""
    if isinstance(value, Mapping):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value
