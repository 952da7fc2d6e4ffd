"""The local model server's speed, beside direct calls of the same model, and a drill; writes docs/serving-speed.md.

python -m benchmarks.serving [--model serving_model/taxi/VERSION] [--seconds 5] [--drill-seconds 60]
"""

from __future__ import annotations

import argparse
import functools
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.drill import drill, summary, table
from benchmarks.h2load import Load, load
from benchmarks.local_server import local_server, newest_model
from benchmarks.machine import machine
from benchmarks.request import Request, made_request
from serving.model.saved_model import SavedModel

PAGE = Path("docs/serving-speed.md")
CONNECTIONS = (1, 8, 32)
ROWS = 32  # of the requests with several rows
REPEATS = 3  # of each measurement of a server; the median is shown

TEXT = """# How fast the local model server is

Measured by `python -m benchmarks.serving` on {machine}; the client, h2load, ran on the
same cores. Taxi model, signature `raw` (15 columns), one request at a time on each connection, {seconds} s each after
a second of warm-up, the median of {repeats} such runs. "Direct call" is the same model asked in the benchmark's own
process, in the same run, without any server: by the signature that `tf.saved_model.load` gives, and by the C++
session, which the server uses too. Requests a second depend on the machine; how they compare depends on it less.

| API | batching | connections | rows a request | requests/s | rows/s | p50 ms | p99 ms | failed |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
{lines}

## Releases under load

`python -m benchmarks.drill`, in the same run: clients in Python ask without pause, half of them by REST and half by
gRPC, half for `stable` and half for `canary`, while versions are pushed, promoted and rolled back.

{drill}

{summary}
"""


def main() -> None:
    """Measures and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a version of the taxi model; the newest by default")
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement")
    parser.add_argument("--drill-seconds", type=float, default=60.0, help="of the release drill")
    options = parser.parse_args()
    folder, seconds = options.model or newest_model(), options.seconds
    lines = []
    for measured in measurements(folder, seconds):
        print(measured, file=sys.stderr)
        lines.append(measured)
    found = drill(folder, options.drill_seconds, lambda done: print(done, file=sys.stderr))
    text = TEXT.format(
        machine=machine(),
        seconds=seconds,
        repeats=REPEATS,
        lines="\n".join(lines),
        drill="\n".join(table(found)),
        summary=summary(found),
    )
    PAGE.write_text(text)


def measurements(folder: Path, seconds: int) -> Iterator[str]:
    """Measures one thing after another; gives a line of the table for each."""
    model = SavedModel(folder)
    one, many = made_request(model, 1), made_request(model, ROWS)
    for request in (one, many):
        yield direct("direct call, eager", eager(folder, request), request, seconds)
        yield direct("direct call, session", functools.partial(model, "raw", request.inputs), request, seconds)
    with serving(folder, batching=True) as batched, serving(folder, batching=False) as unbatched:
        for connections, request in [*((n, one) for n in CONNECTIONS), (CONNECTIONS[-1], many)]:
            yield from _compared(batched, unbatched, request, connections, seconds)


def _compared(batched: Urls, unbatched: Urls, request: Request, connections: int, seconds: int) -> Iterator[str]:
    """Measures both servers by both APIs in turn, so that what else the machine does comes over all of them."""
    measured: dict[tuple[str, str], list[Load]] = {}
    for _ in range(REPEATS):
        for batching, urls in (("yes", batched), ("no", unbatched)):
            by_rest = load(urls.rest, request.rest, connections, seconds)
            by_grpc = load(urls.grpc, request.grpc, connections, seconds, grpc=True)
            measured.setdefault(("REST", batching), []).append(by_rest)
            measured.setdefault(("gRPC", batching), []).append(by_grpc)
    for (api, batching), found in sorted(measured.items(), reverse=True):
        middle = sorted(found, key=lambda one: one.per_second)[REPEATS // 2]
        failed = sum(one.failed for one in found)
        yield line(api, batching, connections, request.rows, replace(middle, failed=failed))


def eager(folder: Path, request: Request) -> Callable[[], object]:
    """Returns a call of the signature as TensorFlow's Python loads it."""
    import tensorflow as tf

    loaded = tf.saved_model.load(str(folder))
    signature = loaded.signatures["raw"]
    inputs = {name: tf.constant(values) for name, values in request.inputs.items()}

    def call() -> object:
        assert loaded  # the signature's variables live as long as it does
        return {name: value.numpy() for name, value in signature(**inputs).items()}

    return call


def direct(name: str, call: Callable[[], object], request: Request, seconds: float) -> str:
    """Calls something in this process, again and again; returns the table's line."""
    times: list[float] = []
    call()
    end = time.perf_counter() + seconds
    while (started := time.perf_counter()) < end:
        call()
        times.append(time.perf_counter() - started)
    p50, p99 = np.percentile(times, [50, 99]) * 1000
    return line(name, "", 1, request.rows, Load(len(times) / sum(times), p50, p99, 0))


class Urls(NamedTuple):
    """Where to post requests to predict."""

    rest: str
    grpc: str


@contextmanager
def serving(model: Path, batching: bool) -> Iterator[Urls]:
    """Serves a copy of a model."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(model, Path(folder) / "taxi" / "1")
        with local_server(Path(folder), "--batching" if batching else "--no-batching") as (rest, target):
            yield Urls(f"{rest}:predict", f"http://{target}/tensorflow.serving.PredictionService/Predict")


def line(api: str, batching: str, connections: int, count: int, found: Load) -> str:
    """Returns a line of the table."""
    numbers = f"{found.per_second:,.0f} | {found.per_second * count:,.0f} | {found.p50:.2f} | {found.p99:.2f}"
    return f"| {api} | {batching} | {connections} | {count} | {numbers} | {found.failed} |"


if __name__ == "__main__":
    main()
