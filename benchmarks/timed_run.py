"""Runs one pipeline in this process, as its user would, and writes what each component took.

python -m benchmarks.timed_run FILE stock
python -m benchmarks.timed_run FILE turnstile run ...
"""

from __future__ import annotations

import json
import resource
import runpy
import sys
import time
from pathlib import Path
from typing import Any

import wrapt

_FORGET_PEAK = Path("/proc/self/clear_refs")  # 5 makes the kernel begin anew with the process's peak memory


def main() -> None:
    """Runs `local_runner.py` of the folder for "stock", and Turnstile's command line otherwise."""
    file, which, *arguments = sys.argv[1:]
    # Not by importing the launcher here: when it is imported is part of what is measured.
    wrapt.register_post_import_hook(lambda module: _time(module, Path(file)), "tfx.orchestration.portable.launcher")
    if which == "stock":
        sys.argv = ["local_runner.py"]
        sys.path.insert(0, str(Path.cwd()))
        runpy.run_path("local_runner.py", run_name="__main__")
    else:
        from pipeline.commands import main

        sys.argv = ["turnstile", *arguments]
        main.entry()


def _time(module: Any, file: Path) -> None:
    components: list[dict[str, Any]] = []

    @wrapt.patch_function_wrapper(module, "Launcher.launch")
    def launch(wrapped: Any, instance: Any, args: tuple, kwargs: dict) -> Any:
        wall, cpu = time.perf_counter(), _cpu_seconds()
        _FORGET_PEAK.write_text("5")
        try:
            return wrapped(*args, **kwargs)
        finally:
            took = {"wall": time.perf_counter() - wall, "cpu": _cpu_seconds() - cpu, "peak_mb": _peak_mb()}
            components.append({"id": instance._pipeline_node.node_info.id, **took})
            file.write_text(json.dumps(components))


def _peak_mb() -> float:
    """The most memory of this process since its peak was last forgotten, in 10^6 bytes."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e6


def _cpu_seconds() -> float:
    """Of this process and of those it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    main()
