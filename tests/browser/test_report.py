"""Reports in a real browser: each section is there, the numbers are those of the record, and nothing else is asked for.

Run by `make test-browser`, which needs Chromium.
"""

from __future__ import annotations

import json

import pytest

from pipeline import config_file
from pipeline.dashboard import page as dashboard

OUTCOMES = {"blessed": "pushed", "undecided": "undecided", "refused": "refused", "data stopped": "data stopped"}
SECTIONS = ["Metrics", "Slices", "Curves", "Training", "What the model leans on", "Features", "Anomalies", "Lineage"]
SECTIONS += ["How to reproduce it"]
PHONE = {"width": 390, "height": 844}


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_report_has_every_section_and_the_numbers_of_the_record(reports, opened, name):
    record = json.loads((reports[name].parent / "release.json").read_text())
    assert record["outcome"] == OUTCOMES[name]
    page = opened(reports[name])
    assert page.locator("h2").all_inner_texts() == SECTIONS
    assert page.get_by_text("could not be made").count() == 0
    for gate in record["gates"]:
        for reason in gate.get("reasons", ()):
            assert page.get_by_text(reason, exact=True).first.is_visible()
    for metric, value in record["metrics"].items():
        if metric != "example_count":
            shown = page.locator(f"#metric-{metric} td:nth-child(2) data")
            assert shown.get_attribute("value") == str(value)
            assert float(shown.inner_text()) == pytest.approx(value, abs=5e-5)
    rows = page.locator("#slices tbody tr").all_inner_texts()
    assert sorted(row.split("\t")[0] for row in rows) == sorted(each["slice"] for each in record["slices"])
    has_a_model = name != "data stopped"
    assert page.locator("svg.chart").count() == (4 if has_a_model else 0)
    assert page.locator("#importance tbody tr").count() == (6 if has_a_model else 0)
    assert page.locator(".card").count() == 7  # the features and the other column of the label
    assert page.locator(".lineage rect").count() == len(record["components"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone_and_text_can_be_told_from_what_is_behind_it(reports, opened, scheme):
    page = opened(reports["blessed"], viewport=PHONE, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    ink, paper = page.locator("#metrics").evaluate(
        "e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
    )
    brightness = [sum(int(part) for part in color.strip("rgb()").split(",")) for color in (ink, paper)]
    assert (brightness[0] < brightness[1]) == (scheme == "light")
    assert abs(brightness[0] - brightness[1]) > 400


def test_printed_it_is_light_and_whole(reports, opened):
    page = opened(reports["blessed"], color_scheme="dark")
    page.emulate_media(media="print")
    assert page.locator("#metrics").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("#slices .tall").evaluate("e => e.scrollHeight <= e.clientHeight")


def test_the_dashboard_leads_to_the_report_of_each_run(reports, opened):
    root = reports["blessed"].parents[2]
    config = config_file.load(
        root.parents[1] / "config.toml", output=str(root.parent), serving__dir=str(root.parents[1] / "serving")
    )
    page = opened(dashboard.write(config), viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    chips = page.locator("#runs tbody .chip").all_inner_texts()
    assert [chip for chip in chips if chip not in ("stable", "canary")] == list(reversed(OUTCOMES.values()))
    links = [link.evaluate("a => a.href") for link in page.locator("#runs a", has_text="report").all()]
    assert links == [report.as_uri() for report in reversed(reports.values())]
    assert page.locator("#versions tbody tr").count() == 1
    assert page.locator("svg.chart").is_visible()


def test_hostile_names_do_nothing(hostile, opened):
    page = opened(hostile, viewport=PHONE)
    assert page.locator("h2").all_inner_texts() == SECTIONS
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.locator("script, img, main h1 ~ h1").count() == 0
