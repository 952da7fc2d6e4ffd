"""One run of a pipeline as a process of its own, from its start to its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Run:
    """What a run took.

    Args:
        pipeline: "stock", "turnstile", or "again": Turnstile again, with nothing changed.
        rows: how many it was given.
        wall, cpu: seconds, of the whole process and those it started.
        peak_mb: peak memory of its largest process, in 10^6 bytes.
        components: `id`, `wall`, `cpu` and `peak_mb` of each; that peak is of the process that runs them all.
        result: what `turnstile run --json` printed.
    """

    pipeline: str
    rows: int
    wall: float
    cpu: float
    peak_mb: float
    components: list[dict[str, Any]]
    result: dict[str, Any] | None

    def as_line(self) -> str:
        """Says in a line what came of it."""
        parts = " ".join(f"{part['id']} {part['wall']:.1f}/{part['cpu']:.1f}" for part in self.components)
        return f"{self.pipeline} {self.rows} wall {self.wall:.1f} cpu {self.cpu:.1f} MB {self.peak_mb:.0f}: {parts}"


def whole_run(pipeline: str, rows: int, folder: Path, arguments: list[str]) -> Run:
    """Runs a pipeline.

    Args:
        pipeline: as in Run.
        rows: as in Run.
        folder: where the template is, in `stock`, and where what is printed is kept.
        arguments: the arguments of `turnstile`.

    Raises:
        RuntimeError: the run failed.
    """
    times, printed = folder / "components.json", folder / "printed.log"
    which = ["stock"] if pipeline == "stock" else ["turnstile", *arguments]
    started = time.perf_counter()
    with printed.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.timed_run", str(times), *which],
            cwd=folder / "stock" if pipeline == "stock" else _ROOT,
            env=os.environ | {"PYTHONPATH": str(_ROOT)},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        assert process.stdout
        output = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if status:
        raise RuntimeError(f"{pipeline} failed on {rows} rows:\n{printed.read_text()[-5000:]}")
    components = json.loads(times.read_text())
    return Run(
        pipeline=pipeline,
        rows=rows,
        wall=wall,
        cpu=used.ru_utime + used.ru_stime,
        peak_mb=max(used.ru_maxrss * 1024 / 1e6, *(part["peak_mb"] for part in components)),
        components=components,
        result=None if pipeline == "stock" else json.loads(output),
    )
