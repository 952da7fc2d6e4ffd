"""What is read of data in a store, by the functions that read it, and by `turnstile init`."""

from __future__ import annotations

import datetime
import gzip
import os

import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import parquet

from components.example_gen import arrivals, spans, window
from components.example_gen.input_record import input_file
from components.example_gen.settings import Reading
from components.example_gen.window import Window
from pipeline.commands.main import main
from pipeline.init import dialects, reading
from tests import made_data
from turnstile import stores
from turnstile.errors import UsageError
from turnstile.places import place

CSV = b"x,y\n1,2\n3,4\n"


def test_objects_are_found_read_and_told_apart(store):
    address = store.put("reading/a.csv", CSV)
    store.put("reading/b/c.csv", CSV)
    store.put("reading/.hidden.csv", CSV)
    folder = place(f"{store.root}/reading")
    assert (folder.is_file(), folder.is_dir(), (folder / "a.csv").is_file()) == (False, True, True)
    assert list(map(str, folder.matching("*.csv"))) == [address]
    assert list(map(str, folder.matching("*/*.csv"))) == [f"{store.root}/reading/b/c.csv"]
    assert (folder / "a.csv").stat().st_size == len(CSV)
    assert (folder / "a.csv").open().read() == CSV
    assert not place(f"{store.scheme}://no-such-bucket/a.csv").exists()
    assert not (folder / "none").exists()


def test_the_digest_of_an_object_is_another_for_other_content_of_the_same_size(store, monkeypatch):
    address = store.put("digest/a.csv", CSV)
    first = input_file(address, pytest.fail)  # the content is not read
    store.put("digest/a.csv", CSV)
    again = input_file(address, pytest.fail)
    store.put("digest/a.csv", CSV.replace(b"1", b"7"))
    other = input_file(address, pytest.fail)
    assert (first.bytes, first) == (len(CSV), again)
    assert (other.bytes, other.digest == first.digest) == (len(CSV), False)


def test_spans_and_windows_are_those_of_a_folder(store):
    for name in ("1/a.csv", "1/_SUCCESS", "2/a.csv", "2/b.csv", "2/_SUCCESS", "3/a.csv", "x/a.csv"):
        store.put(f"spans/{name}", b"" if name.endswith("_SUCCESS") else CSV)
    path = f"{store.root}/spans/{{SPAN}}/*.csv"
    store.remove("spans/x/a.csv")
    found = {each.span: each for each in arrivals.arrivals(path)}
    assert {span: len(each.files) for span, each in found.items()} == {1: 1, 2: 2, 3: 1}
    assert [span for span, each in found.items() if each.fault] == [3]  # without a marker, which the others have
    assert [str(file) for file in spans.select(path, 2).files] == [f"{store.root}/spans/2/{x}.csv" for x in "ab"]
    assert [each.span for each in window.select(path, 2, Window(2))] == [1, 2]


def test_compressed_csv_is_read_to_the_last_row_and_a_fault_in_it_is_told_by_its_address(store, tmp_path):
    content = made_data.trips(tmp_path / "trips.csv", 400).read_bytes()
    store.put("look/1.csv.gz", gzip.compress(content))
    address = store.put("look/2.csv.gz", gzip.compress(content))
    folder = f"{store.root}/look/"
    assert dialects.of_data(folder).separator == ","
    assert reading.read(folder, Reading()).rows == 800
    store.put("look/2.csv.gz", gzip.compress(content)[:-100])
    with pytest.raises(UsageError, match=rf"^{address}: cannot be unpacked as gzip"):
        reading.read(folder, Reading())


def test_parquet_is_read_piece_by_piece(store, tmp_path):
    parquet.write_table(pa.table({"x": range(100_000)}), tmp_path / "x.parquet", row_group_size=10_000)
    address = store.put("parquet/x.parquet", (tmp_path / "x.parquet").read_bytes())
    with place(address).open() as file:
        assert parquet.ParquetFile(file).read_row_group(7)["x"][0].as_py() == 70_000


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "STORAGE_EMULATOR_HOST"])
def test_a_store_that_does_not_answer_is_one_sentence(name, monkeypatch):
    monkeypatch.setenv(name, "http://127.0.0.1:9")  # where nobody listens
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setattr(stores, "_RETRY", datetime.timedelta(seconds=1))
    stores.file_system.cache_clear()
    address = f"{'s3' if name.startswith('AWS') else 'gs'}://bucket/x.csv"
    done = CliRunner().invoke(main, ["run", "--data", address])
    stores.file_system.cache_clear()
    assert done.exit_code == 2
    assert done.exception is None or isinstance(done.exception, SystemExit)
    told = str(done.output or done.exception)
    assert f"{address}: cannot be read (" in told
    assert "Check the address, the network, and the credentials in the environment; docs/storage.md" in told
    assert os.linesep not in told.strip()
