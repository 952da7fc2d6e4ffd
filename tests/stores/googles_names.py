"""Cloud Storage under Google's own names, for TensorFlow, which asks for gs:// under no other.

This is a program that is run in a network and a mount namespace of its own, where the names lead to it. It takes TLS
away, divides batches, and passes requests on to fake-gcs-server, which it starts.
"""

from __future__ import annotations

import email
import http.client
import json
import ssl
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from tests.stores.servers import Google

NAMES = ("storage.googleapis.com", "www.googleapis.com")
CERTIFICATE, KEY, CREDENTIALS = "certificate.pem", "key.pem", "credentials.json"
URL = "url"  # the file that says where fake-gcs-server is, as soon as everything answers
_ANSWERS = {  # to what fake-gcs-server does not know
    "/token": b'{"access_token": "x", "token_type": "Bearer", "expires_in": 3600}',
    "/storageLayout": b'{"hierarchicalNamespace": {"enabled": false}}',  # TensorFlow 2.21 asks before it renames
}
_JSON = {"Content-Type": "application/json"}
_OWN = {"transfer-encoding", "content-length", "connection", "date", "server"}  # headers that each server writes itself


class Passing(BaseHTTPRequestHandler):
    """Passes requests on: one by one those of a batch, and without a header that TensorFlow sends."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the rest of each answer waits 40 ms for its beginning to be received
    port = 0

    def _pass(self) -> None:
        body = self._body()
        for end, content in _ANSWERS.items():
            if self.path.endswith(end):
                self._answer(200, _JSON, content)
                return
        if self.path.startswith("/batch/"):  # fake-gcs-server does not answer these as Google does
            self._answer(200, {"Content-Type": "multipart/mixed; boundary=part"}, self._of_batch(body))
            return
        # TensorFlow posts with "Transfer-Encoding: identity", to which Go's servers answer 501.
        headers = {name: value for name, value in self.headers.items() if name.lower() not in {*_OWN, "host", "expect"}}
        self._answer(*self._asked(self.command, self.path, body, headers))

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _of_batch(self, body: bytes) -> bytes:
        """Asks for each part of a batch (docs.cloud.google.com/storage/docs/batch), and puts the answers together."""
        answers = b""
        for part in email.message_from_bytes(b"Content-Type: %b\n\n%b" % (self._kind(), body)).get_payload():
            first, _, rest = part.get_payload().lstrip().replace("\r\n", "\n").partition("\n")
            method, url, *_ = first.split()
            path = url.removeprefix("https://").removeprefix(NAMES[1])
            status, _, content = self._asked(method, path, rest.partition("\n\n")[2].strip().encode(), _JSON)
            answers += b"--part\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 %d -\r\n" % status
            answers += b"Content-Type: application/json\r\n\r\n%b\r\n" % content
        return answers + b"--part--\r\n"

    def _kind(self) -> bytes:
        return self.headers["Content-Type"].encode()

    def _asked(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request(method, path, body, {**headers, "Content-Length": str(len(body))})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()

    def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() == "location":  # of an upload, which goes on under the name that was asked
                scheme = "https" if isinstance(self.connection, ssl.SSLSocket) else "http"
                value = urlsplit(value)._replace(scheme=scheme, netloc=self.headers["Host"]).geturl()
            if name.lower() not in _OWN:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = _pass  # noqa: N815 - http.server's names

    def log_message(self, *words: object) -> None:
        """Says nothing."""


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


def certificate(folder: Path) -> None:
    """Writes a certificate for the names, and its key."""
    names = ",".join(f"DNS:{name}" for name in NAMES)
    _run(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=test",
        "-addext", f"subjectAltName={names}", "-keyout", str(folder / KEY), "-out", str(folder / CERTIFICATE),
    )  # fmt: skip


def credentials(folder: Path, url: str) -> None:
    """Writes credentials of a service account, for whom every client gets a token first."""
    account = {
        "type": "service_account", "project_id": "test", "client_email": "test@test.example.com", "client_id": "1",
        "private_key_id": "1", "private_key": (folder / KEY).read_text(), "token_uri": f"{url}/token",
    }  # fmt: skip
    (folder / CREDENTIALS).write_text(json.dumps(account))


def main(folder: Path) -> None:
    """Serves until it is ended; `folder` is for the files of both servers."""
    _run("ip", "link", "set", "lo", "up")
    (folder / "hosts").write_text(f"127.0.0.1 localhost {' '.join(NAMES)}\n")
    _run("mount", "--bind", str(folder / "hosts"), "/etc/hosts")
    certificate(folder)
    store = Google(folder)
    Passing.port = store.port
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / CERTIFICATE, folder / KEY)
    plain, server = ThreadingHTTPServer(("127.0.0.1", 0), Passing), ThreadingHTTPServer(("127.0.0.1", 443), Passing)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=plain.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{plain.server_port}"
    credentials(folder, url)
    (folder / URL).write_text(url)
    server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
