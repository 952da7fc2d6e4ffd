"""Says, before anything is downloaded, what this machine lacks for installing Turnstile.

Runs under whatever `python3` is there (3.8 and later), so it uses the standard library only.
"""

import os
import platform
import shutil
import sys
import sysconfig

APT_LINE = "sudo apt install python3 python3-venv python3-dev make g++"
SUPPORTED = ((3, 11), (3, 13))
# The TFDV and MLMD wheels of the Python 3.12+ stack are built for glibc 2.39 (manylinux_2_39).
GLIBC_FOR_312 = (2, 39)
DISK_GIB = 6  # the environment is about 3 GB installed, and as much again passes through the download cache


def problems(
    python: "tuple[int, int]",
    glibc: "tuple[int, int] | None",
    machine: str,
    has_compiler: bool,
    has_headers: bool,
    has_venv: bool,
    free_gib: float,
) -> "list[str]":
    """Returns what is wrong with a machine, a sentence each; empty when it can install Turnstile.

    Args:
        python: (major, minor) of the Python that will make the environment.
        glibc: (major, minor) of the C library, or None where it cannot be told.
        machine: "<system>-<architecture>", for example "Linux-x86_64".
        has_compiler: whether a C++ compiler is on PATH.
        has_headers: whether Python.h of this Python is there.
        has_venv: whether the venv and ensurepip modules are there (Debian packages them apart).
        free_gib: free disk space here, in GiB.
    """
    found = []
    if machine != "Linux-x86_64":
        found.append(
            f"this is {machine}, but TFX publishes wheels for Linux on x86-64 only. "
            "Use a Linux machine, WSL 2, or a Linux container."
        )
    if not SUPPORTED[0] <= python <= SUPPORTED[1]:
        found.append(
            "this is Python {}.{}, but TFX runs on Python 3.11 to 3.13. "
            "Install one of those and name it: make run PYTHON=python3.11".format(*python)
        )
    if python >= (3, 12) and glibc is not None and glibc < GLIBC_FOR_312:
        found.append(
            "Python {}.{} needs TFX 1.21, whose wheels want glibc 2.39 (Debian 13, Ubuntu 24.04); "
            "this machine has glibc {}.{}. Use Python 3.11 instead: make run PYTHON=python3.11".format(*python, *glibc)
        )
    if not has_compiler:
        found.append(f"no C++ compiler (g++) found; pyfarmhash and crcmod are built here. Try: {APT_LINE}")
    if not has_headers:
        found.append(f"the Python headers (Python.h) are missing; pyfarmhash needs them. Try: {APT_LINE}")
    if not has_venv:
        found.append(f"Python's venv module is missing. Try: {APT_LINE}")
    if free_gib < DISK_GIB:
        found.append(f"{free_gib:.1f} GiB of disk are free here; the environment needs about {DISK_GIB} GiB.")
    return found


def _glibc() -> "tuple[int, int] | None":
    name, version = platform.libc_ver()
    if name != "glibc":
        return None
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


def _has_module(name: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(name) is not None


def main() -> int:
    """Prints every problem of this machine; returns the exit code."""
    found = problems(
        python=sys.version_info[:2],
        glibc=_glibc(),
        machine=f"{platform.system()}-{platform.machine()}",
        has_compiler=any(shutil.which(name) for name in ("g++", "c++", "clang++")),
        has_headers=os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")),  # noqa: PTH110, PTH118
        has_venv=_has_module("venv") and _has_module("ensurepip"),
        free_gib=shutil.disk_usage(".").free / 2**30,
    )
    for problem in found:
        print(f"turnstile: {problem}", file=sys.stderr)
    return 2 if found else 0


if __name__ == "__main__":
    sys.exit(main())
