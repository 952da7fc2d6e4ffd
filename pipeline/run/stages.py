"""How this process is set up while stages run in it: no parameter of TFX or Beam could say so."""

from __future__ import annotations

import sys
import types
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from apache_beam.transforms import core

from components.columnar_reading import columnar_reading

ArgumentsOf = Callable[[Any], tuple[list[str], list[Any]]]


@contextmanager
def stages() -> Iterator[None]:
    """Sets this process up for stages, and takes everything back at the end."""
    with _no_command_line(), columnar_reading(), _signatures_remembered():
        yield


@contextmanager
def _no_command_line() -> Iterator[None]:
    """Hides our own flags: TFX hands sys.argv to Beam, which would take our --runner for its own."""
    arguments, sys.argv = sys.argv, sys.argv[:1]
    try:
        yield
    finally:
        sys.argv = arguments


@contextmanager
def _signatures_remembered() -> Iterator[None]:
    """Lets Beam inspect the signature of each method once (docs/adr/0012-one-process.md says what that saves)."""
    inspect = core.get_function_args_defaults
    core.get_function_args_defaults = remembering(inspect)
    try:
        yield
    finally:
        core.get_function_args_defaults = inspect


def remembering(inspect: ArgumentsOf) -> ArgumentsOf:
    """Returns a function that inspects each method once, for all objects that have it.

    Beam asks for every method of every DoFn, again at each of its steps. Only methods of plain functions are
    remembered: their signature cannot change.

    Args:
        inspect: returns the names of the arguments of a function, and its defaults.
    """
    known: weakref.WeakKeyDictionary[types.FunctionType, tuple[list[str], list[Any]]] = weakref.WeakKeyDictionary()

    def remembered(function: Any) -> tuple[list[str], list[Any]]:
        code = getattr(function, "__func__", None)
        if not isinstance(function, types.MethodType) or not isinstance(code, types.FunctionType):
            return inspect(function)
        if code not in known:
            known[code] = inspect(function)
        arguments, defaults = known[code]
        return list(arguments), list(defaults)

    return remembered
