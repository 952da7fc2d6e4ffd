"""Asks again when no answer came: after growing pauses, partly random so that many clients do not come at once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from serving.client.base import UnavailableError

_FIRST_SECONDS, _MOST_SECONDS = 0.2, 10.0  # five retries: about 5 s, as long as a server takes to start again

T = TypeVar("T")


@dataclass(frozen=True)
class Retries:
    """How often to ask again.

    Attributes:
        count: the largest number of retries for each request.
        tell: is told why, each time.
        sleep: pauses for some seconds.
    """

    count: int
    tell: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep

    def __call__(self, ask: Callable[[], T]) -> T:
        """Asks until there is an answer.

        Raises:
            UnavailableError: no answer came, however often; or what else `ask` raises, at once.
        """
        for attempt in range(self.count):
            try:
                return ask()
            except UnavailableError as error:
                self.tell(f"{error}; trying again")
                self.sleep(pause(attempt))
        return ask()


def pause(attempt: int) -> float:
    """Returns the seconds after an attempt, the first being 0: twice as long each time, of which half is random."""
    return min(_FIRST_SECONDS * 2**attempt, _MOST_SECONDS) * random.uniform(0.5, 1)
