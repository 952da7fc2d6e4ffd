"""Watches models.config and the folders of the versions: a change takes effect by itself."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from serving.model.request_error import UNAVAILABLE, RequestError
from serving.server.manager import Manager, Routes
from serving.server.target_versions import check

logger = logging.getLogger("turnstile.serve")


class Watcher:
    """Applies the config that is there, again and again: a changed file or a new version takes effect by itself.

    Args:
        manager: what to apply it to.
        read: returns the ModelServerConfig of this moment; raises ValueError or OSError when it cannot.
        beside: the folder where models are looked for by name if a base_path is not on this machine.
        seconds: between looks.
    """

    def __init__(self, manager: Manager, read: Callable[[], Any], beside: Path, seconds: float):
        self._manager, self._read, self._beside, self._seconds = manager, read, beside, seconds
        self._override: tuple[Any, Any] | None = None  # what was read when a reload was asked for, and what it gave
        self._complaint = ""
        self._looking = threading.Lock()

    def look(self, wait: bool = False) -> None:
        """Applies what is there now; says once what is wrong with it and goes on with what was there before.

        Args:
            wait: return only when everything has been loaded or has failed.
        """
        try:
            with self._looking:
                config = self._read()
                if self._override and config != self._override[0]:
                    self._override = None
                self._manager.apply(self._override[1] if self._override else config, self._beside, wait)
            self._complaint = ""
        except (ValueError, OSError, RequestError) as error:
            if str(error) != self._complaint:
                logger.error("%s; what serves goes on serving", error)
            self._complaint = str(error)

    def reload(self, config: Any) -> None:
        """Applies a config that a client sent; it holds until the file changes.

        Raises:
            RequestError: the config is refused, a model of it has no version that can be loaded, or the file that it
            replaces cannot be read.
        """
        check(config)
        try:
            with self._looking:
                self._override = (self._read(), config)
                self._manager.apply(config, self._beside, wait=True)
        except (ValueError, OSError) as error:
            raise RequestError(UNAVAILABLE, str(error)) from error
        loaded = self._manager.models()
        missing = [m.name for m in config.model_config_list.config if not loaded.get(m.name, Routes()).versions]
        if missing:
            raise RequestError(UNAVAILABLE, f"Some models did not become available: {{{', '.join(missing)}}}")

    async def forever(self, stop: asyncio.Event) -> None:
        """Looks every few moments, and when something has been loaded, until `stop` is set."""
        stopping = asyncio.create_task(stop.wait())
        while not stop.is_set():
            self._manager.loaded.clear()
            await asyncio.to_thread(self.look)
            loaded = asyncio.create_task(self._manager.loaded.wait())
            await asyncio.wait({stopping, loaded}, timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED)
            loaded.cancel()
