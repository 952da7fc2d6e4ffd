"""What differs between two runs: their code, stack, data and config."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.report.record import Record


def context(record: Record, other: Record) -> dict[str, Any]:
    """Returns each value that differs, by the names of the record and of the config."""
    a, b = (dict(_values(each)) for each in (record, other))
    names = [name for name in {**a, **b} if a.get(name) != b.get(name)]
    return {
        "rows": [{"name": name, "this": _shown(a.get(name)), "other": _shown(b.get(name))} for name in names],
        "same_data": record.data.get("fingerprint") == other.data.get("fingerprint"),
    }


def _values(record: Record) -> Iterator[tuple[str, Any]]:
    """Every value to compare; what two runs never share, such as their names, is left out."""
    compared = {"code": record.code, "versions": record.versions, "data": record.data, "config": record.config}
    for section, value in compared.items():
        yield from _leaves(section, value)


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _leaves(f"{name}.{key}", each)
    else:
        yield name, value


def _shown(value: Any) -> str | None:
    return None if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
