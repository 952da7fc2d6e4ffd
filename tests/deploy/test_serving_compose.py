"""docker-compose.yaml: every key is one of its specification's, the paths fit, and the health check is right."""

from __future__ import annotations

import http.server
import re
import subprocess
import threading
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

FOLDER = Path("deploy/serving")
COMPOSE = FOLDER / "docker-compose.yaml"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


# The part of the Compose Specification (schema/compose-spec.json of compose-spec/compose-spec) that we use.
Duration = Field(pattern=r"^\d+(s|m|h)$")


class Limits(Strict):
    cpus: str = Field(pattern=r"^\d+(\.\d+)?$")
    memory: str = Field(pattern=r"^\d+[bkmg]$")


class Resources(Strict):
    limits: Limits


class Deploy(Strict):
    resources: Resources


class Healthcheck(Strict):
    test: list[str]
    interval: str = Duration
    timeout: str = Duration
    start_period: str = Duration
    retries: int


class Bind(Strict):
    create_host_path: bool


class Mount(Strict):
    type: Literal["bind", "volume", "tmpfs"]
    source: str
    target: str
    read_only: bool = False
    bind: Bind | None = None


class Service(Strict):
    image: str = Field(pattern=r"^[\w./-]+:v?\d+\.\d+\.\d+$")  # pinned
    platform: str | None = None
    entrypoint: list[str] | None = None
    command: list[str]
    init: bool = False
    user: str | None = None
    read_only: bool
    tmpfs: list[str] = []
    cap_drop: list[str]
    security_opt: list[str]
    restart: Literal["no", "always", "on-failure", "unless-stopped"]
    ports: list[str] = Field(min_length=1)
    volumes: list[str | Mount]
    healthcheck: Healthcheck | None = None
    deploy: Deploy


class Compose(Strict):
    name: str
    services: dict[str, Service]
    volumes: dict[str, dict[str, Any]]


class ScrapeConfig(Strict):
    """Of Prometheus: the keys of its configuration's documentation that we use."""

    job_name: str
    metrics_path: str
    static_configs: list[dict[Literal["targets"], list[str]]]
    metric_relabel_configs: list[dict[Literal["source_labels", "regex", "action"], Any]]


class Prometheus(Strict):
    global_: dict[Literal["scrape_interval"], str] = Field(alias="global")
    scrape_configs: list[ScrapeConfig]


def interpolated(text, environment):
    """What Compose makes of ${NAME} and ${NAME:-default}, inside out."""
    while found := re.search(r"\$\{([A-Z_]+)(?::-([^${}]*))?\}", text):
        value = environment.get(found[1]) or found[2]
        assert value is not None, f"{found[0]} is not set"
        text = text[: found.start()] + value + text[found.end() :]
    return text


def compose(**environment):
    return Compose.model_validate(yaml.safe_load(interpolated(COMPOSE.read_text(), {"PWD": "/home/me", **environment})))


def test_the_compose_file_has_only_keys_of_the_specification():
    serving, prometheus = compose().services.values()
    ports = [port for service in (serving, prometheus) for port in service.ports]
    assert ports == ["127.0.0.1:8500:8500", "127.0.0.1:8501:8501", "127.0.0.1:9090:9090"]


@pytest.mark.parametrize(
    ("is_", "becomes"),
    [("    read_only: true", "    readonly: true"), ("init: true", 'init: "true"'), ("2.21.0", "latest")],
)
def test_a_mistake_in_the_compose_file_would_be_found(is_, becomes):
    text = interpolated(COMPOSE.read_text(), {"PWD": "/home/me"})
    assert is_ in text
    with pytest.raises(ValidationError):
        Compose.model_validate(yaml.safe_load(text.replace(is_, becomes, 1)))


@pytest.mark.parametrize(
    ("environment", "outside", "inside"),
    [
        ({}, "/home/me/serving_model", "/home/me/serving_model"),
        ({"SERVING_MODEL_DIR": "/srv/m"}, "/srv/m", "/srv/m"),
        ({"SERVING_BASE_PATH": "/models"}, "/home/me/serving_model", "/models"),
        ({"SERVING_MODEL_DIR": "/srv/m", "SERVING_BASE_PATH": "/models"}, "/srv/m", "/models"),
    ],
)
def test_the_server_sees_the_folder_under_the_path_in_models_config(environment, outside, inside):
    serving = compose(**environment).services["serving"]
    mount = next(volume for volume in serving.volumes if isinstance(volume, Mount))
    assert (mount.source, mount.target, mount.read_only) == (outside, inside, True)
    assert f"--model_config_file={inside}/models.config" in serving.command


def test_the_settings_files_are_where_the_flags_say():
    serving = compose().services["serving"]
    mounted = dict(volume.removesuffix(":ro").split(":") for volume in serving.volumes if isinstance(volume, str))
    for file, target in mounted.items():
        assert (FOLDER / file).is_file()
        assert any(argument.endswith(f"={target}") for argument in serving.command)


class Answers(http.server.BaseHTTPRequestHandler):
    """A server that answers as TensorFlow Serving does: by whether a version of the model is loaded."""

    loaded: tuple[str, ...] = ("taxi",)

    def do_GET(self):
        found = re.fullmatch(r"/v1/models/(\w+)/metadata", self.path)
        self.send_response(200 if found and found[1] in self.loaded else 404)
        self.end_headers()
        self.wfile.write(b'{"note": "a body with 200 in it"}')

    def log_message(self, *_):
        pass


@pytest.mark.parametrize(
    ("model", "listens", "healthy"), [("taxi", True, True), ("other", True, False), ("taxi", False, False)]
)
def test_the_health_check_is_right(model, listens, healthy):
    server = http.server.HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    if not listens:
        server.shutdown()
        server.server_close()
    check = compose(SERVING_MODEL_NAME=model).services["serving"].healthcheck.test
    assert check[0] == "CMD"
    command = [word.replace("8501", str(server.server_port)) for word in check[1:]]
    done = subprocess.run(command, capture_output=True, timeout=30, check=False)
    assert (done.returncode == 0) == healthy
    server.server_close()


def test_the_prometheus_configuration_keeps_the_metrics_that_the_documents_name():
    config = Prometheus.model_validate(yaml.safe_load((FOLDER / "prometheus.yml").read_text()))
    keep = config.scrape_configs[0].metric_relabel_configs[0]["regex"]
    named = re.findall(r":tensorflow:[\w:]+", Path("docs/serving.md").read_text())
    assert len(named) >= 4
    assert [metric for metric in named if not re.fullmatch(keep, metric)] == []
