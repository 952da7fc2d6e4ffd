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
        try:
            return wrapped(*args, **kwargs)
        finally:
            took = {"wall": time.perf_counter() - wall, "cpu": _cpu_seconds() - cpu}
            components.append({"id": instance._pipeline_node.node_info.id, **took})
            file.write_text(json.dumps(components))


def _cpu_seconds() -> float:
    """Of this process and of those it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    main()
