"""The `turnstile version` command."""

from __future__ import annotations

import json

import click

from pipeline.commands.options import json_option


@click.command()
@json_option
def version(as_json: bool) -> None:
    """Print the versions of Turnstile and of its libraries."""
    from turnstile.stack_versions import versions

    found = versions()
    lines = json.dumps(found) if as_json else "\n".join(f"{name:<28} {number}" for name, number in found.items())
    click.echo(lines)
