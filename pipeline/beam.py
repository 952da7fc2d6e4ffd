"""Beam's flags for a config, as one pure function."""

from __future__ import annotations

from pipeline.config import BeamConfig


def beam_args(beam: BeamConfig) -> list[str]:
    """Returns the pipeline options that every Beam stage gets.

    The runner and its mode are always named: from Beam 2.68 on, an unnamed DirectRunner may hand the work to
    Prism, which downloads a binary.
    """
    return [
        "--runner=DirectRunner",
        f"--direct_running_mode={beam.mode}",
        f"--direct_num_workers={beam.workers}",
    ]
