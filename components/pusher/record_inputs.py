"""What the record of a pushed version is made from, as Pusher's inputs have it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from tfx import types
from tfx.types import artifact_utils

from components.example_gen.settings import LEFT_OUT
from components.example_gen.spans_read import SPANS
from components.record.facts import Places
from turnstile.places import place


def places(inputs: dict[str, list[types.Artifact]], staged: Path) -> Places:
    """Where what the record is made from is; any input may be absent."""
    known = {field.name for field in dataclasses.fields(Places)}
    there = {
        name: place(artifact_utils.get_single_uri(found)) for name, found in inputs.items() if name in known and found
    }
    return Places(**there | {"model": staged})


def properties(examples: list[types.Artifact]) -> dict[str, Any]:
    """What ExampleGen says of the examples."""
    if not examples:
        return {}
    (artifact,) = examples
    numbers = [name for name in ("span", "version", LEFT_OUT) if artifact.has_custom_property(name)]
    texts = ["input_fingerprint", *([SPANS] if artifact.has_custom_property(SPANS) else [])]
    return {
        **{name: artifact.get_string_custom_property(name) for name in texts},
        **{name: artifact.get_int_custom_property(name) for name in numbers},
    }
