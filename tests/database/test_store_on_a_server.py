"""What is read from the metadata is the same on a server: the tests of the file, with a server in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import metadata
from pipeline.run.metadata_store import executions
from tests.database import mariadb
from tests.pipeline.run.test_metadata_store import (  # noqa: F401
    test_a_forgotten_version_keeps_its_properties,
    test_a_run_that_never_was_has_no_executions,
    test_executions_are_those_of_the_run_in_order_with_their_words_and_outputs,
    test_only_live_pushed_models_that_are_no_longer_the_newest_are_forgotten,
)
from turnstile.errors import TurnstileError


@pytest.fixture
def database(server, monkeypatch, request):
    """A database of its own for every test; in place of the fixture that gives a file."""
    monkeypatch.setenv(metadata.PASSWORD, mariadb.PASSWORD)
    monkeypatch.setenv("MYSQL_PWD", mariadb.PASSWORD)
    return metadata.database(server.url(f"store_{abs(hash(request.node.name))}"), Path("unused"))


@pytest.mark.parametrize(("password", "words"), [("wrong", "the password is right"), (None, "none is in TURNSTILE_")])
def test_who_is_not_let_in_is_told_what_to_see_to(database, monkeypatch, capfd, password, words):
    monkeypatch.delenv("MYSQL_PWD")
    monkeypatch.delenv(metadata.PASSWORD)
    if password:
        monkeypatch.setenv(metadata.PASSWORD, password)
    with pytest.raises(TurnstileError, match=words) as raised:
        executions(database, "run-1")
    assert f"{database}: the server does not answer" in str(raised.value)
    assert capfd.readouterr() == ("", "")
