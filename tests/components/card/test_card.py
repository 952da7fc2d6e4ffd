"""A model card has the record's numbers in both formats, and no name in it is taken for markup."""

from __future__ import annotations

import html
import re

import pytest

from components.card import writing
from components.card.part import NONE
from components.record import builder
from pipeline import config_file
from tests.made_records import facts, places

HOSTILE = "<script>alert('x')</script> | *a* `b` [c](d) \n# e 😀 \u202eabc " + "long " * 2000


def slice_(name, rows, accuracy, columns=("city",)):
    interval = {"low": accuracy - 0.02, "high": accuracy + 0.02}
    return {
        "slice": name,
        "columns": list(columns),
        "rows": rows,
        "metrics": {"auc": None, "accuracy": accuracy, "example_count": float(rows)},
        "intervals": {"accuracy": interval},
        "baseline": {},
        "differences": {},
    }


def bound(metric, kind, limit, where="overall"):
    return {"metric": metric, "slice": where, "kind": kind, "limit": limit, "verdict": "reached"}


def made(said=None, city="Rome"):
    """The record of a run of configs/small.toml, sliced by a city."""
    config = config_file.load("configs/small.toml").model_dump(mode="json") | {"card": said or {}}
    config["release"]["slices"] = ["city"]
    record = builder.build(places(), facts(config=config, push={"version": 7, "model_dir": "m", "labels": None}))
    return record | {
        "metrics": {"auc": 0.91, "accuracy": 0.87, "example_count": 900.0},
        "intervals": {"auc": {"low": 0.89, "high": 0.93}},
        "baseline": {"auc": 0.9},
        "baseline_version": 6,
        "bounds": [bound("auc", "min", 0.9), bound("accuracy", "gap", 0.2, "city")],
        "slices": [slice_(f"city={city}", 500, 0.95), slice_("city=Oslo", 390, 0.8), slice_("city=Bath", 10, 0.1)],
    }


def words(text):
    """The words of a card in either format, without the marks of the format."""
    if text.startswith("<!DOCTYPE"):
        return html.unescape(re.sub(r"<[^>]+>", " ", text.split("<body>")[1])).split()
    marks = r"^#+ |^- |^~~~~.*|^\|( --- \|)+$|(?<!\\)\|"
    return html.unescape(re.sub(r"\\(.)", r"\1", re.sub(marks, " ", text, flags=re.MULTILINE))).split()


def test_both_formats_say_the_same(tmp_path):
    said = {"intended_use": "To plan shifts.", "caveats": ["Only Chicago.", "-1 is missing."], "owners": ["ada@host"]}
    writing.write(tmp_path / "new", made(said))
    markdown, page = ((tmp_path / "new" / name).read_text(encoding="utf-8") for name in writing.FILES)
    assert words(markdown) == words(page)
    assert "\n## Intended use\n\nTo plan shifts.\n" in markdown
    assert "\n- Only Chicago.\n- -1 is missing.\n" in markdown
    assert "| Owners | ada@host |" in markdown
    assert "Nobody has written this down. It belongs under \\[card\\] of the config, as not_for." in markdown


def test_the_numbers_are_the_records():
    markdown = writing.rendered(made())["model_card.md"]
    assert "# Model card: taxi, version 7\n" in markdown
    assert f"| auc | 0.9100 | 0.8900 to 0.9300 | 0.9000 | {NONE} | at least 0.9: reached |" in markdown
    assert f"| city=Rome | 500 | {NONE} | 0.9500 (0.9300 to 0.9700) |" in markdown
    lowest, highest = "city=Oslo: 0.8000 (0.7800 to 0.8200)", "city=Rome: 0.9500 (0.9300 to 0.9700)"
    assert f"| city | accuracy | {lowest} | {highest} | 0.1500 | at most 0.2: reached |" in markdown
    assert "- Slices of fewer than 100 eval rows, on which no bound was judged: 1." in markdown
    assert "POST /v1/models/taxi/versions/7:predict" in markdown
    assert "| fare | numeric | fare |" in markdown


def test_hostile_names_are_shown_and_harm_nothing():
    files = writing.rendered(made({"intended_use": HOSTILE, "caveats": [HOSTILE]}, city=HOSTILE))
    page, markdown = files["model_card.html"], files["model_card.md"]
    assert "<script" not in page + markdown
    assert words(markdown) == words(page)
    headings = [line for line in markdown.splitlines() if line.startswith("#")]
    assert headings == [
        f"{'#' * (2 if number else 1)} {t}" for number, t in enumerate(re.findall("<h.>(.*?)</h", page))
    ]
    (row,) = (line for line in markdown.splitlines() if line.startswith("| city=&lt;script"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 5  # four cells
    assert len(row) < 300


@pytest.mark.parametrize("change", [{"config": None, "slices": []}, {"metrics": {}, "bounds": [], "slices": []}])
def test_a_record_that_lacks_something_has_a_card_too(change):
    assert set(writing.rendered(made() | change)) == {"model_card.md", "model_card.html"}


def test_a_card_that_cannot_be_written_is_told_and_stops_nothing(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    writing.write(tmp_path / "file", made())
    assert "the model card could not be written" in caplog.text
