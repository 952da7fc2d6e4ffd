"""Pushed versions without a model in them, for tests of what is around the model."""

from __future__ import annotations

from pathlib import Path

from serving.releases import digests, release_record, signatures
from serving.releases.state import ReleaseFolder, release_folder
from serving.settings import ServingConfig


def versions(serving_dir: Path, *numbers: int, name: str = "taxi") -> None:
    """Makes folders that look like complete versions."""
    for number in numbers:
        folder = serving_dir / name / str(number)
        (folder / "variables").mkdir(parents=True)
        (folder / "saved_model.pb").write_bytes(b"graph")
        (folder / "variables" / "variables.index").write_bytes(b"index")


def sealed(version: Path, private_key: Path | None = None) -> None:
    """Gives a version its digests, and its signature if there is a key, as Pusher does."""
    release_record.write(version, {"run_id": "made", digests.KEY: digests.of(version)})
    if private_key:
        signatures.sign(version, str(private_key))


def taxi(serving_dir: Path, reload_seconds: float = 0.0, name: str = "taxi") -> ReleaseFolder:
    """Where the releases of such versions are; by default the server takes no time to notice a change."""
    return release_folder(ServingConfig(dir=str(serving_dir), reload_seconds=reload_seconds), name)
