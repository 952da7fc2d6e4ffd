"""Writes docs/commands.md, the reference of every command and option, from the commands themselves: `make docs`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from pipeline.commands.main import main
from turnstile import errors

PAGE = Path("docs/commands.md")

_INTRODUCTION = """# The commands

`turnstile` is in `.venv/bin`; `source .venv/bin/activate` puts it on the path. `turnstile COMMAND --help` prints what
this page says. Results go to standard output; progress and messages go to standard error. With `--json` a command
prints exactly one JSON object to standard output, also when it fails: then it has `error` and `exit_code`.

This page is made from the commands themselves (`make docs`)."""
_EXIT_CODES = {
    0: "The command did what it was asked for. `run`: a model was blessed and pushed, or it already was.",
    1: "It failed unexpectedly. The last lines of the log are shown, and where the rest is.",
    errors.UsageError.exit_code: "The usage or the config is wrong. Nothing was run.",
    errors.MODEL_REFUSED: "A model gate said no. Nothing was pushed.",
    errors.DataRefusedError.exit_code: "The data gate stopped the run. Nothing was trained.",
}


def page() -> str:
    """Returns the text of docs/commands.md."""
    found = dict(commands())
    codes = _lines(("exit code", "meaning"), _EXIT_CODES.items())
    sections = [part for name, command in found.items() for part in _section(name, command)]
    return "\n\n".join([_INTRODUCTION, codes, _overview(), *sections]) + "\n"


def commands(group: click.Command = main, name: str = "turnstile") -> Iterator[tuple[str, click.Command]]:
    """Yields every command with its whole name; not the groups, which do nothing themselves."""
    if not isinstance(group, click.Group):
        yield name, group
        return
    for key, command in sorted(group.commands.items()):
        yield from commands(command, f"{name} {key}")


def _overview() -> str:
    """A table of all commands, in the sections of `turnstile --help`."""
    rows = []
    for heading, group in main.sections.items():
        found = [pair for command in group for pair in commands(command, f"turnstile {command.name}")]
        rows += [(f"**{heading}**", "")]
        rows += [(f"[`{name}`](#{_anchor(name)})", _paragraphs(command)[0]) for name, command in found]
    return _lines(("command", "what it does"), rows)


def _section(name: str, command: click.Command) -> Iterator[str]:
    usage = [name, *(piece for parameter in command.params for piece in _usage(parameter)), "[OPTIONS]"]
    yield from [f"## `{name}`", f"```\n{' '.join(usage)}\n```", *_paragraphs(command)]
    rows = [_row(option) for option in command.params if isinstance(option, click.Option)]
    if rows:
        yield _lines(("option", "what it is", "default"), rows)


def _usage(parameter: click.Parameter) -> list[str]:
    """What a command line has to have, such as an argument or a required option."""
    name = parameter.make_metavar(click.Context(main)) if isinstance(parameter, click.Argument) else ""
    if not name and parameter.required:
        name = f"{parameter.opts[0]} {_value(parameter)}"
    return [name] if name else []


def _row(option: click.Option) -> tuple[str, str, str]:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    value = "" if option.is_flag else f" {_value(option)}"
    phrase, _, own = (option.help or "").partition("  [default: ")
    default = "required" if option.required else own.removesuffix("]")
    if option.show_default:
        default = str(option.opts[0].lstrip("-") if option.default is True else option.default)
    if option.show_default or "<" in default:
        default = f"`{default}`"
    return f"{names}{value}", phrase, default


def _value(option: click.Parameter) -> str:
    if isinstance(option.type, click.Choice):
        return ", ".join(f"`{choice}`" for choice in option.type.choices)
    words = {click.types.IntParamType: "INTEGER", click.types.FloatParamType: "NUMBER", click.Path: "FILE"}
    return option.metavar or next((word for kind, word in words.items() if isinstance(option.type, kind)), "TEXT")


def _paragraphs(command: click.Command) -> list[str]:
    return [" ".join(paragraph.split()) for paragraph in (command.help or "").split("\n\n")]


def _anchor(heading: str) -> str:
    return re.sub(r"[^a-z0-9-]", "", heading.lower().replace(" ", "-"))


def _lines(header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page())
