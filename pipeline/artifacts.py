"""Where the artifacts of a pipeline's runs are: in its folder, or in a place of their own, such as an object store."""

from __future__ import annotations

import os
import re
import socket
import uuid
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from turnstile.places import IN_STORE, Place, is_address, place
from turnstile.section import without
from turnstile.store_path import StorePath

if TYPE_CHECKING:
    from pipeline.config import Config

_ADDRESS = re.compile(f"gs://{IN_STORE}")
# The object beside the artifacts in a store that says whose they are.
_OWNER = "made_by.txt"
# The file in a pipeline's folder that holds the name of its artifacts' folder below pipeline_root.
_NAME = ".artifacts"


def _fault(root: str) -> str:
    if not is_address(root) or _ADDRESS.fullmatch(root):
        return ""
    return (
        f"'{root}' is no address that artifacts can be written to; expected gs://BUCKET/PATH, or a path on this machine"
    )


PipelineRoot = Annotated[str, without(_fault)]


def own_folder(config: Config) -> Path:
    """Returns the absolute path of the pipeline's folder, in which all else is that its runs make."""
    return _absolute(config.output) / config.name


def _absolute(path: str) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - a link in it stays a link


def root(config: Config) -> Place:
    """Returns the folder of the artifacts of a config's runs.

    TFX names the folder of an artifact by a number that ML Metadata gives, and each output folder has metadata of its
    own. So in a place that several output folders may share, each has a folder with a name that no other has.
    """
    own, shared = own_folder(config), config.pipeline_root
    if shared is None:
        return own
    folder = place(shared) if is_address(shared) else _absolute(shared)
    return folder / config.name / _own_name(own / _NAME)


def check(where: Place, folder: Path) -> None:
    """Writes down in a store whose artifacts it holds, which also shows that it can be written.

    Args:
        where: the folder of the artifacts; nothing is done for one on this machine.
        folder: the pipeline's folder.

    Raises:
        StoreError: it cannot be written. TensorFlow and Beam would try for many minutes, and say less.
    """
    if isinstance(where, StorePath):
        (where / _OWNER).write_text(f"{socket.gethostname()}:{folder.resolve()}\n")


def _own_name(file: Path) -> str:
    """Returns the name in a file, which is made the first time; two processes that make it get the same."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        name = uuid.uuid4().hex
        aside = file.with_name(f"{_NAME}.{name}")
        aside.write_text(name)
        with suppress(FileExistsError):
            file.hardlink_to(aside)  # at once with what it holds; and never in the place of one that is there
        aside.unlink()
    return file.read_text()
