"""`turnstile key new`: a key pair to sign versions with."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.commands.options import LocalPath


@click.group()
def key() -> None:
    """Make the keys that versions are signed with."""


@key.command()
@click.option(
    "--dir",
    "folder",
    type=LocalPath(path_type=Path),
    metavar="FOLDER",
    default="keys",
    show_default=True,
    help="Folder to write the two keys to.",
)
def new(folder: Path) -> None:
    """Make a key pair to sign versions with.

    Pusher signs each version with the private key. Whoever has it can sign, so keep it out of version control and out
    of images. Whoever promotes or serves a version checks its signature with the public key, which everyone may have.
    Keys that exist are never overwritten.
    """
    from serving.releases import signatures
    from turnstile.feature_line import toml_value

    private, public = signatures.new_pair(folder)
    click.echo(f"{private}: signs what is pushed; keep it secret")
    click.echo(f"{public}: verifies it; for everyone who promotes or serves")
    lines = f"sign_with = {toml_value(str(private))}\nverify_with = {toml_value(str(public))}"
    click.echo(f"\nIn the config:\n\n[serving]\n{lines}")
