"""Forwards a port of this machine to others, which take turns: `python forwarding.py PORT HOST:PORT [HOST:PORT...]`.

It uses nothing but the standard library.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import sys
import threading

_BYTES = 1 << 16


def main(port: str, *places: str) -> None:
    """Forwards each connection to the next one of the places."""
    with socket.create_server(("127.0.0.1", int(port))) as server:
        for place in itertools.cycle(places):
            client, _ = server.accept()
            host, _, number = place.rpartition(":")
            other = socket.create_connection((host, int(number)))
            for one, to in ((client, other), (other, client)):
                threading.Thread(target=_copy, args=[one, to], daemon=True).start()


def _copy(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(_BYTES):
            other.sendall(data)
    for end in (one, other):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


if __name__ == "__main__":
    main(*sys.argv[1:])
