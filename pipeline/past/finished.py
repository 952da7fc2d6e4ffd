"""Which spans of a pipeline's data have a run that came to its end: told from the records of the runs."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from serving.releases import release_record
from turnstile import span_pattern
from turnstile.outcomes import FAILED
from turnstile.span_pattern import Span


def finished(root: Path) -> dict[Span, dict[str, Any]]:
    """Returns the record of the latest finished run of each span.

    A run is finished if every gate that it came to has spoken: also one that a gate stopped or refused. A run that was
    killed has no record, and one that failed for another reason than a gate is to be made again.

    Args:
        root: the pipeline's folder, as pipeline.run.folder.root returns it.
    """
    found: dict[Span, dict[str, Any]] = {}
    for file in sorted((root / "runs").glob(f"*/{release_record.FILE.name}"), key=lambda file: file.stat().st_mtime_ns):
        record = release_record.read_file(file)
        span = span_of(record)
        if span is not None and record.get("outcome", FAILED) != FAILED:
            found[span] = record
    return found


def span_of(record: Mapping[str, Any]) -> Span | None:
    """Returns the newest span that a run read; None of data without spans.

    A run that ExampleGen stopped has read nothing: then it is the span that the run was asked for, if it was.
    """
    data, settings = record.get("data") or {}, (record.get("config") or {}).get("data") or {}
    path = str(data.get("path") or "")
    if span_pattern.is_pattern(path) and "span" in data:
        return span_pattern.of_number(path, int(data["span"]))
    asked = settings.get("span")
    return datetime.date.fromisoformat(asked) if isinstance(asked, str) else asked
