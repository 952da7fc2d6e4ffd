"""What differs between two runs: their code, stack, data and config."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.report.record import Record


def context(record: Record, other: Record) -> dict[str, Any]:
    """Returns each value that differs, by the names of the record and of the config."""
    a, b = (dict(_values(each)) for each in (record, other))
    # Records of before the config was in them say nothing of it.
    unknown = () if record.config and other.config else ("config.",)
    names = [name for name in {**a, **b} if a.get(name) != b.get(name) and not name.startswith(unknown)]
    return {
        "rows": [{"name": name, "this": _shown(a.get(name)), "other": _shown(b.get(name))} for name in names],
        "configs": not unknown,
        "same_data": record.data.get("fingerprint") == other.data.get("fingerprint"),
    }


def _values(record: Record) -> Iterator[tuple[str, Any]]:
    """Every value to compare; what two runs never share, such as their names, is left out."""
    yield from _leaves("code", record.code)
    yield from _leaves("versions", record.versions)
    yield from _leaves("data", {key: value for key, value in record.data.items() if key != "files"})
    yield from _leaves("config", record.config)


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _leaves(f"{name}.{key}", each)
    else:
        yield name, value


def _shown(value: Any) -> str | None:
    return None if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
