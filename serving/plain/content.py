"""What plain code is made of: the content of preprocess.json and network.json, read out of a version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from serving.client.base import ModelSpec, raw_signature
from serving.model.saved_model import SavedModel
from serving.plain.learned import Learned
from serving.plain.network import network
from serving.plain.preprocess import preprocess
from serving.releases import release_record
from turnstile.errors import UsageError
from turnstile.model_inputs import Columns

_NEEDED = "Export a version that `turnstile run` has pushed with its record"


class Content(NamedTuple):
    """What is read out of a version.

    Attributes:
        columns: its features and its label.
        dtypes: of each input of `raw`, by its alias.
        preprocess, network: the content of the two files.
    """

    columns: Columns
    dtypes: Mapping[str, str]
    preprocess: dict[str, Any]
    network: dict[str, Any]


def content(columns: Columns, version: Path, model: SavedModel) -> Content:
    """Reads a version.

    Args:
        columns: its features and its label.
        version: its folder.
        model: the SavedModel in that folder.

    Raises:
        UsageError: the version cannot be exported as plain code.
    """
    learned, dtypes = Learned(model), raw_signature(model.signatures, ModelSpec(version.name)).inputs
    before = preprocess(columns, learned, dtypes, version / "assets")
    return Content(columns, dtypes, before, network(columns, learned))


def write_json(file: Path, content: Any) -> None:
    """Writes a file as short as JSON can be."""
    file.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def columns_of(version: Path) -> Columns:
    """Returns the features and the label of a version, which its record has.

    Raises:
        UsageError: it has no record, or one without a config that this release knows.
    """
    config = release_record.read(version).get("config") or {}
    if not config:
        raise UsageError(f"{version / release_record.FILE}: has no config, which says what the columns are. {_NEEDED}")
    try:
        return Columns.model_validate({key: config.get(key) for key in ("features", "label")})
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise UsageError(
            f"{version / release_record.FILE}: this release of Turnstile does not know what it says of {where}. "
            f"{_NEEDED}"
        ) from error
