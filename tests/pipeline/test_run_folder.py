"""One run at a time in a folder, and a folder that a dead process no longer holds."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from pipeline import config_file, run_folder
from pipeline.errors import UsageError

HOLD = """
import sys, time
from pipeline import config_file, run_folder
with run_folder.exclusive(config_file.load("configs/small.toml", output=sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def config(tmp_path):
    return config_file.load("configs/small.toml", output=str(tmp_path))


def test_a_second_run_is_refused_until_the_first_has_died(config, tmp_path):
    first = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert first.stdout.readline() == "held\n"
    with pytest.raises(UsageError, match=r"another run is going on in .*small"), run_folder.exclusive(config):
        pass
    first.send_signal(signal.SIGKILL)
    first.communicate()
    with run_folder.exclusive(config):
        assert (tmp_path / "small").is_dir()


def test_run_ids_sort_by_time():
    first, second = run_folder.new_run_id(), run_folder.new_run_id()
    assert first < second


def test_everything_is_below_the_output_folder(config, tmp_path):
    assert run_folder.database(config) == tmp_path / "small" / "metadata.db"
    assert run_folder.log_file(config, "r") == tmp_path / "small" / "runs" / "r" / "run.log"
