"""Batches under way at once: the answers come in the order of the rows, and nothing waits without bound."""

from __future__ import annotations

import random
import threading
import time

import pytest

from serving.client import concurrent_calls
from serving.client.concurrent_calls import OrderedBatches


def kinds(count, *among):
    return [(random.choice(among), i) for i in range(count)]


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 1000])
@pytest.mark.parametrize("among", ["a", "ab", "aaaaaaaaab"])
def test_answers_come_in_order(count, among):
    def ask(kind, rows):
        time.sleep(random.random() / 1000)
        return [f"{kind}{row}" for row in rows]

    rows = kinds(count, *among)
    found = list(OrderedBatches(ask, size=10, max_concurrent=4)(rows))
    assert found == [(row, f"{kind}{row}") for kind, row in rows]


def test_a_batch_has_one_kind_and_its_size():
    batches = []

    def ask(kind, rows):
        batches.append((kind, len(rows)))
        return rows

    rows = [("b" if i % 10 == 0 else "a", i) for i in range(1000)]
    list(OrderedBatches(ask, size=25, max_concurrent=2)(rows))
    assert sorted(batches) == [("a", 25)] * 36 + [("b", 25)] * 4


def test_only_so_many_are_under_way_and_all_of_these():
    running, most, lock = 0, 0, threading.Lock()

    def ask(_, rows):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.005)
        with lock:
            running -= 1
        return rows

    list(OrderedBatches(ask, size=1, max_concurrent=3)(kinds(60, "a")))
    assert most == 3


def test_a_rare_kind_is_sent_before_too_many_rows_wait_for_it(monkeypatch):
    monkeypatch.setattr(concurrent_calls, "_MAX_BATCHES_WAITING", 4)
    read = 0

    def rows():
        nonlocal read
        for i in range(1000):
            read += 1
            yield ("rare" if i == 0 else "usual"), i

    answers = OrderedBatches(lambda _, batch: batch, size=10, max_concurrent=2)(rows())
    assert next(answers) == (0, 0)
    assert read == 40
    assert [row for row, _ in answers] == list(range(1, 1000))


def test_an_error_is_raised_at_its_row_and_the_rest_is_not_sent():
    asked = []

    def ask(_, rows):
        asked.extend(rows)
        time.sleep(0.005)
        if 20 in rows:
            raise ValueError("no")
        return rows

    found = []
    with pytest.raises(ValueError, match="no"):
        found.extend(OrderedBatches(ask, size=10, max_concurrent=1)(kinds(10_000, "a")))
    assert len(asked) < 10_000
    assert asked[:20] == list(range(20))
