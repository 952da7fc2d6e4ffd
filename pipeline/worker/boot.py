"""Starts one Beam worker, by Beam's contract for containers: `python -m pipeline.worker.boot --id=... [more flags]`.

It asks the engine for the job's options, and becomes Beam's own worker. Beam's program of this kind is written in Go,
is part of Beam's images, and installs what a job brings. Here the project is installed already, and jobs bring nothing.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

# Beam's worker, and what it takes from its environment.
_WORKER = "apache_beam.runners.worker.sdk_worker_main"
_SECONDS = 60  # for the engine to answer


def environment(worker: str, info: Any, control: str = "", logging: str = "", folder: str = "") -> dict[str, str]:
    """Returns the variables that Beam's worker reads.

    Args:
        worker: its name.
        info: what the engine says of the job, a ProvisionInfo.
        control: where the engine gives orders, as HOST:PORT; by default as `info` says.
        logging: where it takes the log; likewise.
        folder: one for the worker's own files.
    """
    from google.protobuf import json_format, text_format

    def place(given: str, told: Any) -> str:
        return text_format.MessageToString(type(told)(url=given) if given else told)

    found = {
        "WORKER_ID": worker,
        "PIPELINE_OPTIONS": json_format.MessageToJson(info.pipeline_options),
        "CONTROL_API_SERVICE_DESCRIPTOR": place(control, info.control_endpoint),
        "LOGGING_API_SERVICE_DESCRIPTOR": place(logging, info.logging_endpoint),
        "RUNNER_CAPABILITIES": " ".join(info.runner_capabilities),
        "SEMI_PERSISTENT_DIRECTORY": folder or os.curdir,
    }
    if info.HasField("status_endpoint"):
        found["STATUS_API_SERVICE_DESCRIPTOR"] = text_format.MessageToString(info.status_endpoint)
    return found


def _asked(worker: str, provision: str) -> Any:
    """Asks the engine about the job, in the name of the worker."""
    import grpc
    from apache_beam.portability.api import beam_provision_api_pb2 as messages
    from apache_beam.portability.api import beam_provision_api_pb2_grpc as services

    with grpc.insecure_channel(provision) as channel:
        service = services.ProvisionServiceStub(channel)
        request = messages.GetProvisionInfoRequest()
        # Prism serves many workers on one port, and tells them apart by this.
        return service.GetProvisionInfo(request, metadata=[("worker_id", worker)], timeout=_SECONDS).info


def main(arguments: Sequence[str] | None = None) -> None:
    """Becomes the worker that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("id", "provision_endpoint"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("control_endpoint", "logging_endpoint", "artifact_endpoint", "semi_persist_dir"):
        parser.add_argument(f"--{name}", default="")
    given, _ = parser.parse_known_args(arguments)  # other Beams may have more
    worker = given.id.strip("'")  # Prism 2.77 quotes it, as for a shell
    found = environment(
        worker,
        _asked(worker, given.provision_endpoint),
        given.control_endpoint,
        given.logging_endpoint,
        given.semi_persist_dir,
    )
    os.execve(sys.executable, [sys.executable, "-W", "ignore", "-m", _WORKER], os.environ | found)


if __name__ == "__main__":
    main()
