"""The web page of docs/plain-code.md, in a real browser: it answers as the version does."""

from __future__ import annotations

import functools
import json
import re
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from serving.model.saved_model import SavedModel
from tests.exported import exported


@pytest.fixture
def address(reports, tmp_path):
    """Of the page, beside the code of the version that was pushed; and the version."""
    version = json.loads((reports["blessed"].parent / "release.json").read_text())["push"]["model_dir"]
    exported(version, tmp_path / "taxi-code")
    page = re.findall(r"```html\n(.*?)```", Path("docs/plain-code.md").read_text(), re.DOTALL)[0]
    (tmp_path / "index.html").write_text(page)
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", version
        server.shutdown()


def answer(version, fare, payment):
    """What the page should show."""
    dtypes = {1: (np.float32, np.nan), 7: (object, b""), 9: (np.int64, np.iinfo(np.int64).min)}
    model = SavedModel(version)
    inputs = {name: dtypes[info.dtype] for name, info in model.signature("raw").inputs.items()}
    row = {name: np.array([missing], dtype) for name, (dtype, missing) in inputs.items()}
    row |= {"fare": np.array([fare], np.float32), "payment_type": np.array([payment], object)}
    return f"{100 * model('raw', row)['probability'][0]:.1f} % would tip"


def test_the_page_of_the_docs_answers_as_the_version_does(address, browser):
    url, version = address
    faults, page = [], browser.new_page()
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(url)
    shown = page.locator("#answer")
    shown.filter(has_text="would tip").wait_for()
    assert shown.inner_text() == answer(version, 12.5, b"Cash")
    page.get_by_label("Fare").fill("40")
    page.get_by_label("Payment").select_option("Credit Card")
    assert shown.inner_text() == answer(version, 40, b"Credit Card")
    assert faults == []
