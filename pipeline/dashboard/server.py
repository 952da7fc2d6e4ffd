"""Serves the page and the reports on this machine; the page is made anew whenever it is asked for."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from turnstile.errors import UsageError

HOST = "127.0.0.1"
_PAGE = re.compile(r"/(runs/[\w.:+@=~-]+/(?:report[\w-]*|model_card)\.html)")

logger = logging.getLogger("dashboard")


def server(root: Path, port: int, page: Callable[[], str], missing: Callable[[str], object]) -> ThreadingHTTPServer:
    """Returns a server that listens already; `serve_forever` answers.

    Args:
        root: the pipeline's folder, in which the reports are.
        port: on which to listen; 0 for a free one.
        page: makes the page.
        missing: writes the report of a run, by its name, that is not there yet; raises UsageError if it cannot.

    Raises:
        UsageError: the port cannot be had.
    """

    class Handler(BaseHTTPRequestHandler):
        """Answers with a page that is there, and with nothing else of the folder."""

        def do_GET(self) -> None:
            """Answers a request."""
            path = unquote(self.path.partition("?")[0])
            found = _PAGE.fullmatch(path)
            file = (root / found[1]) if found and ".." not in path else None
            if path == "/":
                self._answer(200, page())
            elif file and _there(file, missing):
                self._answer(200, file.read_text())
            else:
                self._answer(404, "There is no such page.")

        def _answer(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Tells the log, not the terminal."""
            logger.info(format, *arguments)

    try:
        return ThreadingHTTPServer((HOST, port), Handler)
    except OSError as error:
        raise UsageError(f"cannot listen on {HOST}:{port} ({error.strerror}); give another --port") from error


def _there(file: Path, missing: Callable[[str], object]) -> bool:
    """Whether a page is there, at the latest now: of runs of Airflow, nobody has written the report before."""
    if not file.is_file() and file.name == "report.html" and file.parent.is_dir():
        with contextlib.suppress(UsageError):
            missing(file.parent.name)
    return file.is_file()
