"""What release control prints for people: the table of versions, and what a command changed."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
from rich.table import Table

from serving.releases import listing, model_config
from serving.releases.state import ReleaseFolder, State, none_yet, twice
from serving.releases.version_folders import same_number
from turnstile import printing
from turnstile.typed_command import typed

if TYPE_CHECKING:
    from serving.releases.change import Change
    from serving.releases.listing import Listed
    from serving.releases.removal import Collected

# Of a table that goes to a file or a pipe, which has no width of its own.
_WIDTH = 160


def show_versions(where: ReleaseFolder, state: State, listed: Sequence[Listed]) -> None:
    """Prints one line for each version, newest first, and where models.config is."""
    if not listed:
        return click.echo(none_yet(where))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("version", "state", "metrics", "data", "age", "let through by"):
        table.add_column(column, no_wrap=column in ("version", "age"))
    now = datetime.datetime.now(datetime.UTC)
    for version in listed:
        cells = (listing.metrics, listing.data, listing.gates)
        metrics, data, gates = ("\n".join(cell(version.record)) for cell in cells)
        age = listing.age(version.pushed, now) if version.pushed else ""
        table.add_row(str(version.version), version.state, metrics, data, age, gates)
    printing.show(table, _WIDTH)
    for number, folders in same_number(where.folder).items():
        click.echo(f"\n{twice(number, folders)}")
    return click.echo(f"\n{_about_config(where, state)}")


def _about_config(where: ReleaseFolder, state: State) -> str:
    file, path = where.config_file, model_config.base_path(state.config, where.name)
    if path is None:
        what = "does not list it yet" if file.exists() else "is not there yet"
        return f"{file} {what}. Release a version: {typed('promote', 'VERSION')}"
    moved = f"\nIt says the versions are in {path}; by the config they are in {where.base_path}. "
    return f"The labels are in {file}" + (moved + "The next promote writes that." if path != where.base_path else "")


def show_change(change: Change) -> None:
    """Prints each label that moved, such as "stable: 1 -> 2", and the versions that are loaded."""
    for label in change.moved:
        click.echo(f"{label}: {change.before.get(label, 'none')} -> {change.after[label]}")
    if not change.moved:
        click.echo(_nothing_moved(change))
    if change.loaded:
        names = [f"{number} (standby)" if number == change.standby else str(number) for number in change.loaded]
        click.echo(f"loaded: {', '.join(names)}")


def _nothing_moved(change: Change) -> str:
    version = change.version
    if change.action in ("retire", "reject"):
        return f"{version} is retired; it had no label"
    if change.action in ("approve", "override"):
        what = f"{version} is approved" if change.action == "approve" else f"Evaluator holds {version} back no more"
        return f"{what}; no label moved. Make it stable: {typed('promote', str(version))}"
    labels = [label for label, number in change.after.items() if number == version]
    return f"{version} is {' and '.join(labels)} already; nothing was changed"


def show_collected(found: Collected, dry_run: bool) -> None:
    """Prints which versions were removed, and why the others were not."""
    for number in found.removed:
        click.echo(f"{number}: {'would be removed' if dry_run else 'removed'}")
    for number, reason in found.kept.items():
        click.echo(f"{number}: kept ({reason})")
