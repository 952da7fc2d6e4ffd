"""Fills the built page, serving/page/built/page.html, with a version."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from serving.page.contents import contents

# Whom the page may ask if it is opened with ?server=: where it comes from, and this machine.
_ALLOWED = ("'self'", "http://127.0.0.1:*", "http://localhost:*")


def html(version: Path, rows: str | None = None, servers: Sequence[str] = ()) -> str:
    """Returns the page of a version.

    Args:
        version: the folder of the version.
        rows: a file of rows to begin with and to compare others with; None for those that the version carries.
        servers: addresses of further servers that the page may ask.

    Raises:
        UsageError: see contents.
    """
    return filled(contents(version, rows), servers)


def filled(carried: Mapping[str, Any], servers: Sequence[str] = ()) -> str:
    """Returns the page that carries something; see contents.contents."""
    text = json.dumps(carried, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    page = resources.files("serving.page").joinpath("built", "page.html").read_text(encoding="utf-8")
    page = page.replace("%CONNECT%", " ".join([*_ALLOWED, *servers]), 1)
    return page.replace("%CONTENTS%", text.replace("<", "\\u003c"), 1)
