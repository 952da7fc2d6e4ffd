"""One server for all tests that need one; each of them has databases of its own on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.database.mariadb import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    found = Server(tmp_path_factory.mktemp("mariadb"))
    yield found
    found.kill()
