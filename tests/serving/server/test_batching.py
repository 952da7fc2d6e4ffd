"""Batches: who shares a run, who waits, who is refused, and that one bad request fails alone."""

from __future__ import annotations

import asyncio
import threading
import time

import numpy as np
import pytest

from serving.model.request_error import UNAVAILABLE, RequestError
from serving.server import batching
from serving.server.batching import Batcher, BatchingOptions


class Doubler:
    """Doubles x; remembers the rows and the thread of each run."""

    def __init__(self, seconds=0.0):
        self.runs, self.threads, self.seconds = [], [], seconds

    def __call__(self, signature, inputs, outputs):
        time.sleep(self.seconds)
        self.runs.append(len(inputs["x"]))
        self.threads.append(threading.current_thread())
        if (inputs["x"] < 0).any():
            raise ValueError("negative")
        return {"y": inputs["x"] * 2}


def x(*values):
    return {"x": np.array(values, np.float32)}


def ask(run, requests, options=BatchingOptions()):  # noqa: B008
    """Submits all requests at once; returns what came of each."""

    async def main():
        batcher = Batcher(run, options, lambda rows, seconds: None)
        futures = [batcher.submit("serving_default", request) for request in requests]
        answers = await asyncio.gather(*futures, return_exceptions=True)
        assert (batcher.pending, batcher.enqueued_rows) == (0, 0)
        batcher.close()
        return [a if isinstance(a, Exception) else a["y"].tolist() for a in answers]

    return asyncio.run(main())


def test_requests_that_wait_together_share_a_run_and_get_their_own_rows():
    run = Doubler()
    assert ask(run, [x(1), x(2, 3), x(4)]) == [[2], [4, 6], [8]]
    assert run.runs == [4]


def test_without_batching_each_runs_alone():
    run = Doubler()
    assert ask(run, [x(1), x(2)], BatchingOptions(enabled=False)) == [[2], [4]]
    assert run.runs == [1, 1]


def test_a_batch_ends_at_its_size_and_a_larger_request_runs_alone():
    run = Doubler()
    assert ask(run, [x(1, 2), x(3), x(4), x(*range(9))], BatchingOptions(max_batch_size=3))[3] == list(range(0, 18, 2))
    assert run.runs == [3, 1, 9]


def test_a_bad_request_fails_alone():
    good, bad, other = ask(Doubler(), [x(1), x(-1), x(3)])
    assert (good, other) == ([2], [6])
    assert str(bad) == "negative"


def test_requests_of_other_shapes_do_not_share():
    run = Doubler()
    wide = {"x": np.ones((1, 2), np.float32)}
    assert ask(run, [x(1), wide, x(2)]) == [[2], [[2, 2]], [4]]
    assert run.runs == [1, 1, 1]


def test_a_scalar_and_rows_that_differ_run_alone():
    run = Doubler()
    assert ask(run, [{"x": np.ones(1, np.float32), "z": np.ones(2)}, x(5)]) == [[2], [10]]
    assert run.runs == [1, 1]


def test_an_output_that_is_not_a_batch_makes_each_run_alone():
    answers = batching.answer(lambda *_: {"y": np.array(7)}, [("s", x(1), None), ("s", x(2), None)])
    assert [int(a["y"]) for a in answers] == [7, 7]


def test_a_full_queue_refuses_and_goes_on():
    async def main():
        batcher = Batcher(Doubler(), BatchingOptions(max_enqueued_rows=2), lambda rows, seconds: None)
        first = batcher.submit("s", x(1, 2))
        with pytest.raises(RequestError) as error:
            batcher.submit("s", x(3))
        assert error.value.code == UNAVAILABLE
        await first
        return (await batcher.submit("s", x(*range(5))))["y"].tolist()

    assert asyncio.run(main()) == [0, 2, 4, 6, 8]


def test_a_timeout_waits_for_others_and_a_full_batch_does_not():
    async def main():
        batcher = Batcher(Doubler(), BatchingOptions(batch_timeout_micros=200_000, max_batch_size=3), lambda *_: None)
        started = time.monotonic()
        first = batcher.submit("s", x(1))
        await asyncio.sleep(0.02)
        second = batcher.submit("s", x(2))
        await asyncio.gather(first, second)
        waited = time.monotonic() - started
        started = time.monotonic()
        await asyncio.gather(*(batcher.submit("s", x(i)) for i in range(3)))
        return waited, time.monotonic() - started, batcher._run.runs

    waited, full, runs = asyncio.run(main())
    assert waited > 0.15 > full
    assert runs == [2, 3]


def test_a_slow_model_leaves_the_event_loop_free():
    run = Doubler(seconds=0.05)

    async def main():
        batcher = Batcher(run, BatchingOptions(), lambda *_: None)
        await batcher.submit("s", x(1))  # from here on it is known to be slow
        slow = batcher.submit("s", x(2))
        turns = 0
        while not slow.done():
            await asyncio.sleep(0.001)
            turns += 1
        batcher.close()
        return turns

    assert asyncio.run(main()) > 10
    assert run.threads[-1] is not threading.main_thread()


def test_a_client_that_has_gone_does_not_disturb_the_others():
    async def main():
        batcher = Batcher(Doubler(), BatchingOptions(), lambda *_: None)
        gone, other = batcher.submit("s", x(1)), batcher.submit("s", x(2))
        gone.cancel()
        return (await other)["y"].tolist(), batcher.pending

    assert asyncio.run(main()) == ([4], 0)


def test_every_run_is_observed():
    seen = []

    async def main():
        batcher = Batcher(Doubler(), BatchingOptions(), lambda rows, seconds: seen.append((rows, seconds)))
        await asyncio.gather(batcher.submit("s", x(1)), batcher.submit("s", x(2, 3)))

    asyncio.run(main())
    assert [rows for rows, _ in seen] == [3]
    assert seen[0][1] >= 0


def test_a_request_that_has_waited_while_the_model_ran_does_not_wait_again():
    run, started = Doubler(1.2), []

    def timed(*arguments):
        started.append(time.perf_counter())
        return run(*arguments)

    async def main():
        batcher = Batcher(timed, BatchingOptions(batch_timeout_micros=800_000), lambda rows, seconds: None)
        first = batcher.submit("serving_default", x(1))
        await asyncio.sleep(1.0)  # it runs now, and will for as long as the second one may wait
        await asyncio.gather(first, batcher.submit("serving_default", x(2)))
        batcher.close()

    asyncio.run(main())
    assert started[1] - started[0] < 1.2 + 0.6


def test_nothing_is_queued_where_nobody_runs_it_any_more():
    async def main():
        batcher = Batcher(Doubler(), BatchingOptions(), lambda rows, seconds: None)
        batcher.close()
        with pytest.raises(RequestError) as error:
            batcher.submit("serving_default", x(1))
        assert error.value.code == UNAVAILABLE

    asyncio.run(main())


def test_a_large_request_holds_up_no_other(monkeypatch):
    monkeypatch.setattr(batching, "_LARGE_ROWS", 10)
    free, seen = threading.Event(), []

    def run(signature, inputs, outputs):
        if len(inputs["x"]) > 10:
            assert free.wait(10)
        seen.append(len(inputs["x"]))
        return {"y": inputs["x"] * 2}

    async def main():
        batcher = Batcher(run, BatchingOptions(max_batch_size=4, max_enqueued_rows=41), lambda rows, seconds: None)
        large = [batcher.submit("s", x(*range(count))) for count in (30, 11)]
        with pytest.raises(RequestError) as error:
            batcher.submit("s", x(*range(30)))
        assert error.value.code == UNAVAILABLE
        assert (await batcher.submit("s", x(1)))["y"].tolist() == [2]
        free.set()
        assert [len((await answer)["y"]) for answer in large] == [30, 11]
        assert (await batcher.submit("s", x(*range(30))))["y"].shape == (30,)
        assert (batcher.pending, batcher.enqueued_rows) == (0, 0)
        batcher.close()

    asyncio.run(main())
    assert seen == [1, 30, 11, 30]
