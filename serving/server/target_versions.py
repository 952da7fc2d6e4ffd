"""Which versions ought to be loaded, by TensorFlow Serving's rules: models, the policy of each, and their folders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf import text_format

from serving.model.protos import model_server_config_pb2
from serving.model.request_error import FAILED_PRECONDITION, INVALID_ARGUMENT, RequestError
from serving.releases.version_folders import versions

ModelServerConfig = model_server_config_pb2.ModelServerConfig


@dataclass(frozen=True)
class TargetVersions:
    """What a model's config asks for.

    Attributes:
        folder: where the versions are.
        versions: the numbers to load, in ascending order; those that are there.
        labels: version numbers by label.
    """

    folder: Path
    versions: tuple[int, ...]
    labels: dict[str, int]


def read_config(path: Path) -> Any:
    """Reads a ModelServerConfig text proto.

    Raises:
        ValueError: it does not parse.
        OSError: it cannot be read.
    """
    try:
        return text_format.Parse(path.read_text(), ModelServerConfig())
    except (text_format.ParseError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not a ModelServerConfig in text format ({str(error).rstrip('.')})") from error


def one_model(name: str, folder: Path) -> Any:
    """The config of one model whose newest version serves, as TensorFlow Serving's --model_name has it."""
    config = ModelServerConfig()
    config.model_config_list.config.add(name=name, base_path=str(folder.resolve()), model_platform="tensorflow")
    return config


def check(config: Any) -> None:
    """Refuses what TensorFlow Serving refuses.

    Raises:
        RequestError: it is no list of models, or a model is listed twice, has no absolute path, or is for another
            platform.
    """
    if config.WhichOneof("config") != "model_config_list":  # such as a file that is just being written
        raise RequestError(
            FAILED_PRECONDITION,
            "Cannot transition to requested config. It is only legal to transition from one ModelConfigList to "
            "another.",
        )
    names = [model.name for model in config.model_config_list.config]
    for model in config.model_config_list.config:
        if names.count(model.name) > 1:
            raise _wrong(f"Illegal to list model {model.name} multiple times in config list")
        if not model.base_path.startswith("/"):
            raise _wrong(
                f"Expected model {model.name} to have an absolute path or URI; got base_path()={model.base_path}"
            )
        _check_platform(model)


def _check_platform(model: Any) -> None:
    """Refuses another platform than TensorFlow's; `model_type` says the same as `model_platform`, in older files."""
    kinds = model_server_config_pb2.ModelType
    if model.model_type != kinds.MODEL_TYPE_UNSPECIFIED:
        if model.model_platform:
            raise _wrong(
                "Illegal setting both ModelServerConfig::model_type (deprecated) and ModelServerConfig::model_platform."
            )
        if model.model_type != kinds.TENSORFLOW:
            raise _wrong(f"ModelServerConfig::model_type choice {kinds.Name(model.model_type)} not supported.")
    elif model.model_platform != "tensorflow":
        raise _wrong(f"model {model.name}: expected model_platform 'tensorflow', got '{model.model_platform}'")


def target_versions(config: Any, beside: Path) -> dict[str, TargetVersions]:
    """Returns what each model of a config asks for, by model name.

    Args:
        config: a ModelServerConfig.
        beside: where models are looked for by name when a base_path is not on this machine, but that of a container.

    Raises:
        OSError: a model has no folder. What serves is then left as it is, whichever model it is.
    """
    return {model.name: _of_model(model, beside) for model in config.model_config_list.config}


def _of_model(model: Any, beside: Path) -> TargetVersions:
    folder = Path(model.base_path)
    if not folder.is_dir():
        folder = beside / folder.name
    if not folder.is_dir():
        raise FileNotFoundError(f"Could not find base path {model.base_path} for servable {model.name}")
    policy = model.model_version_policy
    there = [int(path.name) for path in versions(folder)]
    if policy.HasField("specific"):
        numbers = sorted(set(policy.specific.versions) & set(there))
    elif policy.HasField("all"):
        numbers = there
    else:
        numbers = there[-(policy.latest.num_versions or 1) :]
    return TargetVersions(folder, tuple(numbers), dict(model.version_labels))


def _wrong(message: str) -> RequestError:
    return RequestError(INVALID_ARGUMENT, message)
