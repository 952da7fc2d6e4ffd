"""The REST application without a server around it: what a browser asks, codings, and queries."""

import asyncio
import gzip
import json

import pytest

from serving.model.request_error import NOT_FOUND, RequestError
from serving.server.apart import Apart
from serving.server.rest import RestApi
from tests.made_signatures import MadeSignature

PATH = b"/v1/models/half:predict"
BODY = b'{"instances": [1.0, 2.0]}'
DOUBLED = {"predictions": [2.0, 4.0]}


class Doubling:
    """A loaded version that doubles."""

    name, version = "half", 7

    def signature(self, name):
        return name or "serving_default", MadeSignature({"x": "float"}, {"y": "float"})

    async def ask(self, name, inputs):
        return {"y": 2 * inputs["x"]}


class Manager:
    def find(self, name, version, label):
        if name != "half":
            raise RequestError(NOT_FOUND, f"Servable not found for request: Latest({name})")
        return Doubling()


def ask(body=BODY, method="POST", path=PATH, headers=(), query=b"", cors=False, page=None):
    """Returns status, headers and body of an answer."""
    sent = []

    async def receive():
        return {"body": body}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "raw_path": path, "query_string": query, "headers": list(headers)}
    asyncio.run(RestApi(Manager(), Apart(), 1 << 20, 5, cors=cors, page=page)(scope, receive, send))
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


@pytest.mark.parametrize("coding", [b"gzip", b"GZIP", b"x-gzip", b"identity, gzip"])
def test_a_compressed_body_is_answered(coding):
    status, _, body = ask(gzip.compress(BODY), headers=[(b"content-encoding", coding)])
    assert (status, json.loads(body)) == (200, DOUBLED)


@pytest.mark.parametrize(("cut", "words"), [(-3, "ends in the middle"), (4, "ends in the middle")])
def test_a_compressed_body_that_is_cut_off_is_refused(cut, words):
    status, _, body = ask(gzip.compress(BODY)[:cut], headers=[(b"content-encoding", b"gzip")])
    assert (status, words in json.loads(body)["error"]) == (400, True)


@pytest.mark.parametrize("query", [b"alt=json", b"alt=json&key=x", b""])
def test_a_query_is_passed_over(query):
    assert ask(query=query)[0] == 200


CORS = {
    b"access-control-allow-origin": b"*",
    b"access-control-allow-methods": b"POST, GET",
    b"access-control-allow-headers": b"Content-Type",
}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("OPTIONS", PATH, b"", 200),
        ("OPTIONS", b"/v1/models/other/labels/stable:predict", b"", 200),
        ("POST", PATH, BODY, 200),
        ("POST", PATH, b"{", 400),
        ("POST", b"/v1/models/other:predict", BODY, 404),
        ("POST", PATH, b" " * (2 << 20), 413),
        ("GET", b"/elsewhere", b"", 404),
    ],
)
def test_pages_of_any_site_may_ask_if_they_are_let(method, path, body, status):
    found, headers, _ = ask(body, method, path, cors=True)
    assert found == status
    assert headers.items() >= CORS.items()
    assert not ask(body, method, path)[1].keys() & CORS.keys()


def test_a_preflight_is_malformed_where_pages_may_not_ask():
    status, _, body = ask(b"", "OPTIONS")
    assert (status, json.loads(body)["error"]) == (400, f"Malformed request: OPTIONS {PATH.decode()}")


def test_the_answer_to_a_preflight_has_no_body():
    assert ask(b"", "OPTIONS", cors=True)[2] == b""


async def a_page():
    return b"<!doctype html>"


async def no_page():
    raise RequestError(NOT_FOUND, "There is no page to try this model. It has no record")


def test_the_root_is_the_page_to_try_the_model():
    status, headers, body = ask(method="GET", path=b"/", page=a_page)
    assert (status, body, headers[b"content-type"]) == (200, b"<!doctype html>", b"text/html; charset=utf-8")


@pytest.mark.parametrize(("method", "page"), [("GET", no_page), ("GET", None), ("POST", a_page)])
def test_where_there_is_no_page_the_answer_says_so(method, page):
    status, _, body = ask(method=method, path=b"/", page=page)
    assert (status, set(json.loads(body))) == (404, {"error"})
