"""What the server counts, for Prometheus."""

from __future__ import annotations

import functools
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

# Where TensorFlow Serving serves them, if its monitoring config says so.
PATH = "/monitoring/prometheus/metrics"

_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)

REGISTRY = CollectorRegistry()
_REQUESTS = Counter(
    "turnstile_requests", "Requests answered.", ["api", "method", "model", "version", "code"], registry=REGISTRY
)
_LATENCY = Histogram(
    "turnstile_request_seconds",
    "From the last byte read to the answer.",
    ["api", "method"],
    buckets=_SECONDS,
    registry=REGISTRY,
)
_BATCH_ROWS = Histogram(
    "turnstile_batch_rows", "Rows of a run of the model.", ["model", "version"], buckets=_ROWS, registry=REGISTRY
)
_BATCH_SECONDS = Histogram(
    "turnstile_batch_seconds", "Time of a run of the model.", ["model", "version"], buckets=_SECONDS, registry=REGISTRY
)


@functools.lru_cache(maxsize=4096)
def _request(api: str, method: str, model: str, version: int, code: int) -> tuple[Callable, Callable]:
    counter = _REQUESTS.labels(api, method, model, version or "", code)
    return counter.inc, _LATENCY.labels(api, method).observe


def answered(api: str, method: str, model: str, version: int, code: int, seconds: float) -> None:
    """Counts a request.

    Args:
        api: "rest" or "grpc".
        method: "predict", "classify" and so on.
        model: its name; "" for one that does not exist, so that clients cannot make up names without end.
        version: the version that answered, 0 for none.
        code: google.rpc.Code.
        seconds: seconds from the last byte read to the answer.
    """
    count, observe = _request(api, method, model, version, code)
    count()
    observe(seconds)


def batches(model: str, version: int) -> tuple[Callable[[float], None], Callable[[float], None]]:
    """Returns the observers of a run's rows and seconds."""
    return _BATCH_ROWS.labels(model, version).observe, _BATCH_SECONDS.labels(model, version).observe


def page() -> bytes:
    """Returns the page that Prometheus reads."""
    return generate_latest(REGISTRY)
