"""What [beam] of a config may say of an engine, and what is refused in words before anything runs."""

import re
import socket
from pathlib import Path

import pytest
import yaml

from pipeline import config_file
from pipeline.beam import BeamConfig, check_answers
from pipeline.config import Config
from turnstile.errors import TurnstileError, UsageError

PORTABLE = 'runner = "portable"\nendpoint = "a:1"\n'
DATAFLOW = 'runner = "dataflow"\nproject = "p"\nregion = "r"\ntemp_location = "gs://b/t"\nworker_image = "i"\n'


def load(folder: Path, beam: str, load=config_file.load) -> Config:
    file = folder / "engine.toml"
    file.write_text(f"{Path('configs/small.toml').read_text()}\n[beam]\n{beam}")
    return load(file)


@pytest.mark.parametrize(
    ("beam", "words"),
    [
        (
            'endpoint = "a:1"',
            'endpoint has no meaning with runner = "direct"; it is for "portable", "flink" and "spark"',
        ),
        (PORTABLE + 'worker_address = "b:2"\nmode = "multi_threading"', 'mode has no meaning with runner = "portable"'),
        (PORTABLE + 'worker_address = "b:2"\nproject = "p"', 'it is for "dataflow". Remove the line, or name'),
        (DATAFLOW + "workers = 3", "workers has no meaning"),
        ('runner = "spark"\nendpoint = "a:1"\nworker_image = "i"\nparallelism = 2', "parallelism has no meaning"),
        ('runner = "flink"\nworker_image = "i"', 'endpoint is missing; runner = "flink" needs it; see docs/engines.md'),
        ('runner = "dataflow"\nproject = "p"', "region is missing"),
        (PORTABLE, "expected exactly one of worker_image, worker_command and worker_address, got none of them"),
        (PORTABLE + 'worker_address = "b:2"\nworker_image = "i"', "got worker_image and worker_address"),
        ('runner = "flink"\nendpoint = "http://a:1"\nworker_image = "i"', "endpoint: expected HOST:PORT"),
        ('runner = "flink"\nendpoint = "a"\nworker_image = "i"', "endpoint: expected HOST:PORT"),
        (PORTABLE + 'worker_command = "boot"', "worker_command: expected an absolute path"),
        (DATAFLOW.replace("gs://", "/"), "temp_location: expected gs://BUCKET/FOLDER"),
        ('runner = "prism"', "'portable', 'flink', 'spark' or 'dataflow', got 'prism'"),
    ],
)
@pytest.mark.parametrize("reader", [config_file.load, config_file.load_beam])
def test_what_makes_no_sense_is_refused_in_words(tmp_path, beam, words, reader):
    with pytest.raises(UsageError) as raised:
        load(tmp_path, beam, reader)
    assert words in str(raised.value)
    assert str(raised.value).startswith(f"{tmp_path}/engine.toml: beam")


def test_dataflow_is_refused_a_place_that_its_machines_cannot_see(tmp_path):
    text, file = f"{Path('configs/small.toml').read_text()}\n[beam]\n{DATAFLOW}", tmp_path / "engine.toml"
    in_store = text.replace("data/taxi/trips.csv", "gs://trips/1.csv")
    for refused, place in ((text, "data/taxi/trips.csv"), (in_store, "output")):
        file.write_text(refused)
        with pytest.raises(UsageError, match=f"see object stores only, and {place} is a path on this machine"):
            config_file.load(file, check_data=False)
    file.write_text(f'pipeline_root = "gs://trips/x"\n{in_store}')
    assert config_file.load(file, check_data=False).beam.runner == "dataflow"


@pytest.mark.parametrize("host", ["prism.example.com", "10.0.0.2", "[::1]"])
def test_an_engine_has_a_host_and_a_port(host):
    BeamConfig(runner="portable", endpoint=f"{host}:8073", worker_image="i")


PAGE = Path("docs/engines.md").read_text()


@pytest.mark.parametrize("block", re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))
def test_the_page_shows_what_a_config_may_say(tmp_path, block):
    file = tmp_path / "engine.toml"
    file.write_text(block)
    assert config_file.load_beam(file).runner in block


@pytest.mark.parametrize("engine", ["flink", "spark"])
def test_the_cluster_of_the_page_has_workers_where_the_config_looks_for_them(engine):
    services = yaml.safe_load(Path(f"deploy/engines/{engine}.yaml").read_text())["services"]
    assert services["workers"]["command"] == ["turnstile", "worker"]  # on port 50000
    host = services["workers"]["network_mode"].removeprefix("service:")
    assert "worker" in host or "taskmanager" in host
    assert host in services
    (port,) = (port for service in services.values() for port in service.get("ports", []))
    assert f'endpoint = "localhost:{port.rpartition(":")[2]}"' in PAGE


def test_a_config_that_was_written_whole_is_read_again(tmp_path):
    config = load(tmp_path, PORTABLE + 'worker_address = "b:2"')
    assert Config.model_validate(config.model_dump(mode="json")) == config


def test_an_engine_that_is_not_there_is_told_before_a_run():
    with socket.create_server(("127.0.0.1", 0)) as server:
        there = f"127.0.0.1:{server.getsockname()[1]}"
        check_answers(BeamConfig(runner="portable", endpoint=there, worker_image="i"))
    with pytest.raises(TurnstileError, match=f"beam.endpoint: nothing answers at {there} .*Start the engine there"):
        check_answers(BeamConfig(runner="portable", endpoint=there, worker_image="i"))
    check_answers(BeamConfig())
