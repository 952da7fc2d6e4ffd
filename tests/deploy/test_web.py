"""deploy/web: every key is one of App Platform's specification, and the paths, the port and the command fit."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline import config_file
from pipeline.commands.main import main
from pipeline.commands.serve import serve
from tests.image.dockerfile import context, instructions

FOLDER = Path("deploy/web")
DOCKERFILE = FOLDER / "Dockerfile"
LINES = instructions(DOCKERFILE.read_text())


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


# The part of the App Specification (app-create-schema.json of npm's @digitalocean/mcp 1.0.70) that we use.
class Github(Strict):
    repo: str
    branch: str
    deploy_on_push: bool


class StaticSite(Strict):
    name: str
    github: Github
    environment_slug: str
    output_dir: str
    index_document: str


class Image(Strict):
    registry_type: str
    repository: str
    tag: str


class HealthCheck(Strict):
    http_path: str
    initial_delay_seconds: int
    timeout_seconds: int


class Service(Strict):
    name: str
    image: Image
    instance_size_slug: str
    instance_count: int
    http_port: int
    health_check: HealthCheck


class App(Strict):
    name: str
    region: str
    static_sites: list[StaticSite] = []
    services: list[Service] = []


def app(name):
    return yaml.safe_load((FOLDER / name).read_text())


def command():
    return json.loads(next(rest for what, _, rest in LINES if what == "CMD"))


@pytest.mark.parametrize("name", ["page.yaml", "service.yaml"])
def test_every_key_is_one_of_the_specification(name):
    App.model_validate(app(name))


def test_a_wrong_key_and_a_wrong_type_are_found():
    wrong = app("service.yaml")
    wrong["services"][0]["http_prot"] = wrong["services"][0].pop("http_port")
    wrong["services"][0]["instance_count"] = "one"
    with pytest.raises(ValidationError) as found:
        App.model_validate(wrong)
    assert {error["loc"][-1] for error in found.value.errors()} == {"http_prot", "http_port", "instance_count"}


def test_the_command_is_one_that_listens_where_the_service_is_asked():
    program, name, *options = command()
    assert program == "turnstile"
    assert main.commands[name] is serve
    given = serve.make_context(name, options).params
    (service,) = App.model_validate(app("service.yaml")).services
    assert (given["host"], given["rest_api_port"], given["local"]) == ("0.0.0.0", service.http_port, True)
    assert [rest for what, _, rest in LINES if what == "EXPOSE"] == [str(service.http_port)]
    model = config_file.load_served(given["config_file"], None).name
    assert service.health_check.http_path == f"/v1/models/{model}"


def test_only_the_pushed_versions_are_sent_to_the_builder(tmp_path):
    for path in ("serving_model/taxi/1/saved_model.pb", "serving_model/models.config", "data/a.csv", ".git/HEAD"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    shutil.copytree(FOLDER, tmp_path / FOLDER)
    shutil.copy(".dockerignore", tmp_path)  # which would leave them out, were there no file for this Dockerfile alone
    sent = {path for path in context(tmp_path, DOCKERFILE) if (tmp_path / path).is_file()} - {str(DOCKERFILE)}
    assert sent - {".dockerignore"} == {"serving_model/taxi/1/saved_model.pb", "serving_model/models.config"}
    assert [rest for what, _, rest in LINES if what == "COPY"] == ["serving_model serving_model"]


def test_a_linter_agrees():
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([linter, "-"], input=DOCKERFILE.read_text(), capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
