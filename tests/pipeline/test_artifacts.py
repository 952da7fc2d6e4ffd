"""Where the artifacts of runs are."""

from __future__ import annotations

import threading

import pytest

from pipeline import artifacts
from pipeline.config import Config
from turnstile.store_path import StorePath


def config(**values):
    return Config.model_construct(name="taxi", pipeline_root=None, **values)


def test_by_default_they_are_in_the_pipelines_folder_and_nothing_is_made(tmp_path):
    assert artifacts.root(config(output=str(tmp_path / "a/../out"))) == tmp_path / "out/taxi"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("shared", ["gs://bucket/x", "{}/shared"])
def test_in_a_place_of_their_own_each_output_folder_has_another_and_keeps_it(tmp_path, shared):
    shared = shared.format(tmp_path)
    first, other = (config(output=str(tmp_path / name)).model_copy(update={"pipeline_root": shared}) for name in "ab")
    found = [str(artifacts.root(each)) for each in (first, other, first)]
    assert found[0] == found[2] != found[1]
    assert all(each.startswith(f"{shared}/taxi/") for each in found)


def test_threads_that_ask_at_once_get_the_same(tmp_path):
    asked, found = config(output=str(tmp_path)).model_copy(update={"pipeline_root": "gs://bucket/x"}), set()
    threads = [threading.Thread(target=lambda: found.add(artifacts.root(asked))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1
    assert [path.name for path in (tmp_path / "taxi").iterdir()] == [".artifacts"]


def test_a_store_is_told_whose_they_are(tmp_path, buckets):
    artifacts.check(StorePath("gs://bucket/x/taxi/1"), tmp_path / "taxi")
    assert (buckets / "bucket/x/taxi/1/made_by.txt").read_text().endswith(f":{tmp_path}/taxi\n")
    artifacts.check(tmp_path / "none", tmp_path / "taxi")
    assert not (tmp_path / "none").exists()
