"""Paths and addresses that data may have."""

from __future__ import annotations

from pathlib import Path

import pytest

from turnstile.places import correct, fault, for_arrow, joined, place
from turnstile.store_path import StorePath


@pytest.mark.parametrize(
    "path",
    [
        "data/trips.csv",
        "gs://bucket/trips.csv",
        "s3://my.bucket_1/a b/{YYYY}-{MM}-{DD}/*.parquet",
        "s3://bucket/trips/",
    ],
)
def test_data_may_be_on_this_machine_or_in_a_store(path):
    assert fault(path) == ""


@pytest.mark.parametrize(
    "path", ["hdfs://host/x", "https://host/x.csv", "s3:///x", "gs://Bucket/x", "s3://{SPAN}/x.csv", "s3://bucket//x"]
)
def test_another_address_is_refused_with_those_that_are_read(path):
    assert fault(path).startswith(f"'{path}' is no address that is read; expected gs://BUCKET/PATH or s3://BUCKET/PATH")


def test_a_place_is_a_path_or_an_address():
    assert place("data/x.csv") == Path("data/x.csv")
    assert place("gs://bucket/x/") == StorePath("gs://bucket/x")
    assert place(place("gs://bucket/x")) == StorePath("gs://bucket/x")
    for path in ("data/x.csv", "/data/x.csv", "s3://bucket/data/x.csv"):
        assert str(joined(place(path).parts)) == path
    assert joined(()) == Path()


def test_a_file_on_this_machine_is_opened_by_arrow_itself():
    assert for_arrow("data/x.parquet") == Path("data/x.parquet")


def test_what_to_do_about_data_that_is_not_there():
    assert str(Path.cwd()) in correct("x.csv")
    assert "credentials" in correct("s3://bucket/x.csv")
