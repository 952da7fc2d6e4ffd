"""The curl lines of a document as requests, so that tests can check them, and send them to a server."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from string import Template
from typing import Any, NamedTuple
from urllib.parse import urlsplit


class Call(NamedTuple):
    """One request; `path` is what follows host and port, `body` is absent from GET requests."""

    method: str
    path: str
    body: dict[str, Any] | None


def curl_lines(document: Path, **variables: object) -> list[Call]:
    """Returns the requests of every curl line in a document's ```sh blocks, in their order.

    Args:
        document: a Markdown file.
        variables: what to put for shell variables in URLs, such as VERSION=1795484339 for ${VERSION}.
    """
    blocks = re.findall(r"^```sh\n(.*?)^```", document.read_text(), re.MULTILINE | re.DOTALL)
    commands = [command for block in blocks for command in _commands(block)]
    return [_call(words, variables) for words in commands if words[:1] == ["curl"]]


def _commands(block: str) -> list[list[str]]:
    """Splits a block into commands of words; one goes on over lines while a quote is open."""
    commands, text = [], ""
    for line in block.splitlines(keepends=True):
        text += line
        try:
            commands.append(shlex.split(text, comments=True))
        except ValueError:  # no closing quotation yet
            continue
        text = ""
    assert text == "", f"a quote that is never closed: {text}"
    return commands


def _call(words: list[str], variables: dict[str, object]) -> Call:
    words = words[: words.index("|")] if "|" in words else words
    url = next(word for word in words if word.startswith("http://"))
    data = words[words.index("-d") + 1] if "-d" in words else None
    path = Template(urlsplit(url).path).substitute(variables)
    return Call("GET" if data is None else "POST", path, None if data is None else json.loads(data))
