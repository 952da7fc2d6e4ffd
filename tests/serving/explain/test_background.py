"""The rows to compare with: those of a file, spread over it, and those that a version carries."""

import struct

import numpy as np
import pytest

from serving.explain.background import of_file, recorded
from serving.model.warmup import WARMUP, Recorded, to_log
from turnstile import csv_dialect
from turnstile.csv_dialect import Dialect
from turnstile.errors import UsageError

INPUTS = {"name": "string", "x": "float"}


def write(path, count):
    path.write_text("name;x\n" + "".join(f"n{i};{i},5\n" for i in range(count)))
    return str(path)


def test_rows_of_a_file_are_spread_evenly_over_it(tmp_path):
    written = Dialect(separator=";", decimal=",")
    found = of_file(write(tmp_path / "b.csv", 10), INPUTS, 4, ("n2",), written)
    assert found["x"].tolist() == [0.5, 2.5, 5.5, 7.5]
    assert found["name"].tolist() == [b"n0", b"", b"n5", b"n7"]
    few = of_file(write(tmp_path / "few.csv", 3), INPUTS, 4, (), written)
    assert few["x"].tolist() == [0.5, 1.5, 2.5]


def test_a_wrong_value_in_one_of_them_names_its_row(tmp_path):
    (tmp_path / "b.csv").write_text("x\n1\n2\nthree\n")
    with pytest.raises(UsageError, match=r"row 3, column 'x': expected a number, got 'three'"):
        of_file(str(tmp_path / "b.csv"), INPUTS, 4, (), csv_dialect.PLAIN)


def carrying(version, *asked):
    """A version that carries requests to be warmed up by."""
    logs = [to_log(each).SerializeToString() for each in asked]
    (version / WARMUP).parent.mkdir(parents=True)
    (version / WARMUP).write_bytes(b"".join(struct.pack("<Q4x", len(log)) + log + bytes(4) for log in logs))
    return version


def request(rows, signature="raw", **more):
    names = np.array([f"n{i}".encode() for i in range(rows)], object)
    return Recorded(signature, {"name": names, "x": np.arange(rows, dtype=np.float32), **more}, {})


def test_a_version_gives_the_most_rows_that_fit_the_model(tmp_path):
    other = request(9, z=np.zeros(9, np.float32))
    version = carrying(tmp_path / "1", request(1), request(8, "other"), request(5), other)
    found = recorded(version, INPUTS)
    assert found["x"].tolist() == [0, 1, 2, 3, 4]
    assert found["name"].tolist() == [b"n0", b"n1", b"n2", b"n3", b"n4"]


@pytest.mark.parametrize("asked", [[], [request(3, "serving_default")]])
def test_a_version_that_carries_no_rows_is_told(tmp_path, asked):
    with pytest.raises(UsageError, match=r"1: carries no rows to compare others with\. Give .*: --background FILE$"):
        recorded(carrying(tmp_path / "1", *asked), INPUTS)
