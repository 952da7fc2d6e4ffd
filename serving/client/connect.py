"""Makes the client that the options of a command ask for, and asks the model for its signature."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from serving.client.base import Client, ModelSpec, RawSignature, RefusedError, UnavailableError
from serving.client.retries import Retries
from serving.releases.version_folders import is_version
from serving.settings import Served
from turnstile.errors import UsageError

MAX_CONCURRENT = 4  # requests at the same time: enough to keep a server of two cores busy while answers are read
_URL = re.compile(r"(https?://[^/?#]+(?:/(?!v1/)[^/?#]+)*)(?:/v1/models/([^/:?#]+))?/?")
_TARGET = re.compile(r"(\[[^\]]+\]|[^\[\]:/]+):\d+")
_START = "Start one: turnstile serve. Another address: --server HOST:8500 for gRPC, --url http://HOST:8501 for REST"
_SEE = "Versions and labels: turnstile models; the name a server has for the model: --name"


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of a command that say which model to ask.

    Attributes:
        server: the address of a gRPC server, as host:port.
        url: the URL of a REST server, or of the model on it.
        name: the name of the model; by default, the config's.
        model: the folder of a SavedModel, which is asked without a server.
        version: the number of a version.
        label: the label of a version.
        timeout: the seconds after which a request is given up.
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
        """Whether the options name a server."""
        return bool(self.server or self.url)

    def check(self) -> None:
        """Raises UsageError if options contradict each other."""
        for one, other in (
            ("server", "url"), ("version", "label"), ("model", "server"), ("model", "url"), ("model", "version"),
            ("model", "label"), ("model", "name"),
        ):  # fmt: skip
            if getattr(self, one) is not None and getattr(self, other) is not None:
                raise UsageError(f"--{one} and --{other} exclude each other; give one of them")


def connect(options: Options, config: Callable[[], Served]) -> tuple[Client, ModelSpec]:
    """Returns a client, and the model for it to ask.

    Args:
        options: the options that say which model to ask.
        config: a function that reads the pipeline's config; it is called only if the options leave something open.

    Raises:
        UsageError: two options contradict each other, or an address is malformed.
    """
    options.check()
    if options.url is not None:
        return _rest(options, config)
    if options.server is not None:
        from serving.client.rpc import RpcClient

        if not _TARGET.fullmatch(options.server):
            raise UsageError(f"--server {options.server}: expected HOST:PORT, such as localhost:8500; a URL is --url")
        return RpcClient(options.server, options.timeout, MAX_CONCURRENT), _spec(options, options.name or config().name)
    from serving.client.offline import OfflineClient, in_serving_folder

    if options.model is not None:
        folder = Path(options.model)
        name = folder.parent.name if is_version(folder.name) else folder.name
        return OfflineClient(options.model, lambda _: folder), ModelSpec(name)
    read = config()
    serving_dir = Path(read.serving.dir)
    key = read.serving.verify_with
    client = OfflineClient(str(serving_dir), lambda spec: in_serving_folder(serving_dir, spec), key)
    return client, _spec(options, options.name or read.name)


def _rest(options: Options, config: Callable[[], Served]) -> tuple[Client, ModelSpec]:
    from serving.client.rest import RestClient

    found = _URL.fullmatch(options.url or "")
    if not found:
        raise UsageError(f"--url {options.url}: expected a server's URL, such as http://localhost:8501")
    name = options.name or found[2] or config().name
    return RestClient(found[1], options.timeout, MAX_CONCURRENT), _spec(options, name)


def _spec(options: Options, name: str) -> ModelSpec:
    return ModelSpec(name, options.version, options.label)


def fetch_signature(client: Client, spec: ModelSpec, retries: Retries) -> RawSignature:
    """Asks a model, for the first time, for the inputs and outputs of its `raw` signature.

    Raises:
        UnavailableError: no server answers; the message says how to start one.
        UsageError: the server has no such model, version or label; the message quotes the server.
    """
    try:
        return retries(lambda: client.signature(spec))
    except UnavailableError as error:
        raise UnavailableError(f"{error}. {_START}") from error
    except RefusedError as error:
        raise UsageError(f"{error}. Asked for {spec}. {_SEE}") from error
