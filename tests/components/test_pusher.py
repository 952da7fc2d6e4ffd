"""Publishing a staged model: one step, never a version less than complete, never the same model twice."""

from __future__ import annotations

import pytest

from components.pusher import STAGING, publish, same_model


def model(folder, weights="w"):
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_text("graph")
    (folder / "variables" / "variables.data").write_text(weights)
    return folder


@pytest.fixture
def serving_dir(tmp_path):
    (tmp_path / STAGING).mkdir()
    return tmp_path


def staged(serving_dir, version, weights="w"):
    return model(serving_dir / STAGING / str(version), weights)


def names(serving_dir):
    return sorted(path.name for path in serving_dir.iterdir() if path.name != STAGING)


def test_the_staged_model_becomes_a_version(serving_dir):
    found = publish(staged(serving_dir, 100), serving_dir)
    assert found == serving_dir / "100"
    assert (found / "variables" / "variables.data").read_text() == "w"
    assert not (serving_dir / STAGING / "100").exists()


def test_the_newest_version_is_not_pushed_again(serving_dir):
    publish(staged(serving_dir, 100), serving_dir)
    assert publish(staged(serving_dir, 200), serving_dir) == serving_dir / "100"
    assert names(serving_dir) == ["100"]


def test_an_older_version_that_is_blessed_again_becomes_the_newest(serving_dir):
    publish(staged(serving_dir, 100, "old"), serving_dir)
    publish(staged(serving_dir, 200, "new"), serving_dir)
    assert publish(staged(serving_dir, 300, "old"), serving_dir) == serving_dir / "300"
    assert names(serving_dir) == ["100", "200", "300"]


def test_a_clock_that_was_set_back_does_not_make_an_older_version(serving_dir):
    publish(staged(serving_dir, 500, "a"), serving_dir)
    assert publish(staged(serving_dir, 400, "b"), serving_dir) == serving_dir / "501"


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (lambda folder: None, True),
        (lambda folder: (folder / "variables" / "variables.data").write_text("x"), False),
        (lambda folder: (folder / "extra").write_text(""), False),
        (lambda folder: (folder / "saved_model.pb").unlink(), False),
    ],
)
def test_models_are_the_same_when_every_byte_is(tmp_path, change, same):
    change(model(tmp_path / "b"))
    assert same_model(model(tmp_path / "a"), tmp_path / "b") is same
