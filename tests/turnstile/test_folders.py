"""What is done with whole folders, here and in a store."""

from __future__ import annotations

import pytest

from turnstile import folders
from turnstile.places import place

MODEL = {"saved_model.pb": b"graph", "variables/variables.index": b"index", "assets.extra/record": b"why"}


@pytest.fixture(params=["{}/here", "gs://bucket/there"])
def folder(request, tmp_path, buckets):
    """A folder with a model."""
    found = place(request.param.format(tmp_path)) / "model"
    for name, content in MODEL.items():
        (found / name).parent.mkdir(parents=True, exist_ok=True)
        (found / name).write_bytes(content)
    return found


def held(folder):
    return {name: (folder / name).read_bytes() for name in folders.names_below(folder)}


@pytest.mark.parametrize("target", ["{}/copy", "gs://bucket/copy"])
def test_a_folder_is_copied_from_anywhere_to_anywhere(folder, tmp_path, target):
    copy = place(target.format(tmp_path))
    folders.copy(folder, copy / "whole")
    folders.copy(folder, copy / "part", without="assets.extra")
    assert held(copy / "whole") == held(folder) == MODEL
    assert sorted(held(copy / "part")) == ["saved_model.pb", "variables/variables.index"]


def test_its_size_is_that_of_its_files_and_it_can_be_removed(folder):
    assert folders.bytes_below(folder) == sum(map(len, MODEL.values()))
    folders.remove(folder)
    assert not folder.exists()


def test_those_who_read_no_store_get_a_path_that_is_there_as_long_as_they_need_it(folder):
    with folders.on_this_machine(folder) as here:
        assert (here.name, held(here)) == ("model", MODEL)
    assert here.exists() == (here == folder)
