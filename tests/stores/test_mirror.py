"""The copy of a serving folder in Cloud Storage: what a server that reads it can find, at any moment."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from google.cloud import storage
from google.protobuf import text_format

from serving.releases import mirror, model_config
from serving.releases.control import promote, rollback
from serving.releases.removal import collect
from serving.releases.state import read
from tests.made_versions import taxi, versions
from tests.stores.servers import BUCKET, Google, closed
from turnstile.errors import TurnstileError, UsageError


@pytest.fixture(scope="module")
def google(tmp_path_factory):
    server = Google(tmp_path_factory.mktemp("store"))
    yield server
    server.end()


class Copy:
    """What a reader finds in the store."""

    def __init__(self, address):
        self.bucket, self.above = storage.Client().bucket(BUCKET), address.removeprefix(f"gs://{BUCKET}/")

    @property
    def config(self):
        blob = self.bucket.get_blob(f"{self.above}/models.config")
        return text_format.Parse(blob.download_as_bytes().decode(), model_config.ModelServerConfig()) if blob else None

    def files(self, version):
        above = f"{self.above}/taxi/{version}/"
        return {blob.name.removeprefix(above) for blob in self.bucket.list_blobs(prefix=above)}

    def seen(self):
        """The versions that a server would load, and their labels."""
        found = self.config
        return model_config.listed(found, "taxi"), model_config.labels(found, "taxi")


FILES = {"saved_model.pb", "variables/variables.index"}


@pytest.fixture
def where(google, tmp_path, monkeypatch):
    for name, value in google.environment.items():
        monkeypatch.setenv(name, value)
    versions(tmp_path, 1, 2, 3)
    return replace(taxi(tmp_path), mirror=f"{google.root}/{tmp_path.name}")


@pytest.fixture
def copy(where):
    return Copy(where.mirror)


def test_a_promotion_and_a_rollback_are_copied_with_the_versions_that_they_need(where, copy):
    promote(where, 1)
    promote(where, 2)
    assert copy.seen() == ((1, 2), {"stable": 2})
    assert [copy.files(version) for version in (1, 2, 3)] == [FILES, FILES, set()]
    rollback(where)
    assert copy.seen() == ((1,), {"stable": 1})
    assert model_config.base_path(copy.config, "taxi") == f"{where.mirror}/taxi"
    assert model_config.base_path(read(where).config, "taxi") == str(where.folder)  # servers here read what is here


def test_a_reader_finds_whole_versions_at_every_moment(where, copy):
    promote(where, 1)
    ended, torn = threading.Event(), []

    def look():
        while not ended.is_set():
            torn.extend(n for n in copy.seen()[0] if copy.files(n) != FILES)

    reader = threading.Thread(target=look)
    reader.start()
    for _ in range(5):
        promote(where, 3)
        promote(where, 2)
        rollback(where)
        promote(where, 1)
    collect(where, keep=1)
    ended.set()
    reader.join()
    assert torn == []


@pytest.mark.parametrize("uploads", range(4))
def test_what_is_killed_on_the_way_is_seen_by_nobody_and_can_be_done_again(where, copy, monkeypatch, uploads):
    promote(where, 1)
    left, real = iter(range(uploads)), storage.Blob.upload_from_filename

    def killed(blob, *args, **kwargs):
        next(left)  # raises StopIteration, which nobody expects
        real(blob, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(storage.Blob, "upload_from_filename", killed)
        patch.setattr(model_config, "write", lambda *_: next(iter(())))
        with pytest.raises((StopIteration, RuntimeError)):
            promote(where, 2)
    # It is named when it is whole; the label moves when the server has had time to load it, to which this never came.
    assert copy.seen() == (((1,) if uploads < len(FILES) else (1, 2)), {"stable": 1})
    promote(where, 2)
    assert (copy.seen(), read(where).labels) == (((1, 2), {"stable": 2}), {"stable": 2})


def test_a_changed_file_is_copied_again_and_one_that_is_there_is_not(where, copy, monkeypatch):
    promote(where, 1)
    uploaded, real = [], storage.Blob.upload_from_filename
    monkeypatch.setattr(
        storage.Blob, "upload_from_filename", lambda b, *a, **k: (uploaded.append(b.name), real(b, *a, **k))
    )
    promote(where, 1)
    assert uploaded == []
    (where.folder / "1/saved_model.pb").write_bytes(b"another")
    promote(where, 1)
    assert uploaded == [f"{copy.above}/taxi/1/saved_model.pb"]


def test_a_removed_version_is_removed_there_too(where, copy):
    for version in (1, 2, 3):
        promote(where, version)
    assert copy.files(1) == FILES
    collect(where, keep=1)
    assert [copy.files(version) for version in (1, 2, 3)] == [set(), FILES, FILES]


def test_the_copy_of_another_folder_is_left_alone(where, copy, tmp_path_factory):
    promote(where, 1)
    other = tmp_path_factory.mktemp("other")
    versions(other, 7)
    there = replace(taxi(other), mirror=where.mirror)
    with pytest.raises(UsageError, match=r"models\.config: was not written by .*other.* nothing was changed"):
        promote(there, 7)
    assert (copy.seen(), copy.files(7), read(there).labels) == (((1,), {"stable": 1}), set(), {})


def test_whoever_comes_second_changes_nothing(where, copy, monkeypatch):
    promote(where, 1)
    real = mirror._copy

    def meanwhile(*args):
        real(*args)
        blob = copy.bucket.get_blob(f"{copy.above}/models.config")
        blob.upload_from_string(blob.download_as_bytes())

    monkeypatch.setattr(mirror, "_copy", meanwhile)
    with pytest.raises(
        TurnstileError, match=r"models\.config: somebody else changed it meanwhile; nothing was changed"
    ):
        promote(where, 2)
    assert (copy.seen(), read(where).labels) == (((1,), {"stable": 1}), {"stable": 1})


def test_a_store_that_is_away_changes_nothing_here(where, monkeypatch):
    monkeypatch.setattr(mirror, "_RETRY_SECONDS", 0.1)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", closed())
    with pytest.raises(
        TurnstileError, match=r"^gs://trips/.*: cannot be written \(.*\); nothing was changed\. Check the"
    ):
        promote(where, 1)
    assert read(where).labels == {}


def test_a_version_of_another_model_that_is_not_in_the_folder_cannot_be_copied(where):
    config = model_config.changed(model_config.ModelServerConfig(), "other", "/models/other", [4], {})
    model_config.write(where.config_file, config)
    with pytest.raises(UsageError, match=r"models\.config: names version 4 of other, which is not in"):
        promote(where, 1)
