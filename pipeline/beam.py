"""Which engine of Beam runs the stages that read data, and how its workers come to their code: settings and flags."""

from __future__ import annotations

import json
import re
import socket
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from turnstile.errors import TurnstileError, UsageError
from turnstile.section import Section, wrong

Runner = Literal["direct", "portable", "flink", "spark", "dataflow"]

# Without a word on how workers get our code, TFX builds a source package of itself for each stage, which takes 2 s;
# workers have the project already: on this machine, in their image, or where `turnstile worker` runs.
_NO_PACKAGE = "--sdk_container_image=none"
# What later Beams choose themselves; with dill, the choice of earlier ones, stages take up to a tenth longer to build.
_QUICK_PICKLES = "--pickle_library=cloudpickle"
# From 2.68 on, Beam's DirectRunner hands its work to Prism, a program that it downloads, if it can. No option says not
# to; but Prism is not tried for a pipeline that may have such triggers. Ours have no triggers at all.
_NOT_PRISM = "--allow_unsafe_triggers"
# Beam would call pip at each stage for a list of what this machine has installed, and send it to workers, who log it.
_NO_LIST_OF_PACKAGES = "--experiments=disable_logging_submission_environment"
# Seconds. Beam's own 60 are the end of any job that takes longer: it counts them for the stream of its states, too.
_LONGEST_JOB = f"--job_server_timeout={24 * 60 * 60}"

# The library of each stage that reads data and has one.
_LIBRARIES = {
    "StatisticsGen": "tensorflow_data_validation",
    "Transform": "tensorflow_transform",
    "Evaluator": "tensorflow_model_analysis",
}

# How workers come to their code: Beam's word for each of these keys.
_ENVIRONMENTS = {"worker_image": "DOCKER", "worker_command": "PROCESS", "worker_address": "EXTERNAL"}
_ELSEWHERE = {"endpoint", "workers", *_ENVIRONMENTS}
_KEYS: dict[Runner, set[str]] = {
    "direct": {"mode", "workers"},
    "portable": _ELSEWHERE | {"parallelism"},
    "flink": _ELSEWHERE | {"parallelism"},
    "spark": _ELSEWHERE,
    "dataflow": {"project", "region", "temp_location", "parallelism", "worker_image"},
}
_NEEDED: dict[Runner, tuple[str, ...]] = {
    "direct": (),
    "portable": ("endpoint",),
    "flink": ("endpoint",),
    "spark": ("endpoint",),
    "dataflow": ("project", "region", "temp_location", "worker_image"),
}

_ANSWER_SECONDS = 5  # for an engine in another building; one that is there answers in milliseconds
_HOST_AND_PORT = r"(\[[0-9a-fA-F:]+\]|[^\s/:\[\]]+):[0-9]{1,5}"


def _place(text: str) -> str:
    if not re.fullmatch(_HOST_AND_PORT, text):
        raise wrong("expected HOST:PORT, such as beam.example.com:8099")
    return text


def _program(path: str) -> str:
    if not path.startswith("/"):
        raise wrong("expected an absolute path, since nobody knows in which folder the engine starts it")
    return path


def _bucket(address: str) -> str:
    if not address.startswith("gs://"):
        raise wrong("expected gs://BUCKET/FOLDER")
    return address


Place = Annotated[str, AfterValidator(_place)]


class BeamConfig(Section):
    """Which engine of Apache Beam runs the stages that read data: see [engines.md](engines.md).

    The default is Beam's DirectRunner, which needs nothing but this machine. For the others, one of `worker_image`,
    `worker_command` and `worker_address` says how workers come to their code.
    """

    runner: Runner = Field(
        default="direct",
        description="Engine: `direct` is this machine, `portable` is any server of Beam's Job API, such as Prism.",
    )
    mode: Literal["in_memory", "multi_threading", "multi_processing"] = Field(
        default="in_memory",
        description="Place where its workers run: one thread, threads, or processes, which pay for large data only.",
    )
    workers: int = Field(
        default=1,
        ge=0,
        description="Number of workers; 0 means one for each core. On other engines: of worker processes on each "
        "machine; 0 leaves it to the engine.",
    )
    endpoint: Place | None = Field(
        default=None,
        description="Address of the engine, as `HOST:PORT`: of the Job API (`portable`), of Flink's REST API, or of "
        "the one of Spark's master.",
    )
    parallelism: int | None = Field(
        default=None,
        ge=1,
        description="Number of parts that Flink works on at the same time, or most machines that Dataflow takes; by "
        "default the engine decides.",
    )
    worker_image: str | None = Field(
        default=None,
        min_length=1,
        description="Image of containers in which workers run; `make image` builds one.",
    )
    worker_command: Annotated[str, AfterValidator(_program)] | None = Field(
        default=None,
        description="Program that starts a worker, by its path on the engine's machines; see docs/engines.md.",
    )
    worker_address: Place | None = Field(
        default=None,
        description="Address, as `HOST:PORT`, where the engine finds a pool that `turnstile worker` has started.",
    )
    project: str | None = Field(
        default=None, min_length=1, description="Project of Google Cloud that Dataflow runs in."
    )
    region: str | None = Field(
        default=None, min_length=1, description="Region of Google Cloud, such as `europe-west4`."
    )
    temp_location: Annotated[str, AfterValidator(_bucket)] | None = Field(
        default=None, description="Folder for Dataflow's own files, as `gs://BUCKET/FOLDER`."
    )

    @model_validator(mode="after")
    def _keys_of_the_runner(self) -> BeamConfig:
        # What is as by default is not refused: a config is read again from where a run has written it whole.
        given = {key for key, field in type(self).model_fields.items() if getattr(self, key) != field.default}
        for key in sorted(given - _KEYS[self.runner] - {"runner"}):
            runners = [f'"{runner}"' for runner, keys in _KEYS.items() if key in keys]
            raise wrong(
                f'{key} has no meaning with runner = "{self.runner}"; it is for {_listed(runners, "and")}. Remove the '
                "line, or name that runner"
            )
        for key in _NEEDED[self.runner]:
            if getattr(self, key) is None:
                raise wrong(f'{key} is missing; runner = "{self.runner}" needs it; see docs/engines.md')
        named = [key for key in _ENVIRONMENTS if getattr(self, key) is not None]
        if self.runner != "direct" and len(named) != 1:
            raise wrong(
                f"expected exactly one of {_listed(list(_ENVIRONMENTS), 'and')}, got "
                f"{_listed(named, 'and') or 'none of them'}; it says how workers come to their code"
            )
        return self


def _listed(words: list[str], last: str) -> str:
    """Returns "a, b and c"."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def importing(beam: BeamConfig, stage: str) -> list[str]:
    """Returns the options by which the workers of a stage import its library before they begin.

    Two threads of a worker that begin to import the same library, if it has circular imports, may see it half imported.
    In this process, the driver has imported it before.
    """
    elsewhere = beam.runner != "direct" and stage in _LIBRARIES
    return [f"--beam_plugins={_LIBRARIES[stage]}"] if elsewhere else []


def beam_args(beam: BeamConfig) -> list[str]:
    """Returns the pipeline options that every Beam stage gets.

    The runner and its mode are always named, whatever Beam's defaults become.
    """
    if beam.runner == "direct":
        return [
            "--runner=DirectRunner",
            f"--direct_running_mode={beam.mode}",
            f"--direct_num_workers={beam.workers}",
            _NO_PACKAGE,
            _QUICK_PICKLES,
            _NOT_PRISM,
        ]
    if beam.runner == "dataflow":
        return [*_dataflow(beam), _QUICK_PICKLES, _NO_LIST_OF_PACKAGES]
    return [*_engine(beam), *_workers(beam), _LONGEST_JOB, _NO_PACKAGE, _QUICK_PICKLES, _NO_LIST_OF_PACKAGES]


def _engine(beam: BeamConfig) -> list[str]:
    """Flink and Spark get a job with all that it needs by REST: they have to reach nothing on this machine."""
    parallelism = [f"--parallelism={beam.parallelism}"] if beam.parallelism else []
    if beam.runner == "flink":
        return ["--runner=FlinkRunner", f"--flink_master={beam.endpoint}", "--flink_submit_uber_jar", *parallelism]
    if beam.runner == "spark":
        return ["--runner=SparkRunner", f"--spark_rest_url=http://{beam.endpoint}", "--spark_submit_uber_jar"]
    return ["--runner=PortableRunner", f"--job_endpoint={beam.endpoint}", *parallelism]


def _workers(beam: BeamConfig) -> list[str]:
    ((key, value),) = ((key, value) for key in _ENVIRONMENTS if (value := getattr(beam, key)) is not None)
    return [
        f"--environment_type={_ENVIRONMENTS[key]}",
        # Not --environment_options: Beam 2.59 fails on those of EXTERNAL.
        f"--environment_config={json.dumps({'command': value}) if key == 'worker_command' else value}",
        f"--sdk_worker_parallelism={beam.workers}",
    ]


def _dataflow(beam: BeamConfig) -> list[str]:
    return [
        "--runner=DataflowRunner",
        f"--project={beam.project}",
        f"--region={beam.region}",
        f"--temp_location={beam.temp_location}",
        f"--sdk_container_image={beam.worker_image}",
        *([f"--max_num_workers={beam.parallelism}"] if beam.parallelism else []),
    ]


def check_reach(beam: BeamConfig, *paths: str) -> None:
    """Raises UsageError if the machines of an engine cannot see a path that they have to read or write."""
    for path in paths:
        if beam.runner == "dataflow" and "://" not in path:
            raise UsageError(
                f'beam.runner = "dataflow": Dataflow\'s machines see object stores only, and {path} is a path on this '
                "machine. Write an address under gs:// instead, or choose another runner (docs/engines.md)"
            )


def check_answers(beam: BeamConfig) -> None:
    """Raises TurnstileError if nothing answers at an engine's address: Beam would wait for minutes, and say less."""
    if beam.endpoint is None:
        return
    host, _, port = beam.endpoint.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _ANSWER_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise TurnstileError(
            f"beam.endpoint: nothing answers at {beam.endpoint} ({error}). Start the engine there, or correct the "
            "address"
        ) from error
