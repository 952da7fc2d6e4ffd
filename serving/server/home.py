"""What the local server answers to `GET /`: the page on which a person tries the model."""

from __future__ import annotations

import asyncio
from pathlib import Path

from serving.model.request_error import NOT_FOUND, RequestError
from serving.page.page import html
from serving.server.manager import Manager
from turnstile.errors import UsageError

PATH = "/"


class Home:
    """Makes the page of the version that answers by default, once for each version.

    Args:
        manager: what is loaded.
        name: the model.
    """

    def __init__(self, manager: Manager, name: str):
        self._manager, self._name = manager, name
        self._made: dict[int, bytes] = {}
        self._making = asyncio.Lock()

    async def __call__(self) -> bytes:
        """Returns the page.

        Raises:
            RequestError: no version is loaded, or the page cannot be made of it.
        """
        served = self._manager.find(self._name)
        async with self._making:
            if served.version not in self._made:
                with served.held():
                    self._made = {served.version: await asyncio.to_thread(_page, served.folder)}
            return self._made[served.version]


def _page(folder: Path) -> bytes:
    try:
        return html(folder).encode()
    except UsageError as error:
        raise RequestError(NOT_FOUND, f"There is no page to try this model. {error}") from error
