"""Reads and writes models.config: which versions TensorFlow Serving loads, and which label names which version.

It is TensorFlow Serving's own format, a ModelServerConfig text proto. It may list several models; each pipeline changes
the entry of its own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from google.protobuf import text_format

from serving.model.protos import model_server_config_pb2
from turnstile.errors import UsageError
from turnstile.files import replace
from turnstile.typed_command import typed

NAME = "models.config"
_HEADER = """\
# A ModelServerConfig of TensorFlow Serving, written by: turnstile promote, rollback, retire, and after a push.
# Other models and other settings are kept; comments are not.
"""

ModelServerConfig = model_server_config_pb2.ModelServerConfig


def read(file: Path) -> Any:
    """Returns the ModelServerConfig in a file; an empty one if there is no such file.

    Raises:
        UsageError: it is not one, or not one that can be changed here.
    """
    try:
        config = text_format.Parse(file.read_text(), ModelServerConfig())
    except FileNotFoundError:
        return ModelServerConfig()
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror})") from error
    except (text_format.ParseError, UnicodeDecodeError) as error:
        where, what = _place(str(error))
        raise _refused(f"{file}{where}", f"not a ModelServerConfig in text format ({what})", file) from error
    names = [model.name for model in config.model_config_list.config]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise _refused(str(file), f"lists model '{twice}' twice", file)
    if config.WhichOneof("config") == "custom_model_config":
        raise _refused(str(file), "expected model_config_list, found custom_model_config", file)
    return config


def _place(message: str) -> tuple[str, str]:
    """Splits protobuf's "7:5 : 'the line': what" into ":7" and what."""
    found = re.match(r"(\d+):\d+ : (.*)", message, re.DOTALL)
    return (f":{found[1]}", found[2]) if found else ("", message)


def _refused(where: str, what: str, file: Path) -> UsageError:
    return UsageError(
        f"{where}: {what}; nothing was changed. Correct it; or move it away, and set the labels again: "
        f"{typed('promote', 'VERSION', '--label', 'LABEL')}. "
        f"What they were is in {file.with_name('releases.jsonl')}"
    )


def labels(config: Any, name: str) -> dict[str, int]:
    """Returns a model's version numbers by label; empty for a model that is not listed."""
    return {label: number for m in _of(config, name) for label, number in sorted(m.version_labels.items())}


def listed(config: Any, name: str) -> tuple[int, ...]:
    """Returns the versions of a model that are loaded by number, in ascending order."""
    return tuple(sorted(number for m in _of(config, name) for number in m.model_version_policy.specific.versions))


def base_path(config: Any, name: str) -> str | None:
    """Returns where a model's versions are for TensorFlow Serving; None for a model that is not listed."""
    return next((model.base_path for model in _of(config, name)), None)


def _of(config: Any, name: str) -> list[Any]:
    return [model for model in config.model_config_list.config if model.name == name]


def empty() -> Any:
    """Returns a ModelServerConfig that lists no model, so that a server which reads it serves none."""
    config = ModelServerConfig()
    config.model_config_list.SetInParent()
    return config


def changed(config: Any, name: str, folder: str, versions: Collection[int], by_label: Mapping[str, int]) -> Any:
    """Returns a copy in which one model has other versions and labels, and all the rest is as it was.

    Args:
        config: a ModelServerConfig.
        name: the model; listed anew if it is not.
        folder: where TensorFlow Serving finds its versions.
        versions: the numbers to load; not empty, which TensorFlow Serving would take for the latest.
        by_label: a version number for each label, among `versions`.
    """
    if not versions:
        raise ValueError(f"{name}: no version to load")
    new = ModelServerConfig()
    new.CopyFrom(config)
    model = next(iter(_of(new, name)), None) or new.model_config_list.config.add(name=name)
    model.base_path, model.model_platform = folder, "tensorflow"
    model.ClearField("model_type")  # the old way to say the platform; TensorFlow Serving refuses a file with both
    model.model_version_policy.specific.versions[:] = sorted(versions)
    model.version_labels.clear()
    model.version_labels.update(by_label)
    return new


def in_text(config: Any) -> str:
    """Returns what is written of a ModelServerConfig."""
    return _HEADER + text_format.MessageToString(config)


def write(file: Path, config: Any) -> None:
    """Replaces a file in one step: whoever reads it, at whatever moment, finds a whole one."""
    replace(file, in_text(config))
