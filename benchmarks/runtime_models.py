"""Small models for the comparison of runtimes: between them, every kind of label and of feature."""

from __future__ import annotations

import csv
import datetime
import random
from pathlib import Path
from typing import Any

from pipeline import config_file
from pipeline.run.whole_run import run
from serving.releases.version_folders import versions

_FEATURES = """
[features]
size = { kind = "numeric", log = true, buckets = 4 }
width = { kind = "bucketized", buckets = 5 }
day = { kind = "time" }
seconds = { kind = "time", unit = "s" }
paid = { kind = "boolean" }
code = { kind = "vocabulary", top_k = 8 }
maker = { kind = "vocabulary", top_k = 3, oov_buckets = 5 }
hour = { kind = "categorical", size = 24 }
note = { kind = "text", top_k = 60, terms = 16, ngrams = 3 }
[training]
hidden_units = [16, 8]
max_epochs = 8
batch_size = 64
[release.overall]
"""
# The label of each model, and a bound that any model meets: what is compared is what it answers, not how well.
_LABELS = {
    "binary": ('kind = "binary"\ncolumn = "late"\npositive = true\ndecision = "f1"', "auc = { min = 0.51 }"),
    "multiclass": (
        'kind = "multiclass"\ncolumn = "sort"\nclasses = ["élite", "plain", "odd"]',
        "auc = { min = 0.51 }",
    ),
    "regression": ('kind = "regression"\ncolumn = "price"', "r_squared = { min = 0.01 }"),
    "log_regression": ('kind = "regression"\ncolumn = "price"\nlog = true', "r_squared = { min = 0.01 }"),
}
# The one whose columns LiteRT can prepare, all of them: without text that is taken apart or hashed.
_PHONE = "phone"
_LABELS[_PHONE] = _LABELS["multiclass"]
_NOT_ON_PHONES = ("day = ", "note = ")
_ROWS = 1500
_NOTES = ("", "nothing to say", "Don't knock, please!", "ΟΔΟΣ 12, 2nd floor", "the late one, again", "on time, again")


def models(folder: Path) -> dict[str, Path]:
    """Trains and pushes the models; returns the folders of their versions, by their labels.

    Args:
        folder: where the data and all that the runs leave goes. A model that is there already is not trained again.
    """
    data = folder / "rows.csv"
    _write(data)
    found = {}
    for name, (label, bound) in _LABELS.items():
        if pushed := versions(folder / "serving" / name):
            found[name] = pushed[-1]
            continue
        config = folder / f"{name}.toml"
        features = _of_phones(_FEATURES) if name == _PHONE else _FEATURES
        config.write_text(f'name = "{name}"\n[data]\npath = "{data}"\n[label]\n{label}\n{features}{bound}\n')
        result = run(config_file.load(config, output=str(folder / "output"), serving__dir=str(folder / "serving")))
        if not result.model_dir:
            raise SystemExit(f"{name}: no model was pushed: {result.error or result.gates}")
        found[name] = Path(result.model_dir)
    return found


def _of_phones(features: str) -> str:
    lines = [line for line in features.splitlines(keepends=True) if not line.startswith(_NOT_ON_PHONES)]
    return "".join(lines).replace(", oov_buckets = 5", "")


def _write(file: Path) -> None:
    rng = random.Random(11)
    rows = [_row(rng) for _ in range(_ROWS)]
    with file.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _row(rng: random.Random) -> dict[str, Any]:
    moment = datetime.datetime(2012, 1, 1) + datetime.timedelta(minutes=rng.randrange(3_000_000))
    size, code = rng.lognormvariate(2, 1), rng.choice((10, 20, 30, 40))
    weight = (moment.weekday() > 4) + (code == 30) + rng.gauss(0, 0.3) + size / 50
    row = {
        "size": f"{size:.2f}",
        "width": f"{rng.gauss(170, 10):.1f}",
        "day": moment.isoformat(" "),
        "seconds": rng.randrange(10**9),
        "paid": rng.choice(("yes", "no")),
        "code": code,
        "maker": rng.choice(("Ångström & Co", "Bauer", "Ćosić", "Dubois", "Eriksson", "Fabbri", "Gómez")),
        "hour": moment.hour,
        "note": rng.choice(_NOTES),
    }
    some = {name: "" if rng.random() < 0.05 else value for name, value in row.items()}
    sort = "élite" if weight > 1.2 else "odd" if size < 4 else "plain"
    return some | {"late": str(weight > 0.8), "sort": sort, "price": f"{100 * weight**2 + size:.2f}"}
