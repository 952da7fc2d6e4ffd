"""A headless Chromium, and reports of real runs for it to open."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pipeline import config_file
from pipeline.report.page import html
from pipeline.report.record import Record
from pipeline.report.sources import Sources
from pipeline.run.whole_run import run
from tests import made_data, made_reports

ROWS = 2000


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium")
    assert found, "chromium is not installed; on Debian or Ubuntu: sudo apt install chromium"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def opened(browser):
    """Opens a page; fails at the end of the test if it has logged anything, or asked for anything but itself.

    Of a page that comes from a server, or asks one, `server` is what the addresses that it may ask begin with.
    """
    faults = []

    def open_(page, server="", **options):
        address = page.as_uri() if isinstance(page, Path) else page
        allowed = (address, "blob:", *([server] if server else []))
        page = browser.new_page(**options)
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: faults.append(dialog.message))
        page.on("request", lambda asked: faults.append(asked.url) if not asked.url.startswith(allowed) else None)
        page.goto(address)
        return page

    yield open_
    assert faults == []


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The reports of four runs, by how they ended. After the first, only the gates run again."""
    folder = tmp_path_factory.mktemp("reports")
    data = made_data.trips(folder / "trips.csv", ROWS)
    faulty = folder / "faulty.csv"
    faulty.write_text(data.read_text().replace(",Cash,", ",<b>Barter</b>,"))
    small = Path("configs/small.toml").read_text().replace("data/taxi/trips.csv", str(data))
    found = {}

    def run_once(name, text):
        file = folder / "config.toml"
        file.write_text(text)
        result = run(config_file.load(file, output=str(folder / "output"), serving__dir=str(folder / "serving")))
        found[name] = Path(result.report or "")
        return result

    auc = run_once("blessed", small).metrics["auc"]
    run_once(
        "undecided", small.replace("[release]", '[release]\nundecided = "refuse"').replace("min = 0.85", f"min = {auc}")
    )
    run_once("refused", small.replace("min = 0.85", "min = 0.9999"))
    run_once("data stopped", small.replace(str(data), str(faulty)))
    return found


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a record whose names are hostile."""
    page = tmp_path_factory.mktemp("hostile") / "report.html"
    page.write_text(html(Record(made_reports.hostile()), Sources()))
    return page


@pytest.fixture(scope="session")
def version(reports: dict[str, Path]) -> Path:
    """The version that the blessed run pushed."""
    record = json.loads((reports["blessed"].parent / "release.json").read_text())
    return Path(record["push"]["model_dir"])
