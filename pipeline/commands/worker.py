"""`turnstile worker`: a pool of Beam workers on this machine, for an engine elsewhere."""

from __future__ import annotations

import json
import signal
import socket
import threading

import click

from pipeline.commands.options import host_option, json_option

_PORT = 50_000  # that of Beam's own pools
_EVERY_ADDRESS = ("0.0.0.0", "::", "[::]")


@click.command()
@host_option
@click.option(
    "--port",
    metavar="PORT",
    type=click.IntRange(0, 65535),
    default=_PORT,
    show_default=True,
    help="Port to listen on; 0 takes any free one.",
)
@json_option
def worker(host: str, port: int, as_json: bool) -> None:
    """Start Beam workers here whenever an engine asks for them.

    With runner = "portable", "flink" or "spark" under [beam] of a config, an engine elsewhere runs the stages that read
    data. It asks here for a worker at each of them. This machine needs the project in the same version, and has to see
    the data and the output folder under the same paths as the machine that runs `turnstile run`.

    Whoever reaches the port can run code here, so open it to the engine only. Ctrl-C, or SIGTERM, ends the workers and
    then the command.
    """
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    from pipeline.run.importing_tfx import without_a_log

    with without_a_log():  # Beam's libraries print warnings about what is none of the user's business
        from pipeline.worker.pool import listening

    with listening(host, port, lambda text: click.echo(text, err=True)) as taken:
        address = f"{socket.gethostname() if host in _EVERY_ADDRESS else host}:{taken}"
        click.echo(json.dumps({"worker_address": address}) if as_json else _words(address))
        ended.wait()


def _words(address: str) -> str:
    return f"""Workers start here when an engine asks for them: {address}
In the config of a run, under [beam], with the runner and its endpoint:

worker_address = "{address}"
"""
