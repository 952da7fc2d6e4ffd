"""What an engine of Beam says when it gives a job up, in a sentence; Beam says it in a stack of calls."""

from __future__ import annotations

import re

import grpc

_GIVEN_UP = re.compile(r"Pipeline \S+ failed in state \w+: (?P<why>.*)", re.DOTALL)
_AGAIN = "Type the command again: what was done is kept"


def in_words(error: Exception) -> str:
    """Returns what made a stage fail: the sentence of an engine, or else the name of the error and what it says."""
    return in_a_sentence(error) or f"{type(error).__name__}: {error}"


def in_a_sentence(error: Exception) -> str | None:
    """Returns why the engine did not finish a job.

    Args:
        error: what Beam has raised.

    Returns:
        The sentence; None if it is no word of an engine.
    """
    if found := _GIVEN_UP.match(str(error)):
        lines = [line.strip() for line in found["why"].splitlines() if line.strip()]
        return f"the engine has given the job up: {lines[-1] if lines else 'it does not say why'}. {_AGAIN}"
    if isinstance(error, grpc.RpcError):
        return f"the engine does not answer any more: {error.details()}. {_AGAIN}"
    return None
