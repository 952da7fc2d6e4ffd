"""What LiteRT cannot express is refused, and its network alone is exported instead.

A whole model is exported in test_taxi.py, and one with words in test_feature_kinds.py; every kind of feature and label
is in tests/serving/litert.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline.commands.main import main
from serving.litert import files
from serving.litert.runner import ask
from serving.model.saved_model import SavedModel
from serving.plain import proof
from serving.plain.content import columns_of, content
from tests import litert


@pytest.fixture(scope="module")
def dense(trained, tmp_path_factory):
    """The folder with the network of the small config, and what the command printed."""
    folder = tmp_path_factory.mktemp("litert") / "small"
    done = CliRunner().invoke(main, ["export", trained[1].model_dir, "--to", str(folder), "--format", "litert-dense"])
    assert (done.exit_code, done.stderr) == (0, "")
    return folder, done.stdout


def test_a_column_that_needs_a_hash_is_refused_before_anything_is_written(trained, tmp_path):
    done = CliRunner().invoke(
        main, ["export", trained[1].model_dir, "--to", str(tmp_path / "phone"), "--format", "litert"]
    )
    assert (done.exit_code, done.stdout, list(tmp_path.iterdir())) == (2, "", [])
    assert "column 'company' has 2 buckets for other words, which are chosen by a hash" in done.stderr
    assert "--format litert-dense" in done.stderr


def test_the_network_alone_answers_as_the_model_does(dense):
    folder, printed = dense
    found = sorted(file.name for file in folder.iterdir())
    assert found == ["ask.py", "dense.tflite", "preprocess.json", "tensors.json"]
    assert re.search(
        r"dense.tflite: answers \d+ rows as the model does; the largest difference is \d\.\de-0[678]", printed
    )
    assert printed.endswith(f"written to {folder}\n")


@litert.needs_litert
def test_so_does_litert_itself(trained, dense):
    assert litert.largest_difference(Path(trained[1].model_dir), dense[0] / "dense.tflite") < 1e-5


def test_a_network_that_answers_otherwise_leaves_nothing_behind(trained, tmp_path, monkeypatch):
    def dishonest(command, work, folder):
        answers = [{"probability": 0.5, "label": 1}] * len(json.loads(work)["rows"]["dense.tflite"])
        found = {"inputs": ["numbers", "indices"], "outputs": ["label", "probability"], "answers": answers}
        (Path(command[-1]) / "found.json").write_text(json.dumps({"dense.tflite": found}))

    monkeypatch.setattr(files, "run", dishonest)
    command = ["export", trained[1].model_dir, "--to", str(tmp_path / "phone"), "--format", "litert-dense"]
    done = CliRunner().invoke(main, command)
    assert (done.exit_code, done.stdout, list(tmp_path.iterdir())) == (1, "", [])
    assert "dense.tflite: does not answer as the model does, so nothing was written" in done.stderr


def test_inputs_and_outputs_are_told_in_the_order_of_the_file(dense):
    told = json.loads((dense[0] / "tensors.json").read_text())["dense.tflite"]
    file = ask.interpreter(str(dense[0] / "dense.tflite"))
    widths = {each["input"]: len(each["values"]) for each in told["inputs"]}
    assert widths == {"numbers": 4, "indices": 4}
    of_inputs = {"numbers": np.float32, "indices": np.int32}
    assert [of_inputs[name] for name in widths] == [tensor["dtype"] for tensor in file.get_input_details()]
    of_outputs = {"probability": np.float32, "label": np.int64}
    assert [of_outputs[name] for name in told["outputs"]] == [tensor["dtype"] for tensor in file.get_output_details()]


def test_the_c_of_the_docs_prepares_what_the_network_takes(trained, dense, tmp_path):
    version, code = Path(trained[1].model_dir), tmp_path / "code"
    CliRunner().invoke(main, ["export", str(version), "--to", str(code)], catch_exceptions=False)
    (prepare,) = re.findall(r"```c\n(.*?)```", Path("docs/litert.md").read_text(), re.DOTALL)
    printing = """
        #include <stdio.h>
        int main(void) {
          float n[4];
          int i[4];
          prepare(12.5f, "Credit Card", n, i);
          printf("{\\"numbers\\": [%.9g, %.9g, %.9g, %.9g], ", n[0], n[1], n[2], n[3]);
          printf("\\"indices\\": [%d, %d, %d, %d]}", i[0], i[1], i[2], i[3]);
        }
    """
    (code / "c" / "main.c").write_text(prepare + printing)
    row = json.loads(proof.run([proof.compiled(code, tmp_path)]))
    columns = content(columns_of(version), version, loaded := SavedModel(version)).preprocess["columns"]
    asked = dict.fromkeys(column["name"] for column in columns) | {"fare": 12.5, "payment_type": "Credit Card"}
    (answer,) = proof.raw_answers(loaded, columns, [asked])
    assert ask.load(str(dense[0] / "dense.tflite"))(row) == pytest.approx(answer, abs=1e-5)
