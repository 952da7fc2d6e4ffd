"""Beam's flags for a config, as one pure function."""

from __future__ import annotations

from pipeline.config import BeamConfig

# Without a word on how workers get our code, TFX builds a source package of itself for each stage, which takes 2 s; the
# DirectRunner's workers are on this machine and have it already.
_NO_PACKAGE = "--sdk_container_image=none"
# What later Beams choose themselves; with dill, the choice of earlier ones, stages take up to a tenth longer to build.
_QUICK_PICKLES = "--pickle_library=cloudpickle"


def beam_args(beam: BeamConfig) -> list[str]:
    """Returns the pipeline options that every Beam stage gets.

    The runner and its mode are always named: from Beam 2.68 on, an unnamed DirectRunner may hand the work to
    Prism, which downloads a binary.
    """
    return [
        "--runner=DirectRunner",
        f"--direct_running_mode={beam.mode}",
        f"--direct_num_workers={beam.workers}",
        _NO_PACKAGE,
        _QUICK_PICKLES,
    ]
