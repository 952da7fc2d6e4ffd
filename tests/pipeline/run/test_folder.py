"""One run at a time in a folder, and a folder that a dead process no longer holds."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from pipeline import config_file
from pipeline.run import folder
from turnstile.errors import TurnstileError, UsageError

HOLD = """
import sys, tempfile, time
from pipeline import config_file
from pipeline.run import folder
with folder.exclusive(config_file.load("configs/small.toml", output=sys.argv[1])):
    tempfile.mkstemp()
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def config(tmp_path):
    return config_file.load("configs/small.toml", output=str(tmp_path))


def test_a_second_run_is_refused_until_the_first_has_died(config, tmp_path):
    first = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert first.stdout.readline() == "held\n"
    with pytest.raises(UsageError, match=r"another run is going on in .*small"), folder.exclusive(config):
        pass
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert len(list((tmp_path / "small" / "tmp").iterdir())) == 1
    with folder.exclusive(config):
        assert list((tmp_path / "small" / "tmp").iterdir()) == []
    assert not (tmp_path / "small" / "tmp").exists()


def test_temporary_files_go_with_the_run_or_the_node_that_made_them(config, tmp_path):
    before = tempfile.gettempdir()
    for held in (folder.exclusive(config), folder.alone(folder.node_log(tmp_path / "small", "r", "Trainer"))):
        with pytest.raises(ZeroDivisionError), held:
            _, made = tempfile.mkstemp()
            assert (tmp_path / "small") in Path(made).parents
            raise ZeroDivisionError
        assert not Path(made).exists()
    assert tempfile.gettempdir() == before


def test_nodes_may_run_beside_one_another_but_not_beside_a_whole_run(config, tmp_path):
    def a_node():
        return folder.shared(tmp_path / "small")

    def a_run():
        return folder.exclusive(config)

    with a_node(), a_node(), pytest.raises(UsageError, match="another run is going on"), a_run():
        pass
    with a_run(), pytest.raises(TurnstileError, match="a whole run is going on") as refused, a_node():
        pass
    assert refused.value.exit_code == 1  # a scheduler may try again


def test_one_attempt_of_a_node_at_a_time(tmp_path):
    trainer, pusher = (folder.node_log(tmp_path, "r", id_) for id_ in ("Trainer", "Pusher"))
    refused = pytest.raises(TurnstileError, match="Trainer is running already in the run r")
    with folder.alone(trainer), folder.alone(pusher), refused, folder.alone(trainer):
        pass
    with folder.alone(trainer):
        pass


@pytest.mark.parametrize("run_id", ["r", "20261126T142852.766269", "scheduled__2026-11-26T00:00:00+00:00"])
def test_a_run_has_a_folder_of_its_name(tmp_path, run_id):
    assert folder.node_log(tmp_path, run_id, "Trainer") == tmp_path / "runs" / run_id / "Trainer.log"


@pytest.mark.parametrize("run_id", ["", "..", "a/b", ".hidden", "-r", "r\n", "r" * 201])
def test_a_name_that_is_no_folders_is_refused(tmp_path, run_id):
    with pytest.raises(UsageError, match="expected a letter or digit first"):
        folder.node_log(tmp_path, run_id, "Trainer")


def test_run_ids_sort_by_time():
    first, second = folder.new_run_id(), folder.new_run_id()
    assert first < second


def test_everything_is_below_the_output_folder(config, tmp_path):
    assert folder.database(config) == tmp_path / "small" / "metadata.db"
    assert folder.log_file(config, "r") == tmp_path / "small" / "runs" / "r" / "run.log"
