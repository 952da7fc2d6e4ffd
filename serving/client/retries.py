"""Asks again when no answer came, after growing, partly random pauses, so that many clients do not come at once."""

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
    """Repeats a request until it is answered or the retries are used up.

    Attributes:
        count: the largest number of retries for each request.
        tell: a function that is called before each retry with the reason for it.
        sleep: a function that waits for the seconds that it is given.
    """

    count: int
    tell: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep

    def __call__(self, ask: Callable[[], T]) -> T:
        """Calls `ask` until it returns, and returns what it returned.

        Raises:
            UnavailableError: the last retry failed, too. Any other error of `ask` is raised at once.
        """
        for attempt in range(self.count):
            try:
                return ask()
            except UnavailableError as error:
                self.tell(f"{error}; trying again")
                self.sleep(pause(attempt))
        return ask()


def pause(attempt: int) -> float:
    """Returns the seconds to wait after an attempt, the first being 0: they double, less up to half at random."""
    return min(_FIRST_SECONDS * 2**attempt, _MOST_SECONDS) * random.uniform(0.5, 1)
