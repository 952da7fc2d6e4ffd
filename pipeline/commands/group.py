"""The group of all commands: it lists them by what they are for, and turns an error into its message and exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

from turnstile.errors import TurnstileError


class SectionedGroup(click.Group):
    """Lists its commands in sections, and ends with the message and the exit code of a TurnstileError.

    Attributes:
        sections: the commands by the heading that they stand under in the help text, both in their order there.
    """

    sections: dict[str, list[click.Command]]

    def __init__(self, *arguments: Any, **more: Any) -> None:
        """Takes what click.Group takes."""
        super().__init__(*arguments, **more)
        self.sections = {}

    def add_sections(self, sections: Mapping[str, Sequence[click.Command]]) -> None:
        """Adds the commands of every section, which has its heading as key."""
        for heading, commands in sections.items():
            self.sections[heading] = list(commands)
            for command in commands:
                self.add_command(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes each section as a heading and a line for each command."""
        limit = formatter.width - 6 - max(map(len, self.commands))
        for heading, commands in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl([(str(each.name), each.get_short_help_str(limit)) for each in commands])

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the subcommand."""
        try:
            return super().invoke(ctx)
        except TurnstileError as error:
            click.echo(f"turnstile: {error}", err=True)
            if "--json" in sys.argv:
                click.echo(json.dumps({"error": str(error), "exit_code": error.exit_code}))
            sys.exit(error.exit_code)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if "--json" in sys.argv:
                click.echo(json.dumps({"error": f"{type(error).__name__}: {error}", "exit_code": 1}))
            raise
