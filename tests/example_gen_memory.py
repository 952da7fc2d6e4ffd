"""A program of its own: prints as JSON what importing the ExampleGen imports, and how its memory grows with a file."""

from __future__ import annotations

import json
import resource
import sys

import apache_beam as beam

from components.example_gen import component
from components.example_gen.splitting import Splits
from components.example_gen.write_examples import Job, WriteExamples

_HEAVY = ("tfx.v1", "google.cloud.aiplatform")


def main(folder: str) -> None:
    """Reads <folder>/small.<kind>, then large.<kind>; prints the growth of the peak between them, in bytes."""
    found: dict = {"component": component.__name__, "imported": [name for name in _HEAVY if name in sys.modules]}
    for kind in ("csv", "parquet"):
        _write(f"{folder}/small.{kind}", folder)
        before = _peak()
        _write(f"{folder}/large.{kind}", folder)
        found[kind] = _peak() - before
    print(json.dumps(found))


def _write(path: str, folder: str) -> None:
    splits = Splits(("train", "eval"), (4, 1))
    job = Job((path,), splits, (f"{folder}/train", f"{folder}/eval"), f"{folder}/unfinished")
    with beam.Pipeline(argv=["--runner=DirectRunner", "--direct_running_mode=in_memory"]) as pipeline:
        pipeline | WriteExamples(job)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main(sys.argv[1])
