"""Every kind of feature, and columns of any name: one run on Parquet, then the same rows as Parquet, CSV and JSON.

And the same model as plain code, and its network for LiteRT.
"""

from __future__ import annotations

import csv
import datetime
import json
import random
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from pipeline.commands.main import main
from tests.explained import explained
from tests.exported import exported

CONFIG = """
name = "kinds"
[data]
path = "{data}"
[label]
kind = "binary"
column = "is late?"
positive = true
decision = "f1"
[features]
"booked at" = {{ kind = "time" }}
seconds = {{ kind = "time", unit = "s" }}
"paid.twice" = {{ kind = "boolean" }}
"class" = {{ kind = "vocabulary", top_k = 8 }}
note = {{ kind = "text", top_k = 50, terms = 16 }}
"größe (cm)" = {{ kind = "numeric", buckets = 4 }}
[training]
hidden_units = [16]
learning_rate = 0.02
max_epochs = 12
batch_size = 64
[release]
slices = ["paid.twice"]
[release.overall]
auc = {{ min = 0.7 }}
"""


def rows(count: int = 900) -> list[dict]:
    """Late is who booked on a weekend, and more so in class 30."""
    rng, made = random.Random(5), []
    for _ in range(count):
        moment = datetime.datetime(2015, 1, 1) + datetime.timedelta(hours=rng.randrange(20_000))
        code = rng.choice([10, 20, 30])
        late = (moment.weekday() > 4) + (code == 30) + rng.gauss(0, 0.3) > 0.8
        made.append(
            {
                "booked at": None if rng.random() < 0.05 else moment,
                "seconds": rng.randrange(10**9),
                "paid.twice": rng.random() < 0.5,
                "class": None if rng.random() < 0.05 else code,
                "note": rng.choice(["", "nothing to say", 'the "late" one, again' if late else "on time, again"]),
                "größe (cm)": rng.gauss(170, 10),
                "is late?": str(late),
            }
        )
    return made


def written(table: list[dict], folder: Path) -> list[Path]:
    """The same rows as Parquet, as CSV and as lines of JSON."""
    paths = [folder / name for name in ("rows.parquet", "rows.csv", "rows.jsonl")]
    parquet.write_table(pa.Table.from_pylist(table), paths[0])
    text = [{name: str(v) if isinstance(v, datetime.datetime) else v for name, v in row.items()} for row in table]
    with paths[1].open("w", newline="") as handle:
        writer = csv.DictWriter(handle, list(table[0]))
        writer.writeheader()
        writer.writerows(text)
    paths[2].write_text("".join(json.dumps(row) + "\n" for row in text))
    return paths


def test_a_run_on_every_kind_and_the_same_answers_in_every_format_and_what_they_are_made_of(workspace):
    paths = written(rows(), workspace.folder)
    result = workspace.run(CONFIG.format(data=paths[0]))
    assert (result.error, result.exit_code) == (None, 0), result.gates
    assert result.metrics["auc"] > 0.85
    answers = []
    for path in paths:
        out = workspace.folder / f"{path.suffix[1:]}.jsonl"
        main(["predict", str(path), "--model", result.model_dir, "--out", str(out)], standalone_mode=False)
        answers.append(out.read_text())
    assert len(set(answers)) == 1
    assert len(answers[0].splitlines()) == 900
    exported(result.model_dir, workspace.folder / "code")
    network = exported(result.model_dir, workspace.folder / "phone", "litert-dense")
    assert network["largest_difference"].keys() == {"dense.tflite"}
    found = explained(paths[0], result.model_dir)
    assert {each["feature"] for each in found["importance"]} == {*rows(1)[0]} - {"is late?"}
    assert {each["feature"] for each in found["importance"][:3]} >= {"booked at", "class"}
    for row, answer in zip(found["rows"], map(json.loads, answers[0].splitlines()[:50]), strict=True):
        assert row["answer"] == pytest.approx(answer, abs=1e-6)
