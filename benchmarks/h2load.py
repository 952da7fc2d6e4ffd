"""Load by h2load (of nghttp2): one process and thread that is far cheaper than any Python client."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Load:
    """What came of a load: requests a second, and milliseconds at the median and the 99th percentile."""

    per_second: float
    p50: float
    p99: float
    failed: int


def load(url: str, body: bytes, connections: int, seconds: int, *, grpc: bool = False) -> Load:
    """Posts `body` again and again over some connections, one request at a time on each.

    Args:
        url: what to post to.
        body: the body of each request.
        connections: the number of connections that are open at the same time.
        seconds: how long, after one second that is not counted.
        grpc: HTTP/2 with gRPC's headers, rather than HTTP/1.1.
    """
    if not shutil.which("h2load"):
        raise SystemExit("h2load is not on PATH; on Debian or Ubuntu: sudo apt install nghttp2-client")
    kind = ["-H", "te: trailers", "-H", "content-type: application/grpc"] if grpc else ["--h1"]
    with tempfile.TemporaryDirectory() as folder:
        data, log = Path(folder) / "body", Path(folder) / "log"
        data.write_bytes(body)
        for duration, file in ((1, Path(folder) / "warm"), (seconds, log)):
            command = ["h2load", "-t1", f"-c{connections}", "-m1", "-D", str(duration), "-d", str(data)]
            subprocess.run([*command, f"--log-file={file}", *kind, url], check=True, capture_output=True)
        rows = [line.split("\t") for line in log.read_text().splitlines()]
    micros = sorted(int(duration) for _, _, duration in rows)
    cuts = statistics.quantiles(micros, n=100)
    failed = sum(status != "200" for _, status, _ in rows)
    return Load(len(rows) / seconds, cuts[49] / 1000, cuts[98] / 1000, failed)
