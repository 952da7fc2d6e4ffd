"""Asking again: only when no answer came, with growing pauses, and not for ever."""

from __future__ import annotations

import pytest

from serving.client.base import RefusedError, UnavailableError
from serving.client.retries import Retries, pause


class Server:
    """Fails some times, then answers."""

    def __init__(self, *errors):
        self.errors, self.asked = list(errors), 0

    def __call__(self):
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


def retries(count=5):
    told, slept = [], []
    return Retries(count, told.append, slept.append), told, slept


def test_no_answer_is_asked_again_after_a_pause():
    again, told, slept = retries()
    server = Server(*(UnavailableError("busy") for _ in range(5)))
    assert (again(server), server.asked) == ("answer", 6)
    assert told == ["busy; trying again"] * 5
    assert len(slept) == 5


def test_the_last_attempt_fails_with_its_own_words():
    again, _, slept = retries(2)
    with pytest.raises(UnavailableError, match="third"):
        again(Server(UnavailableError("first"), UnavailableError("second"), UnavailableError("third")))
    assert len(slept) == 2


@pytest.mark.parametrize("error", [RefusedError("no"), ValueError("a mistake of ours")])
def test_a_no_is_not_asked_again(error):
    again, told, slept = retries()
    server = Server(error)
    with pytest.raises(type(error)):
        again(server)
    assert (server.asked, told, slept) == (1, [], [])


def test_pauses_grow_to_a_limit_and_are_not_the_same():
    for attempt, most in enumerate([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10]):
        pauses = {pause(attempt) for _ in range(50)}
        assert most / 2 <= min(pauses) < max(pauses) <= most
