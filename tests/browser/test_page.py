"""The page on which a person tries the model, in a real browser, held against the commands and the model itself."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline.commands.main import main
from serving.explain import background
from serving.explain.explaining import Explainer
from serving.explain.settings import Settings
from serving.page.contents import contents
from serving.page.page import filled, html
from tests import made_pages
from tests.browser.test_report import PHONE
from tests.e2e.model_server import ModelServer

READY = "body:not(.busy)"
# A row of the taxi trips, one of which a value is missing, and one of which the model knows neither name nor number.
COLUMNS = ("fare", "trip_miles", "payment_type", "company", "trip_start_hour", "trip_seconds")
VALUES = [
    ("12.5", "3.2", "Credit Card", "", "18", "700"),
    ("", "", "Cash", "", "", ""),
    ("90", "0", "Barter", "No, such", "99", "60"),
]
ROWS = [dict(zip(COLUMNS, values, strict=True)) for values in VALUES]


@pytest.fixture(scope="module")
def file(version, tmp_path_factory):
    """The page of the version, as the command writes it."""
    written = tmp_path_factory.mktemp("page") / "taxi.html"
    run("page", str(version), "-o", str(written))
    return written


@pytest.fixture(scope="module")
def answers(version, tmp_path_factory):
    """What `turnstile predict` answers to ROWS."""
    return predicted(version, ROWS, tmp_path_factory.mktemp("predict"))


def run(*arguments):
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def as_csv(rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def predicted(version, rows, folder):
    (folder / "rows.csv").write_text(as_csv(rows))
    run("predict", str(folder / "rows.csv"), "--model", str(version), "--out", str(folder / "answers.csv"))
    return list(csv.DictReader((folder / "answers.csv").read_text().splitlines()))


def fill(page, row):
    """Puts a row into the form, as a person does; a name that is not in a list cannot be chosen, so it is added."""
    for column, value in row.items():
        field = page.get_by_label(column, exact=True)
        if field.evaluate("e => e.tagName") == "SELECT":
            field.evaluate("(e, v) => [...e.options].some(o => o.value === v) || e.add(new Option(v))", value)
            field.select_option(value)
        else:
            field.fill(value)
    page.wait_for_selector(READY)


def result(page, element):
    return json.loads(page.locator(element).get_attribute("data-result"))


def test_the_answer_is_that_of_predict(file, answers, opened):
    page = opened(file)
    for row, expected in zip(ROWS, answers, strict=True):
        fill(page, row)
        found = result(page, "#answer")
        assert found["probability"] == pytest.approx(float(expected["probability"]), abs=1e-5)
        assert str(found["label"]) == expected["label"]
        assert page.locator("#answer-large").inner_text() == f"{100 * found['probability']:.1f} %"
    assert "recorded rows" in page.locator("#proof").inner_text()


def test_the_reasons_are_those_of_explain_and_add_up_to_the_answer(file, version, opened):
    page = opened(file)
    fill(page, ROWS[0])
    found = result(page, "#why")
    model, asked, signature = made_explainer(version)
    explained = model(asked(ROWS[0]))
    assert found["base"] == pytest.approx(explained.base, abs=1e-4)
    assert found["score"] == pytest.approx(explained.score, abs=1e-4)
    values = dict(zip(signature, zip(*explained.contributions, strict=True), strict=True))
    for each in found["found"]:
        assert (each["value"], each["error"]) == pytest.approx(values[each["name"]], abs=1e-4)
    assert found["base"] + sum(each["value"] for each in found["found"]) == pytest.approx(found["score"], abs=1e-9)
    first = max(found["found"], key=lambda each: abs(each["value"]))
    assert page.locator("#why-rows th").first.inner_text() == first["name"]


def made_explainer(version):
    from serving.client.base import ModelSpec, raw_signature
    from serving.model.saved_model import SavedModel
    from serving.rows import reading

    model = SavedModel(version)
    signature = raw_signature(model.signatures, ModelSpec(version.name))
    explainer = Explainer(
        lambda rows: model("raw", rows), signature, background.recorded(version, signature.inputs), Settings()
    )

    def asked(row):
        return reading.stack([reading.to_values(row, signature.inputs, 1, ".")], signature.inputs)

    return explainer, asked, explainer.features


def test_a_curve_says_what_the_answer_would_be_and_its_value_can_be_taken(file, version, opened, tmp_path):
    page = opened(file)
    fill(page, ROWS[0])
    curve = page.get_by_role("img", name="payment_type")
    said = curve.get_attribute("aria-label")
    low, high = predicted(version, [ROWS[0] | {"payment_type": value} for value in ("Cash", "Credit Card")], tmp_path)
    assert f"{100 * float(high['probability']):.1f} % at Credit Card" in said
    curve.click(position={"x": 3, "y": 30})
    page.wait_for_selector(READY)
    assert page.get_by_label("payment_type", exact=True).input_value() == "Cash"
    assert result(page, "#answer")["probability"] == pytest.approx(float(low["probability"]), abs=1e-5)


def test_a_file_is_dropped_and_every_row_answered_as_by_predict(file, answers, opened, tmp_path):
    page = opened(file, accept_downloads=True)
    rows = ROWS * 9
    wrong = ROWS[0] | {"trip_seconds": "soon"}
    transfer = page.evaluate_handle(
        "text => { const d = new DataTransfer(); d.items.add(new File([text], 'trips.csv')); return d; }",
        as_csv([*rows, wrong]),
    )
    page.dispatch_event("#table", "drop", {"dataTransfer": transfer})
    page.get_by_text("28 rows in").wait_for()
    assert "1 have no answer; the column error says why" in page.locator("#table-words").inner_text()
    assert page.locator("#table-rows tbody tr").count() == 20
    with page.expect_download() as download:
        page.get_by_text("Download the answers").click()
    assert download.value.suggested_filename == "trips_answers.csv"
    download.value.save_as(tmp_path / "answers.csv")
    found = list(csv.DictReader(io.StringIO((tmp_path / "answers.csv").read_text())))
    assert [{column: row[column] for column in COLUMNS} for row in found] == [*rows, wrong]
    for got, expected in zip(found, answers * 9, strict=False):
        assert float(got["probability"]) == pytest.approx(float(expected["probability"]), abs=1e-5)
        assert got["label"] == expected["label"]
    assert found[-1]["error"] == "column 'trip_seconds': expected a whole number, got string 'soon'"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_can_be_read_and_used_by_keyboard(file, opened, scheme):
    page = opened(file, viewport=PHONE, color_scheme=scheme)
    page.wait_for_selector(READY)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    unlabelled = "[...document.querySelectorAll('input, select, textarea')].filter(e => !e.labels.length).length"
    assert page.evaluate(unlabelled) == 0
    page.get_by_label("Begin with").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.labels[0].textContent") == "fare"
    colors = page.locator("#row").evaluate("e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]")
    ink, paper = (sum(int(part) for part in color.strip("rgb()").split(",")) for color in colors)
    assert (ink < paper) == (scheme == "light")
    assert abs(ink - paper) > 400


def test_a_server_gives_the_page_and_answers_in_its_place(version, file, answers, opened):
    with ModelServer(version.parents[1], version.parent.name, "--cors") as server:
        server.wait_for(rf"serving {version.name}", 60)
        own = opened(server.url + "/", server=server.url)
        fill(own, ROWS[0])
        assert result(own, "#answer")["probability"] == pytest.approx(float(answers[0]["probability"]), abs=1e-5)
        for address in (f"{server.url}/?server=", f"{file.as_uri()}?server={server.url}"):
            asking = opened(address, server=server.url)
            fill(asking, ROWS[2])
            assert result(asking, "#answer")["probability"] == pytest.approx(float(answers[2]["probability"]), abs=1e-6)
            assert sum(each["value"] for each in result(asking, "#why")["found"])
            assert "Answers come from http://127.0.0.1:" in asking.locator("#proof").inner_text()


def test_a_server_that_lets_no_other_page_ask_is_named_with_what_does(version, file, browser):
    with ModelServer(version.parents[1], version.parent.name) as server:
        server.wait_for(rf"serving {version.name}", 60)
        page = browser.new_page()
        page.goto(f"{file.as_uri()}?server={server.url}")
        page.get_by_text(
            f"{server.url} does not answer, or lets no page of another site ask (turnstile serve --cors"
        ).wait_for()


def test_a_server_that_is_not_allowed_is_not_asked(file, browser):
    page = browser.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{file.as_uri()}?server=http://192.0.2.1")
    page.get_by_text("This page may not ask http://192.0.2.1. To write one that may: turnstile page").wait_for()
    assert [url for url in asked if url.startswith("http")] == []


@pytest.mark.parametrize(
    ("task", "card"), [("binary", "73.1 %"), ("multiclass", "red"), ("regression", "120")], ids=lambda value: value
)
def test_every_kind_of_label_and_of_field(task, card, opened, tmp_path):
    (tmp_path / "made.html").write_text(filled(made_pages.carried(task)))
    page = opened(tmp_path / "made.html")
    page.get_by_label("paid", exact=True).select_option("Card")
    page.wait_for_selector(READY)
    assert page.locator("#answer-large").inner_text() == card
    for column, value in made_pages.row(fare="9", remark="an awful trip", at="1999-01-01", shared=None).items():
        field = page.get_by_label(column, exact=True)
        assert field.count() == 1
        if column in ("fare", "remark", "at"):
            field.fill(value)
    page.wait_for_selector(READY)
    why = result(page, "#why")
    assert {each["name"] for each in why["found"] if abs(each["value"]) > 1e-9} == {"paid"}
    assert page.locator("#curves figure").count() + page.locator("#more-curves figure").count() == 6  # not of the text
    page.locator("#file").set_input_files(
        {"name": "a.csv", "mimeType": "text/csv", "buffer": "fare;paid;at\n1,5;Card;?\n".encode("utf-8-sig")}
    )
    page.get_by_text("1 rows in").wait_for()
    assert "The file has no column miles, seconds, shared, remark" in page.locator("#table-words").inner_text()
    assert page.locator("#error").inner_text() == ""


def test_a_value_that_is_not_of_its_column_is_told_in_words(opened, tmp_path):
    (tmp_path / "made.html").write_text(filled(made_pages.carried("binary")))
    page = opened(tmp_path / "made.html")
    page.get_by_label("seconds", exact=True).fill("1.5")
    page.get_by_role("alert").filter(has_text="column 'seconds': expected a whole number").wait_for()


def test_a_page_whose_model_answers_otherwise_than_the_version_says_so(opened, tmp_path):
    carried = made_pages.carried("binary")
    carried["recorded"]["answers"][0]["probability"] += 0.01
    (tmp_path / "made.html").write_text(filled(carried))
    page = opened(tmp_path / "made.html")
    assert "this browser computes other answers than the version" in page.locator("#error").inner_text()
    assert page.locator("#answer-large").inner_text() == ""


def test_hostile_names_do_nothing(opened, tmp_path):
    hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    text = json.dumps(made_pages.carried("multiclass")).replace("green", hostile).replace("remark", hostile)
    carried = json.loads(text.replace("Cash", hostile)) | {"name": hostile, "use": hostile, "caveats": [hostile]}
    (tmp_path / "hostile.html").write_text(filled(carried))
    page = opened(tmp_path / "hostile.html", viewport=PHONE)
    page.wait_for_selector(READY)
    assert page.locator("h1").inner_text() == hostile
    assert page.locator("img, section script").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_rows_of_a_file_take_the_place_of_those_of_the_version(version, tmp_path):
    (tmp_path / "rows.csv").write_text(as_csv(ROWS))
    carried = contents(version, str(tmp_path / "rows.csv"))
    assert [row["payment_type"] for row in carried["recorded"]["rows"]] == ["Credit Card", "Cash", "Barter"]
    assert len(carried["recorded"]["answers"]) == 3
    assert "Barter" in html(version, str(tmp_path / "rows.csv"))
    assert np.isfinite([answer["probability"] for answer in carried["recorded"]["answers"]]).all()
