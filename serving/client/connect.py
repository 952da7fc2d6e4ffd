"""Opens the client that the options of a command ask for, and makes the first contact, with words for what fails."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from serving.client.base import Client, Model, RefusedError, UnavailableError, Which
from serving.client.retries import Retries
from serving.releases.version_folders import is_version
from serving.settings import Served
from turnstile.errors import UsageError

AT_ONCE = 4  # requests under way: enough to keep a server of two cores busy while answers are read
_URL = re.compile(r"(https?://[^/?#]+(?:/(?!v1/)[^/?#]+)*)(?:/v1/models/([^/:?#]+))?/?")
_TARGET = re.compile(r"(\[[^\]]+\]|[^\[\]:/]+):\d+")
_START = "Start one: turnstile serve. Another address: --server HOST:8500 for gRPC, --url http://HOST:8501 for REST"
_SEE = "Versions and labels: turnstile models; the name a server has for the model: --name"


@dataclass(frozen=True, kw_only=True)
class Options:
    """Whom to ask, as the options of a command say.

    Attributes:
        server: host:port of a gRPC server.
        url: the URL of a REST server, or of the model on it.
        name: the model's; the config's by default.
        model: a SavedModel's folder, to be asked without a server.
        version: a number.
        label: a version's label.
        timeout: seconds, for each request.
    """

    server: str | None = None
    url: str | None = None
    name: str | None = None
    model: str | None = None
    version: int | None = None
    label: str | None = None
    timeout: float = 30

    @property
    def online(self) -> bool:
        """Whether a server is asked."""
        return bool(self.server or self.url)

    def check(self) -> None:
        """Raises UsageError if options contradict each other."""
        for one, other in (
            ("server", "url"), ("version", "label"), ("model", "server"), ("model", "url"), ("model", "version"),
            ("model", "label"), ("model", "name"),
        ):  # fmt: skip
            if getattr(self, one) is not None and getattr(self, other) is not None:
                raise UsageError(f"--{one} and --{other} exclude each other; give one of them")


def opened(options: Options, config: Callable[[], Served]) -> tuple[Client, Which]:
    """Returns a client and the model to ask.

    Args:
        options: whom to ask.
        config: reads the pipeline's config; not called when the options say everything.

    Raises:
        UsageError: the options contradict each other, or an address is none.
    """
    options.check()
    if options.url is not None:
        return _rest(options, config)
    if options.server is not None:
        from serving.client.rpc import RpcClient

        if not _TARGET.fullmatch(options.server):
            raise UsageError(f"--server {options.server}: expected HOST:PORT, such as localhost:8500; a URL is --url")
        return RpcClient(options.server, options.timeout, AT_ONCE), _which(options, options.name or config().name)
    from serving.client.offline import OfflineClient, in_serving_folder

    if options.model is not None:
        folder = Path(options.model)
        name = folder.parent.name if is_version(folder.name) else folder.name
        return OfflineClient(options.model, lambda _: folder), Which(name)
    read = config()
    serving_dir = Path(read.serving.dir)
    client = OfflineClient(str(serving_dir), lambda which: in_serving_folder(serving_dir, which))
    return client, _which(options, options.name or read.name)


def _rest(options: Options, config: Callable[[], Served]) -> tuple[Client, Which]:
    from serving.client.rest import RestClient

    found = _URL.fullmatch(options.url or "")
    if not found:
        raise UsageError(f"--url {options.url}: expected a server's URL, such as http://localhost:8501")
    name = options.name or found[2] or config().name
    return RestClient(found[1], options.timeout, AT_ONCE), _which(options, name)


def _which(options: Options, name: str) -> Which:
    return Which(name, options.version, options.label)


def first_contact(client: Client, which: Which, retries: Retries) -> Model:
    """Returns what a model takes and gives.

    Raises:
        UnavailableError: nobody answers, with what to do about it.
        UsageError: the server has no such model, version or label, in its own words.
    """
    try:
        return retries(lambda: client.model(which))
    except UnavailableError as error:
        raise UnavailableError(f"{error}. {_START}") from error
    except RefusedError as error:
        raise UsageError(f"{error}. Asked for {which}. {_SEE}") from error
