"""`turnstile init`, then `turnstile run`, on tables that nobody wrote a config for; no file is touched between."""

from __future__ import annotations

import csv
import datetime
import json
import random
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet
from sklearn.datasets import load_wine

TURNSTILE = Path(sys.executable).parent / "turnstile"


def wine(folder):
    """Three classes, thirteen numbers, 178 rows: a Parquet file."""
    data = load_wine(as_frame=True).frame
    parquet.write_table(pa.table({name: data[name].to_numpy() for name in data}), folder / "wine.parquet")
    return ["wine.parquet"]


def orders(folder, rows=1500):
    """Two CSV files: semicolons, decimal commas, ids, dates, booleans, codes, missing values and labels, a leak."""
    rng = random.Random(3)
    table = []
    for number in range(rows):
        day = datetime.date(2024, 1, 1) + datetime.timedelta(rng.randrange(365))
        price, express = rng.lognormvariate(3, 1), rng.random() < 0.3
        returned = rng.random() < (0.75 if express and price > 15 else 0.15)
        table.append(
            {
                "order id": number * 7 % rows,
                "day": day.isoformat(),
                "price": rng.choice(["NA", *[f"{price:.2f}".replace(".", ",")] * 9]),
                "express": "yes" if express else "no",
                "postcode": rng.choice([10115, 20095, 80331]),
                "colour (main)": rng.choice(["red", "green", "blue", "?"]),
                "refund": f"{price:.2f}".replace(".", ",") if returned else "0",
                "returned": "" if number == 7 else returned,
            }
        )
    (folder / "orders").mkdir()
    for part in (0, 1):
        with (folder / "orders" / f"{part}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, table[0], delimiter=";")
            writer.writeheader()
            writer.writerows(table[part::2])
    return ["orders", "--label", "returned"]


@pytest.mark.parametrize("make", [wine, orders])
def test_a_foreign_table_is_run_at_once(tmp_path, make):
    def turnstile(*arguments):
        done = subprocess.run([TURNSTILE, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    found = turnstile("init", *make(tmp_path), "--json")
    assert (tmp_path / found["schema"]).exists()
    result = turnstile(*found["next"].split()[1:], "--json")
    assert result["blessed"]
    for metric, bounds in found["thresholds"].items():
        assert result["metrics"][metric] >= bounds["min"]
    if make is orders:
        assert {name: feature["kind"] for name, feature in found["features"].items()} == {
            "day": "time",
            "price": "numeric",
            "express": "boolean",
            "postcode": "vocabulary",
            "colour (main)": "vocabulary",
        }
        assert found["left_out"].keys() == {"order id", "refund"}
