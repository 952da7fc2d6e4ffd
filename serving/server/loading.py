"""Loads versions beside those that serve: a load takes seconds, and nothing waits for it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

from serving.releases import integrity
from serving.releases.version_folders import version_folder
from serving.server.servable import Servable
from serving.server.version_states import END, LOADING, States

logger = logging.getLogger("turnstile.serve")

# Versions that load at the same time. Two, so that one that takes long holds up no other; each needs memory and a core.
_AT_ONCE = 2

Files = tuple  # what changes when a model's files do
Version = tuple[str, int]  # a model's name and a version's number


class Loader:
    """What is being loaded, and what could not be. To be used by one thread at a time.

    Args:
        states: told what happens to a version.
        done: called on some thread when a load has ended, either way.
        verify_with: the public key by which a version's signature must hold; None to ask for none.
    """

    def __init__(self, states: States, done: Callable[[], None], verify_with: str | None = None):
        self._states, self._done, self._verify_with = states, done, verify_with
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="load")
        self._loads: dict[Version, Future[Servable | None]] = {}
        self._failed: dict[Version, Files] = {}

    def get(self, name: str, version: int, folder: Path) -> Servable | None:
        """Returns a version that is loaded, once; None while it loads, which the first call begins.

        One that could not be loaded is tried again when its files have changed. `folder` is that of all versions.
        """
        key = name, version
        if key not in self._loads:
            own = version_folder(folder, version)
            files = _fingerprint(own)
            if self._failed.get(key) != files:
                self._begin(key, own, files)
            return None
        return self._loads.pop(key).result() if self._loads[key].done() else None

    def forget(self, wanted: Collection[Version]) -> None:
        """Frees versions that have been loaded, but that nobody wants any more."""
        for key in [key for key, load in self._loads.items() if key not in wanted and load.done()]:
            if servable := self._loads.pop(key).result():
                servable.model.close()
                self._states.set(*key, END)

    def wait(self) -> bool:
        """Waits for what is loading; returns False if nothing is."""
        loads = list(self._loads.values())
        wait(loads)
        return bool(loads)

    def _begin(self, key: Version, folder: Path, files: Files) -> None:
        self._states.set(*key, LOADING)
        self._loads[key] = self._pool.submit(self._load, key, folder, files)
        self._loads[key].add_done_callback(lambda _: self._done())

    def _load(self, key: Version, folder: Path, files: Files) -> Servable | None:
        started = time.monotonic()
        try:
            integrity.check(folder, self._verify_with)
            servable = Servable(*key, folder)
        except Exception as error:
            self._failed[key] = files
            self._states.set(*key, END, str(error))
            logger.error("%s version %d: %s; what serves goes on serving", *key, error)
            return None
        self._failed.pop(key, None)
        seconds = time.monotonic() - started
        logger.info("%s version %d: loaded in %.1f s, %d warm-up requests", *key, seconds, servable.warmed_up)
        return servable


def _fingerprint(folder: Path) -> Files:
    files = [p for p in folder.rglob("*") if p.is_file()]
    return tuple(sorted((str(p), p.stat().st_size, p.stat().st_mtime_ns) for p in files))
