"""`turnstile serve`: TensorFlow Serving where it is installed, the local model server elsewhere."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.commands.options import LocalPath, config_option, host_option, load_served, serving_dir_option

_PORT = click.IntRange(0, 65535)


@click.command()
@config_option
@serving_dir_option
@host_option
@click.option(
    "--port", metavar="PORT", type=_PORT, default=8500, show_default=True, help="Port for gRPC; 0 takes any free one."
)
@click.option(
    "--rest-api-port",
    metavar="PORT",
    type=_PORT,
    default=8501,
    show_default=True,
    help="Port for REST; 0 takes any free one.",
)
@click.option(
    "--model-config-file",
    metavar="FILE",
    type=LocalPath(),
    help="File that says which versions to load.  [default: models.config in the serving folder]",
)
@click.option(
    "--batching/--no-batching",
    default=True,
    show_default=True,
    help="Answer requests that wait at the same time by one run of the model.",
)
@click.option(
    "--max-batch-size",
    metavar="ROWS",
    type=click.IntRange(1),
    default=256,
    show_default=True,
    help="Largest number of rows in a batch.",
)
@click.option(
    "--batch-timeout-micros",
    metavar="MICROSECONDS",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Microseconds that a request waits for others to share its batch.",
)
@click.option(
    "--max-enqueued-rows",
    metavar="ROWS",
    type=click.IntRange(1),
    default=65_536,
    show_default=True,
    help="Largest number of rows that may wait; requests beyond it are refused.",
)
@click.option(
    "--max-message-mb",
    metavar="MB",
    type=click.IntRange(1),
    default=64,
    show_default=True,
    help="Largest size of a request, in megabytes of 2^20 bytes.",
)
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=click.FloatRange(0.1),
    default=30,
    show_default=True,
    help="Seconds that a REST request may take.",
)
@click.option(
    "--poll-seconds",
    metavar="SECONDS",
    type=click.FloatRange(0.05),
    default=0.5,
    show_default=True,
    help="Seconds between looks for new versions and moved labels.",
)
@click.option(
    "--log-requests",
    metavar="FILE",
    type=LocalPath(),
    help="File to append requests and their answers to, as JSON lines.",
)
@click.option(
    "--log-rate",
    metavar="SHARE",
    type=click.FloatRange(0, 1),
    default=1.0,
    show_default=True,
    help="Share of the rows to log, from 0 to 1.",
)
@click.option("--cors", is_flag=True, help="Let pages of any web site ask by REST; browsers forbid it otherwise.")
@click.option("--local", is_flag=True, help="Start the local server even if tensorflow_model_server is on PATH.")
def serve(
    config_file: str,
    serving_dir: str | None,
    host: str,
    port: int,
    rest_api_port: int,
    model_config_file: str | None,
    batching: bool,
    max_batch_size: int,
    batch_timeout_micros: int,
    max_enqueued_rows: int,
    max_message_mb: int,
    timeout: float,
    poll_seconds: float,
    log_requests: str | None,
    log_rate: float,
    cors: bool,
    local: bool,
) -> None:
    """Serve the pushed versions by REST and gRPC.

    If tensorflow_model_server is on PATH, the command starts it. Otherwise it starts a local server with TensorFlow
    Serving's APIs, which is meant for development and tests. The server follows pushes, promotions and rollbacks by
    itself. On SIGTERM the local server answers the requests it has, and stops.
    """
    from serving.server.batching import BatchingOptions
    from serving.server.launch import launch
    from serving.server.serve import ServerOptions

    config = load_served(config_file, serving_dir)
    folder = Path(config.serving.dir)
    options = ServerOptions(
        name=config.name,
        serving_dir=folder,
        config_file=Path(model_config_file) if model_config_file else folder / "models.config",
        host=host,
        grpc_port=port,
        rest_port=rest_api_port,
        batching=BatchingOptions(batching, max_batch_size, batch_timeout_micros, max_enqueued_rows),
        poll_seconds=poll_seconds,
        max_message_bytes=max_message_mb << 20,
        timeout_seconds=timeout,
        log=Path(log_requests) if log_requests else None,
        log_rate=log_rate,
        cors=cors,
        verify_with=config.serving.verify_with,
    )
    launch(config, options, local)
