"""Loads and drops versions: the new one is ready before the old one goes, and no request falls between them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serving.model.request_error import INVALID_ARGUMENT, NOT_FOUND, RequestError
from serving.server.batching import BatchingOptions
from serving.server.loading import Loader
from serving.server.servable import Servable
from serving.server.target_versions import TargetVersions, check, target_versions
from serving.server.version_states import AVAILABLE, END, UNLOADING, States, Status

logger = logging.getLogger("turnstile.serve")


@dataclass(frozen=True)
class Routes:
    """Where a model's requests go: loaded versions, and the version each label points to, be it loaded or not."""

    versions: dict[int, Servable] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)


class Manager:
    """What is loaded, and what a request is for.

    `apply` runs on one worker thread at a time; `find` and `statuses` are for the event loop's thread, where the routes
    change in one step.

    Args:
        options: how the requests of every model are batched.
        loop: the event loop that answers requests.
        verify_with: the public key by which a version's signature must hold; None to ask for none.
    """

    def __init__(self, options: BatchingOptions, loop: asyncio.AbstractEventLoop, verify_with: str | None = None):
        self._options, self._loop = options, loop
        self._routes: dict[str, Routes] = {}
        self._states = States()
        self.loaded = asyncio.Event()  # set when a load has ended: `apply` then has something to do
        self._loader = Loader(self._states, self._tell_loaded, verify_with)
        self._applying = threading.Lock()

    def _tell_loaded(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self.loaded.set)

    def find(self, name: str, version: int | None = None, label: str = "") -> Servable:
        """Returns the servable a request is for; without version and label, that of the highest number.

        Raises:
            RequestError: there is none.
        """
        if not name:
            raise RequestError(INVALID_ARGUMENT, "ModelSpec has no name specified.")
        routes = self._routes.get(name, Routes())
        if label:
            version = routes.labels.get(label)
            if version is None:
                raise RequestError(INVALID_ARGUMENT, f"Unrecognized servable version label: {label}")
        number = max(routes.versions, default=None) if version is None else version
        found = routes.versions.get(number) if number is not None else None
        if found is None:
            which = f"Latest({name})" if version is None else f"Specific({name}, {version})"
            raise RequestError(NOT_FOUND, f"Servable not found for request: {which}")
        return found

    def statuses(self, name: str, version: int | None = None, label: str = "") -> dict[int, Status]:
        """Returns the states of a model's versions, or of the one that is asked for.

        Raises:
            RequestError: nothing is known of it.
        """
        if label:
            version = self.find(name, label=label).version
        known = self._states.of(name)
        if version is None and not known:
            raise RequestError(NOT_FOUND, f"Could not find any versions of model {name}")
        if version is not None and version not in known:
            raise RequestError(NOT_FOUND, f"Could not find version {version} of model {name}")
        return {n: status for n, status in sorted(known.items()) if version in (None, n)}

    def models(self) -> dict[str, Routes]:
        """Returns the routes of every model."""
        return dict(self._routes)

    def pending(self) -> int:
        """Requests that have no answer yet, over all models."""
        return sum(s.pending for routes in self._routes.values() for s in routes.versions.values())

    def apply(self, config: Any, beside: Path, wait: bool = False) -> None:
        """Begins to load what a config wants, routes requests to what is loaded, and drops what is not wanted any more.

        A label moves when its version is loaded, whatever else is still loading. A version that cannot be loaded is
        left out, and its model goes on with what it has.

        Args:
            config: a ModelServerConfig.
            beside: the folder where models are looked for by name if a base_path is not on this machine.
            wait: return only when everything has been loaded or has failed.

        Raises:
            RequestError: the config contradicts itself; nothing has changed.
        """
        check(config)
        with self._applying:
            self._apply_all(target_versions(config, beside), beside)
            while wait and self._loader.wait():
                self._apply_all(target_versions(config, beside), beside)

    def _apply_all(self, models: dict[str, TargetVersions], beside: Path) -> None:
        for name in [*models, *(set(self._routes) - set(models))]:
            self._apply(name, models.get(name, TargetVersions(beside, (), {})))
        self._loader.forget({(name, number) for name, want in models.items() for number in want.versions})

    def _apply(self, name: str, want: TargetVersions) -> None:
        old = self._routes.get(name, Routes())
        found = {n: old.versions.get(n) or self._loader.get(name, n, want.folder) for n in want.versions}
        versions = {number: servable for number, servable in found.items() if servable}
        labels = dict(want.labels)
        for label, number in want.labels.items():
            before = old.labels.get(label)
            if number not in versions and before in old.versions:  # stays where it was, until its version is loaded
                labels[label] = before
                versions[before] = old.versions[before]
        if want.versions and not versions:
            versions = old.versions
        routes = Routes(versions, labels)
        if routes == old:
            return
        asyncio.run_coroutine_threadsafe(self._switch(name, routes), self._loop).result()
        if routes.versions or old.versions:
            self._tell(name, routes)
        for number, servable in old.versions.items():
            if number not in versions:
                self._states.set(name, number, UNLOADING)
                asyncio.run_coroutine_threadsafe(self._drop(servable), self._loop)

    async def _switch(self, name: str, routes: Routes) -> None:
        for number, servable in routes.versions.items():
            servable.start(self._options)
            self._states.set(name, number, AVAILABLE)
        self._routes = {**self._routes, name: routes}

    async def _drop(self, servable: Servable) -> None:
        await servable.drain()
        if self._states.of(servable.name)[servable.version].state == UNLOADING:  # and is not wanted again
            self._states.set(servable.name, servable.version, END)
        logger.info("%s version %d: unloaded", servable.name, servable.version)

    @staticmethod
    def _tell(name: str, routes: Routes) -> None:
        labels = ", ".join(f"{label} = {number}" for label, number in sorted(routes.labels.items()))
        serving = ", ".join(map(str, sorted(routes.versions))) or "nothing"
        logger.info("%s: serving %s%s", name, serving, f"; {labels}" if labels else "")
