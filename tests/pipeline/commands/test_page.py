"""`turnstile page` where there is nothing to write a page of; tests/browser/test_page.py opens pages."""

from __future__ import annotations

from click.testing import CliRunner

from pipeline.commands.main import main


def test_a_folder_without_a_record_has_no_page(tmp_path):
    done = CliRunner().invoke(main, ["page", str(tmp_path), "-o", str(tmp_path / "page.html")])
    assert done.exit_code == 2
    assert "release.json: has no config, which says what the columns are" in done.output
    assert not (tmp_path / "page.html").exists()
