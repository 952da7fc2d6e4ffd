"""Where the metadata are: which addresses a config may have, and where the password comes from."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from pipeline import metadata
from pipeline.metadata import MetadataUrl, Server
from turnstile.errors import UsageError


class Config(BaseModel):
    metadata: MetadataUrl


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("mysql://me@db/taxi", Server("me", "db", 3306, "taxi")),
        ("mysql://a%40b@10.0.0.1:3307/taxi_2", Server("a@b", "10.0.0.1", 3307, "taxi_2")),
    ],
)
def test_an_address_names_a_database_on_a_server_and_a_connection_leads_back_to_it(url, server):
    place = metadata.database(Config(metadata=url).metadata, Path("output/taxi"))
    assert place == server
    assert metadata.of_connection(metadata.connection(place)) == server
    assert metadata.connection(place).mysql.password == ""


def test_without_an_address_it_is_a_file_in_the_folder_of_the_pipeline():
    place = metadata.database(None, Path("output/taxi"))
    assert place == Path("output/taxi/metadata.db")
    assert metadata.of_connection(metadata.connection(place)) == place


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://me:secret@db/taxi", "use MySQL or MariaDB"),
        ("mysql://me:secret@db/taxi", "give the password in the environment variable TURNSTILE_METADATA_PASSWORD"),
        ("mysql://me:@db/taxi", "give the password in the environment"),
        ("mysql://db/taxi", "expected mysql://USER@HOST"),
        ("mysql://me@db", "expected mysql://USER@HOST"),
        ("mysql://me@db/a/b", "expected mysql://USER@HOST"),
        ("mysql://me@db:0/taxi", "expected mysql://USER@HOST"),
        ("mysql://me@db:99999/taxi", "the port is not a number"),
        ("output/metadata.db", "expected mysql://USER@HOST"),
    ],
)
def test_another_address_is_refused_without_repeating_a_password(url, words):
    with pytest.raises(ValidationError) as raised:
        Config(metadata=url)
    (error,) = raised.value.errors()
    assert words in error["msg"]
    assert "secret" not in error["msg"]


def test_the_password_comes_from_the_environment_before_a_file_and_a_file_without_its_last_newline(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("MYSQL_PWD", "")
    monkeypatch.delenv("MYSQL_PWD")
    monkeypatch.delenv(metadata.PASSWORD, raising=False)
    monkeypatch.delenv(metadata.PASSWORD_FILE, raising=False)
    assert not metadata.log_in()
    (tmp_path / "password").write_text(" of a file \n")
    monkeypatch.setenv(metadata.PASSWORD_FILE, str(tmp_path / "password"))
    assert (metadata.log_in(), metadata.os.environ["MYSQL_PWD"]) == (True, " of a file ")
    monkeypatch.setenv(metadata.PASSWORD, "of the environment")
    assert (metadata.log_in(), metadata.os.environ["MYSQL_PWD"]) == (True, "of the environment")


def test_a_file_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv(metadata.PASSWORD, raising=False)
    monkeypatch.setenv(metadata.PASSWORD_FILE, str(tmp_path / "nowhere"))
    with pytest.raises(UsageError, match="nowhere cannot be read"):
        metadata.log_in()
