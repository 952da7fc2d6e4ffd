"""`turnstile tune`, killed in a trial, and typed again without the eval split: it goes on, and writes what it finds."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys

from tests.e2e.test_killed import KILLED_IN

# Of two learning rates, the config's teaches nothing in three epochs.
BAD = "learning_rate = 1e-7  # slow"
SPACE = "\n[tuning.space]\nlearning_rate = [0.01]\n"


def test_a_killed_tuning_goes_on_without_the_eval_split_and_writes_the_best_values(tmp_path, small):
    config = tmp_path / "config.toml"
    text = small.replace("[training]\n", f"[training]\n{BAD}\n").replace("max_epochs = 6", "max_epochs = 3") + SPACE
    config.write_text(text)
    arguments = ["tune", "--config", str(config), "--output", f"{tmp_path}/o", "--trials", "5", "--write", "--json"]

    # Every trial but the first asks for its values.
    script = KILLED_IN.format(place="components.tuner.space.training_of", done=False, arguments=arguments)
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert "trial 1 of 5: held-out loss" in killed.stderr
    assert config.read_text() == text

    splits = list(tmp_path.glob("o/small/*/*/*/Split-eval"))
    assert {folder.parts[-4] for folder in splits} >= {"ExampleGen", "Transform"}
    for folder in splits:
        shutil.rmtree(folder)

    command = [sys.executable, "-m", "pipeline.commands.main", *arguments]
    finished = subprocess.run(command, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    assert "trials from before: 1" in finished.stderr
    assert "trial 2 of 5" in finished.stderr
    found = json.loads(finished.stdout)
    assert [trial["values"]["learning_rate"] for trial in found["trials"]] == [1e-7, 0.01]  # there are no others
    assert (found["better"], found["written"], found["best"]) == (True, True, {"learning_rate": 0.01})
    assert config.read_text() == text.replace(BAD, "learning_rate = 0.01  # slow")
    assert "+learning_rate = 0.01  # slow" in found["diff"].splitlines()
