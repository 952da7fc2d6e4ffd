"""Beam's flags follow the config, and always name the runner."""

import pytest

from pipeline.beam import BeamConfig, beam_args

pytestmark = pytest.mark.slow  # its functions load TFX or Beam


@pytest.mark.parametrize(
    ("beam", "mode", "workers"),
    [
        (BeamConfig(), "in_memory", 1),
        (BeamConfig(mode="multi_processing", workers=4), "multi_processing", 4),
        (BeamConfig(mode="multi_threading", workers=0), "multi_threading", 0),
    ],
)
def test_flags(beam, mode, workers):
    assert beam_args(beam) == [
        "--runner=DirectRunner",
        f"--direct_running_mode={mode}",
        f"--direct_num_workers={workers}",
        "--sdk_container_image=none",
        "--pickle_library=cloudpickle",
    ]


def test_no_stage_builds_a_package_of_tfx():
    from tfx.utils import dependency_utils

    assert dependency_utils.make_beam_dependency_flags(beam_args(BeamConfig())) == beam_args(BeamConfig())
