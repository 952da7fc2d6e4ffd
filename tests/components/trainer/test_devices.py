"""Training on two devices, here two halves of a CPU, comes to what training on one does."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow  # starts a process that loads TensorFlow: devices are divided before it begins


@pytest.fixture(scope="module")
def found():
    command = [sys.executable, "-m", "tests.several_devices"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {int(number): result for number, result in json.loads(printed).items()}


def test_a_step_is_divided_among_the_devices(found):
    assert (found[2]["replicas"], found[1]["replicas"]) == (2, 1)


def test_it_learns_as_on_one_device(found):
    """Not the same: the weights are averaged at every step, where one device does it at every tenth."""
    assert found[2]["losses"][-1] == pytest.approx(found[1]["losses"][-1], abs=0.005)
    assert found[2]["losses"][-1] < found[2]["losses"][0] / 2


def test_the_model_has_the_best_weights_and_lies_on_one_device(found):
    assert found[2]["loss_of_the_model"] == pytest.approx(min(found[2]["losses"]), rel=1e-4)
    assert found[2]["plain_variables"]
    assert 0 < found[2]["decision"] < 1
