"""Chooses what `turnstile serve` starts: TensorFlow Serving where it is installed, the local server elsewhere."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sys

from serving.releases import integrity, signatures
from serving.releases.version_folders import version_folder
from serving.server.batching import BatchingOptions
from serving.server.serve import ServerOptions, serve
from serving.server.target_versions import one_model, read_config, target_versions
from serving.settings import Served
from turnstile.errors import UsageError

BINARY = "tensorflow_model_server"


def launch(config: Served, options: ServerOptions, local: bool) -> None:
    """Serves until it is told to stop.

    Args:
        config: the config of the pipeline whose models these are; messages name its settings.
        options: where and how.
        local: take the local server even if TensorFlow Serving is there.

    Raises:
        UsageError: serving.verify_with is no key, or TensorFlow Serving would load what is not as it was pushed.
    """
    if options.verify_with:
        signatures.public_key(options.verify_with)
    binary = None if local else shutil.which(BINARY)
    if binary:
        _say(f"starting {binary} from PATH, on every address of this machine. For the local server: --local")
        sys.stderr.flush()
        arguments = flags(config, options)
        _check_versions(options)
        os.execv(binary, [binary, *arguments])
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.WARNING, stream=sys.stderr)
    logging.getLogger("turnstile").setLevel(logging.INFO)
    logging.getLogger("uvicorn").setLevel(logging.ERROR)  # it warns of clients that would like to upgrade
    if not options.config_file.exists() and not (options.serving_dir / options.name).is_dir():
        _say(f"{options.serving_dir}/{options.name}: has no version yet; waiting for one. To push one: turnstile run")
    serve(options)


def _check_versions(options: ServerOptions) -> None:
    """Checks what TensorFlow Serving would load at its start: it looks at no digest itself, and leaves nothing out."""
    with contextlib.suppress(ValueError, OSError):  # of a file that it cannot read, it says so itself
        here = options.config_file.exists()
        config = (
            read_config(options.config_file) if here else one_model(options.name, options.serving_dir / options.name)
        )
        for model in target_versions(config, options.serving_dir).values():
            for number in model.versions:
                integrity.check(version_folder(model.folder, number), options.verify_with)


def flags(config: Served, options: ServerOptions) -> list[str]:
    """Returns TensorFlow Serving's flags for the same models, ports and batching.

    Raises:
        UsageError: models.config names folders of another machine.
    """
    if options.config_file.exists():
        if config.serving.base_path:
            raise UsageError(
                f"{options.config_file}: names models under {config.serving.base_path} (serving.base_path), where "
                f"{BINARY} on this machine will not find them; take the local server: turnstile serve --local"
            )
        models = [
            f"--model_config_file={options.config_file.resolve()}",
            f"--model_config_file_poll_wait_seconds={max(1, round(options.poll_seconds))}",
            "--allow_version_labels_for_unavailable_models=true",
        ]
    else:
        folder = (options.serving_dir / options.name).resolve()
        models = [f"--model_name={options.name}", f"--model_base_path={folder}"]
    return [
        *models,
        f"--port={options.grpc_port}",
        f"--rest_api_port={options.rest_port}",
        f"--file_system_poll_wait_seconds={max(1, round(options.poll_seconds))}",
        *(["--rest_api_enable_cors_support=true"] if options.cors else []),
        "--num_load_threads=4",  # a version that cannot be loaded holds up no other while it is tried again
        *_batching(options.batching),
    ]


def _batching(batching: BatchingOptions) -> list[str]:
    if not batching.enabled:
        return []
    text = (
        f"max_batch_size {{ value: {batching.max_batch_size} }}\n"
        f"batch_timeout_micros {{ value: {batching.batch_timeout_micros} }}\n"
    )
    # In memory: TensorFlow Serving inherits it, and it is gone when that ends.
    file = os.memfd_create("batching.config", 0)
    os.write(file, text.encode())
    return ["--enable_batching=true", f"--batching_parameters_file=/proc/self/fd/{file}"]


def _say(message: str) -> None:
    print(f"turnstile: {message}", file=sys.stderr)
