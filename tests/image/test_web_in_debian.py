"""The local server in an image, built by its own Dockerfile on Turnstile's image, and asked from outside."""

from __future__ import annotations

import csv
import json
import shutil
import signal
import socket
import time
import tomllib
from pathlib import Path

import httpx
import pytest
import yaml

from tests.image.build import Build
from tests.image.conftest import PROJECT, output

pytestmark = pytest.mark.timeout(3000)
SERVICE = yaml.safe_load(Path("deploy/web/service.yaml").read_text())["services"][0]
WELL = SERVICE["health_check"]["http_path"]


@pytest.fixture(scope="module")
def web(image, released, under):
    folder = released.folder.parent
    shutil.copytree(PROJECT / "deploy/web", folder / "deploy/web")
    roots = under / "web"
    roots.mkdir()
    return Build(folder, Path("deploy/web/Dockerfile"), roots, {"turnstile:latest": image}).build()


@pytest.fixture(scope="module")
def container(web, under):
    """The container's command, on free ports of this machine: Docker would publish the Dockerfile's as others."""
    with socket.create_server(("", 0)) as taken:
        port = taken.getsockname()[1]
    with (under / "server.log").open("w") as log:
        started = web.detach([*web.command, "--port", "0", "--rest-api-port", str(port)], log)
    # A server that listens on 127.0.0.1 alone, and could not be reached from outside a container, is not found here.
    client = httpx.Client(base_url=f"http://127.0.0.2:{port}", trust_env=False)
    try:
        _until_well(client, under / "server.log")
        yield started, client
    finally:
        if started.parent.poll() is None:
            started.send(signal.SIGKILL)
            started.wait(10)


@pytest.fixture
def client(container):
    return container[1]


def _until_well(client: httpx.Client, log: Path) -> None:
    for _ in range(120):
        try:
            if client.get(WELL).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.5)
    raise AssertionError(log.read_text())


def _a_row() -> dict[str, object]:
    """A trip of which every feature is known, as JSON has it."""
    features = tomllib.loads(Path("configs/taxi.toml").read_text())["features"]
    with Path("data/taxi/trips.csv").open() as file:
        row = next(row for row in csv.DictReader(file) if all(row[name] for name in features))
    words = {"payment_type", "company"}
    return {name: row[name] if name in words else json.loads(row[name]) for name in features}


def test_it_holds_the_version_for_the_images_user(web, released):
    version = released.result["pushed_version"]
    assert output(web, "id", "-u") == "1000\n"
    assert version in output(web, "ls", "serving_model/taxi").split()
    assert output(web, "find", "serving_model", "!", "-user", "1000") == ""


def test_the_health_checks_path_says_that_the_version_serves(client, released):
    (status,) = client.get(WELL).json()["model_version_status"]
    assert (status["version"], status["state"]) == (released.result["pushed_version"], "AVAILABLE")


def test_the_address_shows_the_page_of_the_version(client, released):
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert '<h1 id="name">' in page.text
    assert released.result["pushed_version"] in page.text


def test_a_program_is_answered_as_turnstile_predict_answers(client, web):
    row = _a_row()
    answer = client.post(f"{WELL}:predict", json={"signature_name": "raw", "instances": [row]})
    assert answer.status_code == httpx.codes.OK, answer.text
    (web.root / "tmp/row.jsonl").write_text(json.dumps(row))
    expected = json.loads(output(web, "turnstile", "predict", "/tmp/row.jsonl"))
    assert answer.json()["predictions"] == [pytest.approx(expected, abs=1e-6)]


def test_a_body_above_the_limit_of_the_command_is_refused(client, web):
    megabytes = int(web.command[web.command.index("--max-message-mb") + 1])
    refused = client.post(f"{WELL}:predict", content=b" " * ((megabytes << 20) + 1))
    assert refused.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
    assert client.get(WELL).status_code == httpx.codes.OK


def test_it_ends_when_docker_stops_it(container):
    started, client = container
    started.send(signal.SIGTERM)
    assert started.wait(10) == 0  # seconds, after which `docker stop` kills
    with pytest.raises(httpx.ConnectError):
        client.get(WELL)
