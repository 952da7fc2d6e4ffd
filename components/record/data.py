"""What a model was trained on and judged by: the path, the files, the span, and the rows of each split."""

from __future__ import annotations

import dataclasses
import datetime
import json
from typing import Any

from components.distributions import read_split
from components.example_gen import input_record
from components.example_gen.settings import LEFT_OUT
from components.example_gen.spans_read import SPANS
from components.record.facts import Facts, Places
from turnstile import span_pattern
from turnstile.places import Place

_SPLITS = ("train", "eval")
_NAMED = 100  # files that a record names: enough for most data, and few enough to read


def of(places: Places, facts: Facts) -> dict[str, Any]:
    """Returns what is known of the data."""
    return {"path": facts.data_path, **_rows(places.statistics), **_input(facts), **_files(places.examples)}


def splits(folder: Place | None) -> dict[str, Place]:
    """Returns the folder of each split of an artifact, by its name; none of an artifact that is not there."""
    found = {split: folder / f"Split-{split}" for split in _SPLITS} if folder else {}
    return {split: path for split, path in found.items() if path.exists()}


def _rows(statistics: Place | None) -> dict[str, Any]:
    counts = {}
    for split, folder in splits(statistics).items():
        counts[split] = read_split(folder).datasets[0].num_examples
    return {"rows": counts} if counts else {}


def _input(facts: Facts) -> dict[str, Any]:
    """What ExampleGen says of the input: its number of files, size and content, the span, and its day if it is one."""
    found = facts.examples
    if not found:
        return {}
    spans = [{**each, **_date(facts, each["span"])} for each in json.loads(found.get(SPANS, "[]"))]
    return {
        "fingerprint": found.get("input_fingerprint", ""),
        "span": found.get("span", 0),
        **_date(facts, found.get("span", 0)),
        **({"spans": spans} if spans else {}),
        **({"version": found["version"]} if "version" in found else {}),
        **({"rows_without_label": found[LEFT_OUT]} if LEFT_OUT in found else {}),
    }


def _date(facts: Facts, number: int) -> dict[str, str]:
    """The day that a span is, if it is one."""
    span = span_pattern.of_number(facts.data_path, number)
    return {"date": span.isoformat()} if isinstance(span, datetime.date) else {}


def _files(examples: Place | None) -> dict[str, Any]:
    """The files that were read, the first of them with their digests; all of them are beside the examples."""
    files = input_record.read(str(examples)) if examples else []
    named = [dataclasses.asdict(file) for file in files[:_NAMED]]
    return {"files": named, "file_count": len(files)} if files else {}
