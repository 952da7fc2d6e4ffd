"""A model that is closed, or that could not be loaded, leaves no memory behind: a server loads one every few hours."""

from __future__ import annotations

import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

# The graph has a constant of 2 MB, so that whatever is left of it, the graph or the MetaGraphDef with it, adds up to at
# least 60 MB in 30 loads. Where there is nothing to load, an empty graph of 10 kB could be left, but a thousand loads
# take a tenth of a second. What an allocator keeps for itself is far less, and has been taken by the first loads.
_CONSTANT_MB, _FIRST, _LOADS, _LOADS_OF_NOTHING, _MOST_MB = 2, 10, 30, 6000, 25

_LOADING = """
import sys
from pathlib import Path
from turnstile.errors import UsageError
from serving.model.saved_model import SavedModel

folder, first, loads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

def megabytes():
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) / 1024

failed = 0
for number in range(first + loads):
    if number == first:
        before = megabytes()
    try:
        SavedModel(folder).close()
    except UsageError:
        failed += 1
print(failed, megabytes() - before)
"""


class Large(tf.Module):
    """Adds a variable, and a constant that is part of the graph."""

    def __init__(self):
        super().__init__()
        self.variable = tf.Variable(3.0)

    @tf.function(input_signature=[tf.TensorSpec([], tf.float32, "x")])
    def add(self, x):
        values = np.random.default_rng(1).random(_CONSTANT_MB * 2**18).astype(np.float32)
        return {"sum": x + self.variable + tf.constant(values)}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large") / "1"
    module = Large()
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.add})
    return folder


def keep(folder):
    """Damages nothing."""


def empty(folder):
    (folder / "saved_model.pb").write_bytes(b"")


def misplace_an_output(folder):
    """Makes a signature name an operation that there is not: found out when the session is open."""
    from tensorflow.core.protobuf import saved_model_pb2

    file = folder / "saved_model.pb"
    model = saved_model_pb2.SavedModel.FromString(file.read_bytes())
    model.meta_graphs[0].signature_def["serving_default"].outputs["sum"].name = "nowhere:0"
    file.write_bytes(model.SerializeToString())


@pytest.mark.parametrize(
    ("damage", "loads"), [(keep, _LOADS), (empty, _LOADS_OF_NOTHING), (misplace_an_output, _LOADS)]
)
def test_loading_again_and_again_takes_no_more_memory(exported, tmp_path, damage, loads):
    folder = shutil.copytree(exported, tmp_path / "model")
    damage(folder)
    command = [sys.executable, "-c", _LOADING, folder, str(_FIRST), str(loads)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    failed, grown_mb = done.stdout.split()
    assert int(failed) == (0 if damage is keep else _FIRST + loads)
    assert float(grown_mb) < _MOST_MB
