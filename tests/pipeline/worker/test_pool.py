"""Where an engine is, seen from a machine with workers."""

import pytest

from pipeline.worker.pool import as_seen, engine_host


@pytest.mark.parametrize(
    ("peer", "host"),
    [("ipv4:10.0.0.2:4711", "10.0.0.2"), ("ipv6:%5Bfd00::2%5D:4711", "[fd00::2]"), ("ipv6:[::1]:4711", "[::1]")],
)
def test_the_engine_is_the_host_that_calls(peer, host):
    assert engine_host(peer) == host


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("localhost:8073", "10.0.0.2:8073"),
        ("127.0.0.1:8073", "10.0.0.2:8073"),
        ("[::1]:8073", "10.0.0.2:8073"),
        ("flink.example.com:34567", "flink.example.com:34567"),
    ],
)
def test_an_engine_that_calls_itself_localhost_is_not_taken_at_its_word(url, seen):
    assert as_seen(url, "10.0.0.2") == seen
