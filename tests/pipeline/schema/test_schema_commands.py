"""`turnstile schema` from the outside: a part of a proposal is accepted, and what was changed by hand is shown."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from pipeline.commands.main import main
from pipeline.schema import actions
from tests import made_statistics

CONFIG = """
name = "made"
[data]
path = "trips.csv"
schema_path = "schema.pbtxt"
[label]
kind = "regression"
column = "fare"
[features]
hour = { kind = "numeric" }
colour = { kind = "vocabulary", top_k = 3 }
[release.overall]
r_squared = { min = 0.1 }
"""
ROWS = {"fare": [1.0, 2.5, 9.0] * 20, "hour": [1, 12, 23] * 20, "colour": ["red", "blue", "red"] * 20}
LATER = ROWS | {"hour": [1, 12, 9000] * 20, "colour": ["red", "blue", "pink"] * 20}


@pytest.fixture
def typed(tmp_path, monkeypatch):
    """Types a command of `turnstile schema` in a folder whose data is ROWS, and later LATER."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.toml").write_text(CONFIG)
    (tmp_path / "trips.csv").write_text("fare,hour,colour\n1.0,1,red\n")
    for name, rows in (("now", ROWS), ("later", LATER)):
        made_statistics.write(tmp_path / name, train=rows)

    def type_(*words, data="now", exit_code=0):
        monkeypatch.setattr(actions, "statistics", lambda config: tmp_path / data)
        result = CliRunner().invoke(main, ["schema", *words, "--config", "c.toml"])
        assert result.exit_code == exit_code, result.output
        return result.output

    return type_


def columns(typed):
    return {column["name"]: column for column in json.loads(typed("show", "--json"))["columns"]}


def test_one_column_of_a_proposal_is_accepted_and_all_others_stay(typed):
    typed("infer")
    typed("accept")
    assert "colour: would also allow pink\n" in typed("diff", data="later")
    told = typed("accept", "--only", "colour")
    assert "pink" in told and "hour" not in told
    assert columns(typed)["colour"]["values"] == ["blue", "red", "pink"]
    assert columns(typed)["hour"]["max"] == 34
    typed("accept", "--only", "hour", "--only", "fare")
    assert columns(typed)["hour"]["max"] == 9000
    assert "nothing to change" in typed("diff", data="later")


@pytest.mark.parametrize(
    ("there", "column", "words"),
    [(True, "color", "no such column. Did you mean 'colour'? It has: "), (False, "colour", "is not there yet")],
)
def test_a_column_that_cannot_be_accepted_alone_is_told(typed, there, column, words):
    typed("infer")
    if there:
        typed("accept")
    assert words in typed("accept", "--only", column, exit_code=2)


def test_what_was_changed_by_hand_is_marked_until_a_proposal_of_it_is_accepted(typed, tmp_path):
    typed("infer")
    typed("accept")
    assert not any(column["changed_by_hand"] for column in columns(typed).values())
    file = tmp_path / "schema.pbtxt"
    file.write_text(file.read_text().replace("max: 34", "max: 23"))
    assert [name for name, column in columns(typed).items() if column["changed_by_hand"]] == ["hour"]
    (line,) = [line for line in typed("show").splitlines() if "changed by hand" in line]
    assert line.split()[:2] == ["hour", "INT"] and "from 0 to 23" in line
    typed("diff", data="later")
    typed("accept", "--only", "colour")
    assert columns(typed)["hour"]["changed_by_hand"] is True
    typed("accept")
    assert columns(typed)["hour"]["changed_by_hand"] is False


def test_a_schema_that_was_never_accepted_here_says_so(typed, tmp_path):
    typed("infer")
    (tmp_path / "output" / "made" / "proposed_schema.pbtxt").rename(tmp_path / "schema.pbtxt")
    assert columns(typed)["hour"] == {
        "name": "hour",
        "type": "INT",
        "min": 0,
        "max": 34,
        "values": None,
        "min_known_values": None,
        "min_rows": pytest.approx(0.95),
        "max_drift": None,
        "max_skew": None,
        "checked": True,
        "not_in_environment": [],
        "changed_by_hand": None,
    }
    assert "What was changed by hand is not known" in typed("show")


def test_what_no_stage_reads_may_change_or_be_gone(typed, tmp_path):
    (tmp_path / "c.toml").write_text(CONFIG.replace('colour = { kind = "vocabulary", top_k = 3 }', ""))
    typed("infer")
    typed("accept")
    assert columns(typed)["colour"]["checked"] is False
    assert "colour" not in typed("diff", data="later")
    (line,) = [line for line in typed("show").splitlines() if line.startswith("colour")]
    assert "no stage reads it" in line
