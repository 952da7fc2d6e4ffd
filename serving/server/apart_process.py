"""The process that reads and writes large requests for the server: functions come in, what they return goes out.

python -m serving.server.apart_process
"""

from __future__ import annotations

import contextlib
import os
import sys

from serving.model.request_error import INTERNAL, RequestError
from serving.server import classify_regress, rpc_messages  # noqa: F401 - what it is asked for, before it is asked
from serving.server.apart import Raised, receive, send

_NICE = 5  # where cores are few, the server comes first


def main() -> None:
    """Answers until the server is gone."""
    os.nice(_NICE)
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever is printed must not get between the answers
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            _answer(output)


def _answer(output: object) -> None:
    function, arguments = receive(sys.stdin.buffer)
    try:
        found = function(*arguments)
    except RequestError as error:
        found = Raised(error)
    except Exception as error:  # it may be of a kind that cannot be sent
        found = Raised(RequestError(INTERNAL, f"{type(error).__name__}: {error}"))
    send(output, found)


if __name__ == "__main__":
    main()
