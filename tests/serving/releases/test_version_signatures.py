"""Keys: how a pair is made, and that a config with a wrong one ends before anything is run."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.commands.main import main
from serving.releases import signatures

CURVE = "key of an elliptic curve (P-256, P-384 or P-521), as PEM without a passphrase. Make a key pair: turnstile key"


def test_a_new_pair_is_for_its_owner_and_never_overwritten(tmp_path):
    folder = tmp_path / "new" / "keys"
    found = CliRunner().invoke(main, ["key", "new", "--dir", str(folder)])
    private, public = folder / "private.pem", folder / "public.pem"
    assert found.exit_code == 0
    assert f'sign_with = "{private}"\nverify_with = "{public}"\n' in found.output
    assert (private.stat().st_mode & 0o777, public.stat().st_mode & 0o777) == (0o600, 0o644)
    before = private.read_text()
    found = CliRunner().invoke(main, ["key", "new", "--dir", str(folder)])
    assert (found.exit_code, private.read_text()) == (2, before)
    assert f"{private}: is there already, and a key is never overwritten" in found.output


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    found = CliRunner().invoke(main, ["key", "new", "--dir", str(tmp_path / "file" / "keys")])
    assert found.exit_code == 2
    assert "cannot be written" in found.output


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    signatures.new_pair(folder)
    signatures.new_pair(folder / "other")
    (folder / "text").write_text("no key")
    return folder


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"sign_with": "gone"}, "serving.sign_with: {}/gone: cannot be read (No such file or directory)"),
        ({"sign_with": "text"}, "serving.sign_with: {}/text: expected the private " + CURVE),
        ({"sign_with": "public.pem"}, "serving.sign_with: {}/public.pem: expected the private " + CURVE),
        (
            {"sign_with": "private.pem", "verify_with": "private.pem"},
            "serving.verify_with: {}/private.pem: expected the public " + CURVE,
        ),
        (
            {"sign_with": "private.pem", "verify_with": "other/public.pem"},
            "serving.verify_with: {}/other/public.pem does not belong to {}/",
        ),
        ({"verify_with": "public.pem"}, "serving.verify_with: without a signature, the version that this run pushes"),
    ],
)
def test_a_run_with_a_wrong_key_does_not_begin(files, tmp_path, keys, words):
    config = tmp_path / "taxi.toml"
    lines = [f'{key} = "{files / name}"' for key, name in keys.items()]
    config.write_text("\n".join([Path("configs/taxi.toml").read_text(), "[serving]", *lines]))
    found = CliRunner().invoke(main, ["run", "--config", str(config), "--output", str(tmp_path / "output")])
    assert (found.exit_code, (tmp_path / "output").exists()) == (2, False)
    assert f"turnstile: {config}: {words.replace('{}', str(files))}" in found.output


@pytest.mark.parametrize("command", [["promote", "1"], ["serve", "--local"]])
def test_a_key_that_is_not_there_is_told_by_those_who_verify(command, tmp_path):
    (tmp_path / "taxi" / "1").mkdir(parents=True)
    (tmp_path / "taxi" / "1" / "saved_model.pb").write_text("")
    config = tmp_path / "taxi.toml"
    config.write_text(f'name = "taxi"\n[serving]\ndir = "{tmp_path}"\nverify_with = "{tmp_path}/gone"\n')
    found = CliRunner().invoke(main, [*command, "--config", str(config)])
    assert found.exit_code == 2
    assert f"serving.verify_with: {tmp_path}/gone: cannot be read" in found.output
