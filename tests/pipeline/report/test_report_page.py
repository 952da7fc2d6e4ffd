"""The page: what stands in each section, by records that are made for it; in a browser, tests/browser opens it."""

import re
import tomllib
from html.parser import HTMLParser

import pytest

from pipeline.report import comparison, lineage, metrics, page, reproduce, slices, verdict, words
from pipeline.report.record import Record
from pipeline.report.sources import Sources
from tests import made_reports

SECTIONS = ["verdict", "metrics", "slices", "curves", "training", "importance", "features", "anomalies", "lineage"]
SECTIONS += ["reproduce"]


class Tags(HTMLParser):
    """What a page is made of, as a browser takes it apart."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.words = [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attributes]

    def handle_data(self, data):
        self.words += data


def shown(plain, other=None):
    return Tags(page.html(Record(plain), Sources(), other and Record(other)))


@pytest.mark.parametrize(
    ("changes", "words", "tone"),
    [
        ({}, "Every gate let it through: pushed as version 7", "good"),
        (
            {"gates": [made_reports.gate("Evaluator", "undecided")]},
            "Pushed as version 7, undecided: the eval rows are too few to tell if all bounds hold",
            "warn",
        ),
        (
            {"outcome": "undecided", "push": None},
            "Undecided: the eval rows are too few to tell if all bounds hold; nothing was pushed",
            "warn",
        ),
        (
            {"outcome": "refused", "push": None, "gates": [made_reports.gate("Evaluator", "refused")]},
            "Refused by Evaluator: nothing was pushed",
            "bad",
        ),
        (
            {"outcome": "data stopped", "push": None, "gates": [made_reports.gate("ExampleGen", "refused")]},
            "Refused by ExampleGen: nothing was trained",
            "bad",
        ),
        ({"outcome": "failed", "push": None, "error": "OSError: full"}, "The run failed", "bad"),
    ],
)
def test_the_headline_says_how_the_run_ended(changes, words, tone):
    assert verdict.headline(Record(made_reports.plain(**changes))) == verdict.Headline(words, tone)


@pytest.mark.parametrize("outcome", ["pushed", "failed"])
def test_every_section_is_there_even_of_a_run_that_came_to_nothing(outcome):
    nothing = {"schema_version": 1, "pipeline": "trips", "run_id": "r", "outcome": outcome, "metrics": {}, "slices": []}
    for plain in (made_reports.plain(outcome=outcome), nothing):
        html = page.html(Record(plain), Sources())
        assert re.findall('<section id="(.*?)"', html) == SECTIONS
        assert "could not be made" not in html


def test_a_page_runs_no_script_and_asks_nothing_of_the_network():
    html = page.html(Record(made_reports.plain()), Sources())
    assert "default-src 'none'" in html
    assert "script" not in Tags(html).tags
    assert not re.search(r'(src|href)="(?!#)', html)


def test_hostile_names_are_shown_as_text():
    seen = shown(made_reports.hostile(), made_reports.plain(config={made_reports.HOSTILE[0]: made_reports.HOSTILE[1]}))
    assert not {"script", "img", "h3"} & set(seen.tags)
    assert seen.tags.count("title") == seen.tags.count("h1") == seen.tags.count("style") == 1
    assert not [name for name in seen.attributes if name.startswith("on")]
    for name in ("<script>alert(1)</script>", "{{ 7 * 7 }}", "🚕 taxi 🧾", "a\\x00b\\ufeffc", "\\u202etxt.exe"):
        assert name in seen.words
    assert words.short("long" * 2500) == "long" * 14 + "lon…"


def test_each_metric_stands_beside_its_bounds_and_what_serves():
    found = metrics.context(Record(made_reports.plain()))
    auc = found["rows"][0]
    assert (auc["value"], auc["baseline"], auc["simple"]) == (0.9, 0.89, [0.85])
    assert [(each["sign"], each["at"]) for each in auc["bounds"]] == [("≥", 0.8), ("≥", 0.88)]
    assert auc["strip"].rules[0].at < auc["strip"].rules[1].at <= auc["strip"].line[0] < auc["strip"].dot


def test_slices_are_ranked_by_how_far_they_fall_behind_and_chance_is_told_apart():
    few = {"slice": "hour=4", "rows": 3, "metrics": {"auc": 0.0}, "intervals": {}}
    found = slices.context(Record(made_reports.plain(slices=[few, *made_reports.plain()["slices"]])))
    assert [(each.slice.name, each.verdict) for each in found["slices"]] == [
        ("hour=1", "behind"),
        ("hour=2", "may be chance"),
        ("hour=3", "ahead"),
        ("hour=4", "too few rows to tell"),
    ]
    assert found["slices"][0].behind == pytest.approx(0.2)


def test_of_many_slices_that_are_like_all_rows_chance_lets_none_fall_behind():
    # Two standard errors below: of 100 slices, some are by chance.
    many = [made_reports.made_slice(f"hour={n}", 0.9 - 0.0205 * (n < 3), 0.02) for n in range(100)]
    assert {each.verdict for each in slices.context(Record(made_reports.plain(slices=many)))["slices"]} == {
        "may be chance"
    }


def test_slices_are_ranked_by_the_metric_that_bounds_are_on():
    per_slice = made_reports.bound("accuracy", where="hour=1", verdict="missed")
    found = slices.context(Record(made_reports.plain(bounds=[made_reports.bound(), per_slice])))
    assert (found["metric"], found["slices"][0].bounds) == ("accuracy", ["missed"])


def test_a_comparison_names_what_differs():
    config = made_reports.plain()["config"]
    other = made_reports.plain(config=config | {"features": {"fare": {"kind": "numeric"}}}, seconds=1.0)
    assert comparison.context(Record(made_reports.plain()), Record(other)) == {
        "rows": [{"name": "config.features.company.kind", "this": "vocabulary", "other": None}],
        "configs": True,
        "same_data": True,
    }
    unknown = shown(made_reports.plain(), made_reports.plain(config=None)).words
    assert "config.features" not in unknown
    assert "The record of one of them has no config to compare." in unknown
    assert "config.features.company.kind" in shown(made_reports.plain(), other).words


def test_the_config_can_be_run_again():
    data = made_reports.plain()["data"] | {"path": "data/{SPAN}/trips.csv", "span": 3}
    found = reproduce.context(Record(made_reports.plain(data=data)))
    assert found["commands"][-1] == f"turnstile run --config {found['file']} --span 3"
    assert tomllib.loads(found["config"])["features"] == {
        "fare": {"kind": "numeric"},
        "company": {"kind": "vocabulary"},
    }
    hostile = made_reports.hostile()["config"]
    assert tomllib.loads(reproduce.context(Record({"config": hostile}))["config"]) == hostile


def test_components_are_drawn_below_what_they_wait_for():
    graph = {"a": [], "b": ["a"], "schema": [], "c": ["a", "b", "schema"]}
    components = [{"id": id_, "state": "done", "seconds": 1.0} for id_ in graph]
    found = lineage.context(components, graph, {"b": ["Examples 1"]})
    assert len(found["arrows"]) == 3  # from a to c, b leads
    place = {box.id: box.y for box in found["boxes"]}
    assert place["a"] < place["b"] == place["schema"] < place["c"]
