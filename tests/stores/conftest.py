"""One server of each store for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stores.servers import Amazon, Google, Server
from turnstile import stores


@pytest.fixture(scope="session", params=[Amazon, Google], ids=["s3", "gs"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    found = request.param(tmp_path_factory.mktemp("store"))
    yield found
    found.end()


@pytest.fixture
def store(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that this process is told of."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    stores.file_system.cache_clear()
    yield server
    stores.file_system.cache_clear()
