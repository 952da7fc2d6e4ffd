"""Request logs and outcomes made for tests, as `turnstile split --log` and its users write them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from serving.rows import request_log
from serving.rows.request_log import Logged, Writer


def asked(key: Any, arm: str | None, outputs: dict[str, Any] | None = None, **others: Any) -> Logged:
    """A row of a log: its key, its arm, and what was answered."""
    given = {"time": request_log.now(), "model": "taxi", "version": 7, "label": arm, "inputs": {}} | others
    return Logged(arm=arm, key=key, outputs=outputs or {}, **given)


def log(path: Path, rows: Iterable[Logged]) -> Path:
    """Adds rows to a log; returns its path."""
    writer = Writer(path)
    writer.write(rows)
    writer.close()
    return path


def outcomes(path: Path, rows: Iterable[dict[str, Any]]) -> str:
    """Writes rows as JSON lines; returns the path as a command gets it."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)
