"""A file as spreadsheets and pandas write it: a run takes it, and predict takes the same file, by the same rules."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
from pathlib import Path

CONFIG = """
name = "churn"
[data]
path = "{data}"
null_values = ["?"]
separator = ";"
decimal = ","
drop_missing_labels = true
[label]
kind = "binary"
column = "churned"
positive = true
[features]
age = {{ kind = "numeric" }}
zip = {{ kind = "vocabulary" }}
hour = {{ kind = "categorical", size = 24 }}
[training]
hidden_units = [16]
learning_rate = 0.02
max_epochs = 8
[release.overall]
auc = {{ min = 0.6 }}
"""
QUOTED = '"5"" pipe"'


def write(path, rows=1200):
    """Semicolons, decimal commas, a byte order mark, CRLF, blanks around names, words for numbers, text of digits.

    Every twentieth row has no label, and the file is compressed.
    """
    rng = random.Random(1)
    lines = ["; age ;zip;hour; churned ;note"]
    for number in range(rows):
        age, code = rng.uniform(0, 10), rng.choice(["10115", "01067", "?"])
        churned = age + (3 if code == "10115" else 0) + rng.gauss(0, 1) > 6
        shown = rng.choice(["NA", "-", " ", "", *[f"{age:.2f}".replace(".", ",")] * 8])
        note = rng.choice(["None", '5" pipe', QUOTED])
        label = churned if number % 20 else ""
        lines.append(f"{number};{shown};{code};{rng.choice(['7,0', '3,0', 'NaN', ''])};{label};{note}")
    path.write_bytes(gzip.compress(("\ufeff\r\n" + "\r\n".join(lines) + "\r\n").encode()))


def test_a_file_of_a_spreadsheet(workspace):
    folder = workspace.folder / "in [1]"
    folder.mkdir()
    (folder / "aXb.CSV.gz").write_text("no, table\n1\n")
    data = folder / "a*b.CSV.gz"
    write(data)
    result = workspace.run(CONFIG.format(data=data))
    assert (result.error, result.exit_code, result.gates) == (None, 0, result.gates)
    assert result.metrics["auc"] > 0.7
    assert result.rows_without_label == 60

    command = [sys.executable, "-m", "pipeline.commands.main", "predict", str(data), "--model", result.model_dir]
    command += ["--config", str(workspace.folder / "config.toml")]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(lines) == 1200
    assert 0.3 < sum(json.loads(line)["label"] for line in lines) / 1200 < 0.8

    data.rename(folder / "gone.csv.gz")
    (folder / "gone.csv.gz").rename(folder / "b.csv.gz")
    (folder / "aXb.CSV.gz").unlink()
    (folder / "._b.csv.gz").write_bytes(b"\0\1")
    (folder / "c.csv.gz").mkdir()
    (folder / "c.csv.gz" / "x.csv").write_text("a\n1\n")
    text = CONFIG.format(data=folder).replace('churned"\npositive = true', 'churned"').replace("numeric", "bucketized")
    refused = workspace.run(text.replace('"bucketized"', '"bucketized", buckets = 4').replace('["?"]', '["01067"]'))
    assert refused.exit_code == 11
    (reason,) = refused.gates[0].reasons
    assert "column 'churned' has 1,140 values that are not numbers" in reason
    assert "positive = true" in reason
    log = Path(refused.log).read_text()
    assert f"skipped {folder}/._b.csv.gz (hidden), {folder}/c.csv.gz (a folder)" in log
    assert "leaves out 1 of the columns: no name in the header" in Path(result.log).read_text()
