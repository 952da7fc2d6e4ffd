"""`turnstile serve`: TensorFlow Serving where it is installed, the local model server elsewhere."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.commands.options import LocalPath, config_option, load_served, serving_dir_option

_PORT = click.IntRange(0, 65535)


@click.command()
@config_option
@serving_dir_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for every one.")
@click.option("--port", type=_PORT, default=8500, show_default=True, help="For gRPC; 0 for any free one.")
@click.option("--rest-api-port", type=_PORT, default=8501, show_default=True, help="For REST; 0 for any free one.")
@click.option("--model-config-file", type=LocalPath(), help="[default: models.config in the serving folder]")
@click.option("--batching/--no-batching", default=True, show_default=True, help="Answer waiting requests together.")
@click.option("--max-batch-size", type=click.IntRange(1), default=256, show_default=True, help="Rows of a batch.")
@click.option(
    "--batch-timeout-micros",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="How long a request waits for others to share its batch.",
)
@click.option("--max-enqueued-rows", type=click.IntRange(1), default=65_536, show_default=True, help="Rows that wait.")
@click.option("--max-message-mb", type=click.IntRange(1), default=64, show_default=True, help="Of a request.")
@click.option("--timeout", type=click.FloatRange(0.1), default=30, show_default=True, help="Seconds, of REST requests.")
@click.option(
    "--poll-seconds", type=click.FloatRange(0.05), default=0.5, show_default=True, help="Between looks for changes."
)
@click.option("--log-requests", type=LocalPath(), help="File to append requests and answers to, as JSON lines.")
@click.option("--log-rate", type=click.FloatRange(0, 1), default=1.0, show_default=True, help="Share that is logged.")
@click.option("--cors", is_flag=True, help="Let pages of any web site ask by REST: browsers forbid it otherwise.")
@click.option("--local", is_flag=True, help="The local server, even if tensorflow_model_server is on PATH.")
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
    """Serve the pushed versions by TensorFlow Serving's REST and gRPC APIs.

    Starts tensorflow_model_server if it is on PATH; otherwise a local server of the same APIs, for development and
    tests. Follows promotions, rollbacks and pushes by itself; stops on SIGTERM when every request is answered.
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
    )
    launch(config, options, local)
