"""What a worker begins with: what the engine says of the job, as Beam's worker reads it."""

import json

import pytest
from apache_beam.portability.api import beam_provision_api_pb2, endpoints_pb2
from apache_beam.runners.worker import sdk_worker_main
from google.protobuf import text_format

from pipeline.worker import boot


@pytest.fixture
def info():
    found = beam_provision_api_pb2.ProvisionInfo(runner_capabilities=["a", "b"])
    found.control_endpoint.url, found.logging_endpoint.url = "localhost:1", "localhost:2"
    found.pipeline_options["beam:option:pickle_library:v1"] = "cloudpickle"
    return found


def place(text):
    return text_format.Parse(text, endpoints_pb2.ApiServiceDescriptor()).url


def test_the_options_of_the_job_hold_in_the_worker_too(info):
    found = boot.environment("worker-1", info)
    assert sdk_worker_main._load_pipeline_options(found["PIPELINE_OPTIONS"]) == {"pickle_library": "cloudpickle"}
    assert (found["WORKER_ID"], found["RUNNER_CAPABILITIES"]) == ("worker-1", "a b")


def test_what_the_pool_was_told_counts_more_than_what_the_engine_says_of_itself(info):
    found = boot.environment("worker-1", info, control="10.0.0.2:1", folder="/tmp/x")
    assert place(found["CONTROL_API_SERVICE_DESCRIPTOR"]) == "10.0.0.2:1"
    assert place(found["LOGGING_API_SERVICE_DESCRIPTOR"]) == "localhost:2"
    assert found["SEMI_PERSISTENT_DIRECTORY"] == "/tmp/x"
    assert "STATUS_API_SERVICE_DESCRIPTOR" not in found


def test_the_program_becomes_beams_worker(info, monkeypatch):
    became = []
    monkeypatch.setattr(boot, "_asked", lambda worker, provision: info)
    monkeypatch.setattr(boot.os, "execve", lambda *words: became.append(words))
    boot.main(["--id='w'", "--provision_endpoint=a:1", "--a_flag_of_a_later_beam=1"])
    ((_, words, environment),) = became
    assert words[-2:] == ["-m", "apache_beam.runners.worker.sdk_worker_main"]
    assert environment["WORKER_ID"] == "w"
    assert json.loads(environment["PIPELINE_OPTIONS"])
