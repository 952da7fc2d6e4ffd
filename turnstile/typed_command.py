"""Quotes a `turnstile` command that a message tells the reader to type."""

from __future__ import annotations

import shlex

import click
from click.core import ParameterSource

# The options by which commands choose whose versions they work on, by the name of the parameter.
_CHOOSE = {"config_file": "--config", "serving_dir": "--serving-dir"}


def typed(*words: str) -> str:
    """Returns a command as a shell takes it, with the options that chose the versions for the command that runs now.

    Those who keep versions do not know which config file was read; the command line does. Where no command runs, as in
    a scheduler's container, no option is added.

    Args:
        words: the subcommand and its arguments.
    """
    return shlex.join(["turnstile", *words, *_chosen()])


def _chosen() -> list[str]:
    context = click.get_current_context(silent=True)
    if context is None:
        return []
    given = [n for n in _CHOOSE if context.get_parameter_source(n) is ParameterSource.COMMANDLINE]
    return [word for name in given for word in (_CHOOSE[name], str(context.params[name]))]
