"""What the page carries: the model as plain code's numbers, the form, and recorded rows with the version's answers."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from serving.explain import background
from serving.explain.settings import Settings
from serving.model.saved_model import SavedModel
from serving.page.fields import fields
from serving.plain import proof
from serving.plain.content import columns_of, content
from serving.releases import release_record
from turnstile import null_values
from turnstile.csv_dialect import Dialect
from turnstile.labels import BinaryLabel, Label, RatioAboveLabel


def contents(version: Path, rows: str | None = None) -> dict[str, Any]:
    """Returns what the page carries, as plain values.

    Args:
        version: the folder of the version.
        rows: a file of rows to begin with and to compare others with; None for those that the version carries.

    Raises:
        UsageError: the version cannot be exported as plain code, or has no rows, or the file cannot be read.
    """
    columns, model, record = columns_of(version), SavedModel(version), release_record.read(version)
    try:
        _, dtypes, before, after = content(columns, version, model)
        recorded = _recorded(version, rows, dtypes, before["columns"], record["config"])
        answers = proof.raw_answers(model, before["columns"], recorded)
    finally:
        model.close()
    card = record["config"].get("card") or {}
    return {
        "name": record["pipeline"],
        "version": version.name,
        "time": record.get("time"),
        "use": card.get("intended_use", ""),
        "notFor": card.get("not_for", ""),
        "caveats": card.get("caveats", []),
        "label": _in_words(columns.label),
        "csv": _csv(record["config"]),
        "fields": fields(before, after, recorded),
        "recorded": {"rows": [proof.in_json(row) for row in recorded], "answers": answers},
        "preprocess": before,
        "network": _packed(after),
    }


def _recorded(
    version: Path, rows: str | None, dtypes: Mapping[str, str], columns: Sequence[Mapping[str, str]], config: Mapping
) -> list[dict[str, Any]]:
    if rows is None:
        found = background.recorded(version, dtypes)
    else:
        dialect, missing = _written(config)
        found = background.of_file(rows, dtypes, Settings.compared, missing, dialect)
    return proof.rows_of(columns, found)


def _written(config: Mapping[str, Any]) -> tuple[Dialect, tuple[str, ...]]:
    """Returns how CSV files are written, and which text is missing; the record of an older release may not say."""
    data = config.get("data") or {}
    said = {key: data[key] for key in ("separator", "decimal", "compression") if key in data}
    return Dialect(**said), tuple(data.get("null_values", ()))


def _csv(config: Mapping[str, Any]) -> dict[str, Any]:
    """How CSV files are read, as `turnstile predict` reads them."""
    dialect, missing = _written(config)
    return {
        "separator": dialect.separator,
        "decimal": dialect.decimal,
        "missing": ["", *missing],
        "words": list(null_values.WORDS),
    }


def _in_words(label: Label) -> str:
    """Returns what the answer is about: of two values, when the label is 1."""
    if isinstance(label, RatioAboveLabel):
        return f"{label.numerator} is more than {label.threshold:g} times {label.denominator}"
    if not isinstance(label, BinaryLabel):
        return label.column
    if label.above is not None or label.below is not None:
        side, bound = ("above", label.above) if label.above is not None else ("below", label.below)
        return f"{label.column} is {side} {bound:g}"
    return f"{label.column} is {1 if label.positive is None else label.positive}"


def _packed(value: Any) -> Any:
    """Returns network.json with its tensors as float32 in base64, which is half as long."""
    if isinstance(value, list):
        return [_packed(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"shape", "values"}:
        numbers = np.array(value["values"], "<f4").tobytes()
        return {"shape": value["shape"], "base64": base64.b64encode(numbers).decode()}
    return {name: _packed(each) for name, each in value.items()}
