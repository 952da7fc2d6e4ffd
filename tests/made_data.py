"""Small data sets made for the tests, each with a config: what a user of other data than taxis would write."""

from __future__ import annotations

import csv
import math
import random
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

TRIPS = Path("data/taxi/trips.csv")

FLOWERS = """
name = "flowers"
[data]
path = "{data}"
[label]
kind = "multiclass"
column = "species"
classes = ["rose", "tulip", "daisy"]
[features]
petal_length = {{ kind = "numeric" }}
petal_width = {{ kind = "bucketized", buckets = 8 }}
colour = {{ kind = "vocabulary", top_k = 5 }}
[training]
hidden_units = [16]
learning_rate = 0.01
max_epochs = 15
batch_size = 32
[release]
slices = ["colour"]
[release.overall]
auc = {{ min = 0.8 }}
accuracy = {{ min = 0.7 }}
log_loss = {{ max = 0.9 }}
"""

HOUSES = """
name = "houses"
[data]
path = "{data}"
[label]
kind = "regression"
column = "price"
[features]
area = {{ kind = "numeric" }}
rooms = {{ kind = "categorical", size = 8 }}
[training]
hidden_units = [16]
learning_rate = 0.02
max_epochs = 40
batch_size = 32
[release.overall]
r_squared = {{ min = 0.7 }}
mean_absolute_error = {{ max = 50000.0 }}
"""


def trips(path: Path, rows: int = 3000) -> Path:
    """The header and the first `rows` trips of the bundled data."""
    with TRIPS.open() as source, path.open("w") as target:
        for _, line in zip(range(rows + 1), source, strict=False):
            target.write(line)
    return path


def flowers(folder: Path, rows: int = 600) -> Path:
    """Three species that differ in petal length and, mostly, in colour; as Parquet, some colours missing."""
    rng = random.Random(3)
    kinds = [("rose", 5.0, "red"), ("tulip", 3.0, "yellow"), ("daisy", 1.0, "white")]
    table = []
    for _ in range(rows):
        species, length, colour = rng.choice(kinds)
        table.append(
            {
                "petal_length": rng.gauss(length, 1.0),
                "petal_width": rng.gauss(length / 3, 0.5),
                "colour": None if rng.random() < 0.1 else colour if rng.random() < 0.8 else "pink",
                "species": species,
            }
        )
    path = folder / "flowers.parquet"
    parquet.write_table(pa.Table.from_pylist(table), path)
    return path


def houses(folder: Path, rows: int = 600) -> Path:
    """Prices that follow area and rooms, with noise; as CSV, some areas missing."""
    rng = random.Random(5)
    path = folder / "houses.csv"
    with path.open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["area", "rooms", "price"])
        for _ in range(rows):
            area, rooms = rng.uniform(20, 200), rng.randrange(1, 8)
            price = 100_000 + 50_000 * (area / 40 + math.sqrt(rooms) + rng.gauss(0, 0.3))  # as large as prices are
            writer.writerow(["" if rng.random() < 0.05 else f"{area:.1f}", rooms, f"{price:.3f}"])
    return path
