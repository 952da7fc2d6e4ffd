"""Where ML Metadata keeps what it knows of a pipeline's runs: in a file, or in a database of MySQL or MariaDB."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator

from turnstile.errors import UsageError
from turnstile.section import wrong

if TYPE_CHECKING:
    from ml_metadata.proto import metadata_store_pb2 as mlmd

PASSWORD = "TURNSTILE_METADATA_PASSWORD"
PASSWORD_FILE = "TURNSTILE_METADATA_PASSWORD_FILE"
# The client library in ml-metadata asks this variable if a connection names no password. So the password is in no
# connection, and in nothing that is compiled, recorded or logged: TFX logs the connection of every run.
_OF_THE_CLIENT = "MYSQL_PWD"
_FILE = "metadata.db"
_PORT = 3306
_FORM = "mysql://USER@HOST:PORT/DATABASE"


@dataclass(frozen=True)
class Server:
    """A database on a server; the password is not a part of it.

    Attributes:
        user: whom to log in as.
        host: name or address of the server.
        port: its port.
        database: name of the database, which belongs to one pipeline.
    """

    user: str
    host: str
    port: int
    database: str

    def __str__(self) -> str:
        return f"mysql://{self.user}@{self.host}:{self.port}/{self.database}"

    @staticmethod
    def exists() -> bool:
        """A server makes the database when it is first asked."""
        return True


Database = Path | Server


def _checked(url: str) -> str:
    """Returns the address as it is; its errors never repeat what may be a password."""
    parts = urlsplit(url)
    if parts.scheme.startswith("postgres"):
        raise wrong(
            "ml-metadata writes values with a backslash to PostgreSQL in a form that it refuses, so that no run "
            f"gets beyond Transform; use MySQL or MariaDB: {_FORM}"
        )
    try:
        port = parts.port
    except ValueError:
        raise wrong(f"the port is not a number of 1 to 65535; expected {_FORM}") from None
    if parts.password is not None:
        raise wrong(
            f"has a password, and a config is for all to read; write {_FORM}, and give the password in the environment "
            f"variable {PASSWORD}, or in a file that {PASSWORD_FILE} names"
        )
    named = re.fullmatch(r"/\w+", parts.path)
    if parts.scheme != "mysql" or not (parts.username and parts.hostname and named) or port == 0:
        raise wrong(f"expected {_FORM}, such as mysql://turnstile@metadata.example.com:3306/taxi")
    return url


MetadataUrl = Annotated[str, AfterValidator(_checked)]


def database(url: str | None, root: Path) -> Database:
    """Returns where the metadata of a pipeline's runs are.

    Args:
        url: what the config says, if it says anything.
        root: the pipeline's folder.
    """
    if url is None:
        return root / _FILE
    parts = urlsplit(url)
    return Server(unquote(parts.username or ""), parts.hostname or "", parts.port or _PORT, parts.path[1:])


def connection(place: Database) -> mlmd.ConnectionConfig:
    """Returns how ML Metadata reaches a database; without the password, for which see log_in."""
    from ml_metadata.proto import metadata_store_pb2 as mlmd

    found = mlmd.ConnectionConfig()
    if isinstance(place, Server):
        found.mysql.user, found.mysql.host, found.mysql.port = place.user, place.host, place.port
        found.mysql.database = place.database
    else:
        found.sqlite.filename_uri = str(place)
        found.sqlite.connection_mode = mlmd.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
    return found


def of_connection(found: mlmd.ConnectionConfig) -> Database:
    """Returns the database that a connection reaches."""
    if found.HasField("mysql"):
        return Server(found.mysql.user, found.mysql.host, found.mysql.port, found.mysql.database)
    return Path(found.sqlite.filename_uri)


def log_in() -> bool:
    """Gives the password of the server to the client library of this process; returns whether there is one.

    Raises:
        UsageError: the file with the password cannot be read.
    """
    password = os.environ.get(PASSWORD)
    if password is None and (file := os.environ.get(PASSWORD_FILE)):
        try:
            password = Path(file).read_text().rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"{PASSWORD_FILE}: {file} cannot be read ({error}); expected the password in it"
            ) from error
    if password is not None:
        os.environ[_OF_THE_CLIENT] = password
    return _OF_THE_CLIENT in os.environ
