"""A body is unpacked if any of its codings is gzip, in whatever case, whole, and within the limit."""

import asyncio
import gzip
import pickle
import random

import pytest

from serving.model.request_error import INVALID_ARGUMENT, RequestError
from serving.server import bodies
from serving.server.bodies import LARGE_BYTES, Body, TooLargeError, is_gzip, received, unpacked

TEXT = b'{"instances": [1.0]}'
PACKED = gzip.compress(TEXT, mtime=0)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], False),
        ([b"gzip"], True),
        ([b"GZip"], True),
        ([b"x-gzip"], True),
        ([b"identity, gzip"], True),
        ([b"gzip ,identity"], True),
        ([b"identity", b"gzip"], True),
        ([b"identity"], False),
        ([b"utf-8"], False),  # which TensorFlow Serving passes over
        ([b"gzipped"], False),
        ([b""], False),
    ],
)
def test_the_codings_of_a_body(values, expected):
    headers = [(b"host", b"gzip"), *((b"content-encoding", value) for value in values)]
    assert is_gzip(headers) == expected


def test_gzip_is_unpacked_also_in_several_files():
    assert unpacked(PACKED, 100) == TEXT
    assert unpacked(gzip.compress(TEXT[:7]) + gzip.compress(b"") + gzip.compress(TEXT[7:]), 100) == TEXT


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "ends in the middle"),
        (TEXT, "is not gzip, as its Content-Encoding says"),
        (PACKED + b"more", "is not gzip"),
        (PACKED[:5], "ends in the middle"),
        (PACKED[:-8], "ends in the middle"),  # all of the data is there, its checksum is not
        (PACKED[:-1], "ends in the middle"),
        (PACKED[:-8] + b"\0" * 8, "incorrect data check"),
    ],
)
def test_what_is_not_gzip_or_not_all_of_it_is_refused(data, words):
    with pytest.raises(RequestError, match=words) as error:
        unpacked(data, 100)
    assert (error.value.code, error.value.http_status) == (INVALID_ARGUMENT, 400)


@pytest.mark.parametrize("data", [gzip.compress(b" " * 5000, mtime=0), gzip.compress(b" " * 60, mtime=0) * 2])
def test_no_more_is_unpacked_than_may_be(data):
    with pytest.raises(TooLargeError, match="larger than 100 bytes") as error:
        unpacked(data, 100)
    assert error.value.http_status == 413


@pytest.mark.parametrize(
    ("body", "small"),
    [
        (Body([TEXT[:3], TEXT[3:]], False, 10**9), True),
        (Body([PACKED], True, 10**9), True),
        (Body([b" " * LARGE_BYTES, b" "], False, 10**9), False),
        (Body([gzip.compress(b" " * LARGE_BYTES + b" ", mtime=0)], True, 10**9), False),
        (Body([random.Random(1).randbytes(LARGE_BYTES + 1)], True, 10**9), False),
    ],
)
def test_a_large_body_is_left_to_others(body, small):
    assert body.small() == (TEXT if small else None)


def test_a_body_beyond_the_limit_is_read_to_its_end_and_refused():
    messages = [{"body": b"x" * 60}, *[{"body": b"x" * 60, "more_body": True}] * 3]

    async def receive():
        return messages.pop()

    with pytest.raises(TooLargeError):
        asyncio.run(received(receive, [], 100))
    assert not messages
    with pytest.raises(TooLargeError):
        Body([gzip.compress(b" " * 5000)], True, 100).small()


def test_a_body_without_end_is_refused_in_the_end(monkeypatch):
    monkeypatch.setattr(bodies, "_DISCARD_SECONDS", 0.1)
    messages = [{"body": b"x" * 101, "more_body": True}]

    async def receive():
        return messages.pop() if messages else await asyncio.sleep(60)

    with pytest.raises(TooLargeError):
        asyncio.run(received(receive, [], 100))


def test_refusals_come_from_another_process_as_they_were():
    for error in (TooLargeError(7), RequestError(5, "not there")):
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), copy.code, copy.message, copy.http_status) == (
            type(error), error.code, error.message, error.http_status,
        )  # fmt: skip
