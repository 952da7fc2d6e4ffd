"""`turnstile export`: the files, the examples of the docs, and what must not be written.

The kinds of features and labels are exported where they are trained: test_feature_kinds.py and test_other_data.py.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.commands.main import main
from serving.plain import code as plain_code
from serving.plain import proof
from serving.releases import release_record
from tests.exported import exported

needs_node = pytest.mark.skipif("javascript" not in proof.runners_here(), reason="node is not installed")


@pytest.fixture(scope="module")
def code(trained, tmp_path_factory):
    """What was exported of the small config, and what the command printed."""
    folder = tmp_path_factory.mktemp("code") / "small"
    return folder, exported(trained[1].model_dir, folder)


def refused(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["export", *arguments])
    assert done.stdout == ""
    return done.exit_code, done.stderr


def test_a_pushed_version_is_exported_by_its_number(trained, code, tmp_path):
    workspace, result = trained
    folder, found = code
    assert found["model"] == result.model_dir
    assert found["bytes"] == {
        str(file.relative_to(folder)): file.stat().st_size for file in folder.rglob("*") if file.is_file()
    }
    assert {"preprocess.json", "network.json", "js/runner.mjs", "c/runner.h", "c/model.c"} <= found["bytes"].keys()
    config = ["--config", str(workspace.folder / "config.toml"), "--serving-dir", str(workspace.serving)]
    done = CliRunner().invoke(main, ["export", Path(result.model_dir).name, "--to", str(tmp_path / "again"), *config])
    assert done.exit_code == 0
    assert f"c: answers {found['rows']} rows as the model does" in done.stdout
    assert [file.read_bytes() for file in sorted(folder.rglob("*.json"))] == [
        file.read_bytes() for file in sorted((tmp_path / "again").rglob("*.json"))
    ]


@needs_node
def test_the_module_takes_what_the_docs_say_and_refuses_the_rest(code):
    script = """
        import { readFileSync } from "node:fs";
        const folder = process.argv[1];
        const { load } = await import(`${folder}/js/runner.mjs`);
        const read = (name) => JSON.parse(readFileSync(`${folder}/${name}.json`));
        const [preprocess, network] = ["preprocess", "network"].map(read);
        const { columns, predict } = load(preprocess, network);
        const fault = (row) => { try { return predict(row); } catch (error) { return error.message; } };
        console.log(JSON.stringify([
          columns[0], predict({}), predict({ fare: null, company: "", trip_miles: NaN, toString: 1 }),
          predict({ fare: 12.5, trip_start_hour: 3n }), predict({ fare: "12.5", trip_start_hour: "3" }),
          fault({ fare: "much" }), fault({ trip_start_hour: 3.5 }), fault({ company: 2.5 }),
          fault({ trip_start_hour: 2n ** 63n }),
        ]));
        try { load({ ...preprocess, format: 2 }, network); } catch (error) { console.log(error.message); }
    """
    command = ["node", "--input-type=module", "-e", script, str(code[0])]
    answers, message = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    column, nothing, missing, typed, text, *faults = json.loads(answers)
    assert column == {"name": "fare", "input": "fare", "type": "number"}
    assert nothing == missing != typed == text
    assert list(nothing) == ["probability", "label"]
    assert [re.sub(" got .*", "", fault) for fault in faults] == [
        "column 'fare': expected a number,",
        "column 'trip_start_hour': expected a whole number,",
        "column 'company': expected text,",
        "column 'trip_start_hour': expected a whole number,",
    ]
    assert message.startswith("this runner reads format 1, got 2")


@needs_node
def test_the_program_of_the_docs_asks_the_model(code, tmp_path):
    folder, _ = code
    page = Path("docs/plain-code.md").read_text().split("## In C")[1]
    (tmp_path / "ask.c").write_text(re.findall(r"```c\n(.*?)```", page, re.DOTALL)[0])
    sources = [str(file) for file in (folder / "c").glob("*.c") if file.name != "main.c"]
    flags = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-pedantic", "-I", str(folder / "c")]
    program = str(tmp_path / "ask")
    subprocess.run(["cc", *flags, str(tmp_path / "ask.c"), *sources, "-lm", "-o", program], check=True)
    printed = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    (answer,) = proof.javascript(folder, [{"fare": 12.5, "payment_type": "Credit Card", "trip_start_hour": 18}])
    assert printed == f"{answer['probability']:.3f} {answer['label']}\n"


def test_a_cell_that_is_no_number_ends_the_program(code):
    with pytest.raises(proof.RunnerError, match="exit code 2: row 2, column 'fare': expected a number, got 'much'"):
        proof.c(code[0], [{"fare": 1.0}, {"fare": "much"}])


def test_what_is_there_is_not_written_over(trained, code):
    before = sorted(code[0].rglob("*"))
    assert refused(trained[1].model_dir, "--to", str(code[0])) == (
        2,
        f"turnstile: {code[0]}: is already there. Choose another folder, or remove it\n",
    )
    assert sorted(code[0].rglob("*")) == before


def test_a_runner_that_answers_otherwise_leaves_nothing_behind(trained, tmp_path, monkeypatch):
    honest, program = proof.RUNNERS["c"]

    def dishonest(folder, rows):
        answers = honest(folder, rows)
        answers[7]["probability"] += 2e-5
        return answers

    monkeypatch.setitem(proof.RUNNERS, "c", (dishonest, program))
    code, message = refused(trained[1].model_dir, "--to", str(tmp_path / "code"))
    assert code == 1
    assert "c: does not answer as the model does, so nothing was written" in message
    assert list(tmp_path.iterdir()) == []


def test_without_node_the_command_says_that_javascript_is_not_proven(trained, tmp_path, monkeypatch):
    monkeypatch.setattr(plain_code.proof, "runners_here", lambda: ["c"])
    done = CliRunner().invoke(main, ["export", trained[1].model_dir, "--to", str(tmp_path / "code")])
    assert done.exit_code == 0
    assert "javascript: written, but not proven, because this machine cannot run it" in done.stdout
    monkeypatch.setattr(plain_code.proof, "runners_here", list)
    code, message = refused(trained[1].model_dir, "--to", str(tmp_path / "other"))
    assert (code, "neither node nor cc is on this machine" in message) == (2, True)
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (None, "has no config, which says what the columns are"),
        ({"config": {"features": {"fare": {"kind": "magic"}}}}, "does not know what it says of"),
    ],
)
def test_a_version_whose_columns_are_not_known_is_refused(trained, tmp_path, record, words):
    version = tmp_path / "1"
    shutil.copytree(trained[1].model_dir, version)
    (version / release_record.FILE).unlink()
    if record:
        release_record.write(version, record)
    code, message = refused(str(version), "--to", str(tmp_path / "code"))
    assert (code, words in message) == (2, True)
    assert not (tmp_path / "code").exists()
    code, message = refused(str(tmp_path), "--to", str(tmp_path / "code"))
    assert (code, "no SavedModel here" in message) == (2, True)
