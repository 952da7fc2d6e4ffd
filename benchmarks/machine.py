"""What measured numbers depend on."""

from __future__ import annotations

import os
import platform


def machine() -> str:
    """Returns the cores and the Python in words."""
    return f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"
