"""How Beam runs the data stages: the settings, and the flags that they become."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from turnstile.section import Section

# Without a word on how workers get our code, TFX builds a source package of itself for each stage, which takes 2 s; the
# DirectRunner's workers are on this machine and have it already.
_NO_PACKAGE = "--sdk_container_image=none"
# What later Beams choose themselves; with dill, the choice of earlier ones, stages take up to a tenth longer to build.
_QUICK_PICKLES = "--pickle_library=cloudpickle"


class BeamConfig(Section):
    """How Beam's DirectRunner runs the stages that read data."""

    mode: Literal["in_memory", "multi_threading", "multi_processing"] = Field(
        default="in_memory",
        description="Place where its workers run: one thread, threads, or processes, which pay for large data only.",
    )
    workers: int = Field(
        default=1,
        ge=0,
        description="Number of workers; 0 means one for each core.",
    )


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
