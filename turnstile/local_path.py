"""A path on this machine, and not the address of an object store, for which Path would make a folder called "gs:"."""

from __future__ import annotations

from typing import Annotated

from turnstile.section import without


def fault(path: str) -> str:
    """Says why a text is no path on this machine; "" if it is one."""
    if "://" not in path:
        return ""
    folder = f"; on Vertex AI that is /gcs/{path.removeprefix('gs://')}" if path.startswith("gs://") else ""
    return (
        f"'{path}' is the address of an object store, where only data can be, and artifacts (pipeline_root); expected "
        f"a path on this machine. Mount the bucket, and write the path that it has here{folder}"
    )


LocalPath = Annotated[str, without(fault)]
