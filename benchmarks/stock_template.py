"""The pipeline that Turnstile is measured against: TFX's own taxi template, made from the installed wheel."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

NAME = "stock"


def make(folder: Path) -> None:
    """Writes the template with all of its components uncommented.

    Args:
        folder: a folder that does not exist yet.
    """
    tfx = Path(sys.executable).with_name("tfx")
    options = ["--model=taxi", f"--pipeline_name={NAME}", f"--destination_path={folder}"]
    subprocess.run([tfx, "template", "copy", *options], check=True, capture_output=True)
    wiring = folder / "pipeline" / "pipeline.py"
    wiring.write_text(re.sub(r"# (components\.append\()", r"\1", wiring.read_text()))


def set_data(folder: Path, trips: Path) -> None:
    """Makes `trips` the template's only data file."""
    data = folder / "data" / "data.csv"
    data.unlink(missing_ok=True)
    data.symlink_to(trips)


def forget_runs(folder: Path) -> None:
    """Removes what runs have left, so that the next one starts anew."""
    for output in ("tfx_pipeline_output", "tfx_metadata"):
        shutil.rmtree(folder / output, ignore_errors=True)
