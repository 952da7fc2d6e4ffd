"""Where a task's container finds files: in the image, or on the volumes that are mounted into it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from pipeline.config import Config
from turnstile.errors import UsageError

SERVING_CLAIM = "serving-model"  # deploy/kubeflow/volume.yaml makes it
_WORKDIR = Path("/app")  # of the image
_VOLUME = re.compile(r"([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?):(/.+)")


def volumes(texts: Iterable[str]) -> dict[str, str]:
    """Reads CLAIM:/PATH texts: returns persistent volume claims by the path each is mounted at.

    Raises:
        UsageError: a text is malformed, or a path has two claims.
    """
    found: dict[str, str] = {}
    for text in texts:
        match = _VOLUME.fullmatch(text)
        if not match:
            raise UsageError(
                f"--volume: expected CLAIM:/PATH, which are a persistent volume claim and a folder; got '{text}'"
            )
        claim, path = match[1], str(Path(match[2]))
        if path in found:
            raise UsageError(f"--volume: {found[path]} and {claim} cannot both be mounted at {path}")
        found[path] = claim
    return found


def with_serving(config: Config, mounted: Mapping[str, str]) -> dict[str, str]:
    """Returns the volumes, and one for what is pushed if it is on none of them: in the container, it would be lost.

    Args:
        config: says where models are pushed to.
        mounted: persistent volume claims by the path each is mounted at.
    """
    folder = _WORKDIR / config.serving.dir
    if config.serving.vertex or any(folder.is_relative_to(path) for path in mounted):
        return dict(mounted)
    return {**mounted, str(folder): SERVING_CLAIM}
