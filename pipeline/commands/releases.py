"""The subcommands of release control: which version serves under which label."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from pipeline.commands.options import (
    config_option,
    json_option,
    load_past,
    load_served,
    output_option,
    serving_dir_option,
)

if TYPE_CHECKING:
    from serving.releases.change import Change
    from serving.releases.state import ReleaseFolder
    from serving.settings import AfterPush


def _said(_: click.Context, __: click.Parameter, why: str) -> str:
    if not why.strip():
        raise click.BadParameter("expected a reason in words, got none")
    return why


_WHY = "Reason to write into the audit log."
why_option = click.option("--why", default="", metavar="TEXT", help=_WHY)
must_say_why_option = click.option("--why", required=True, callback=_said, metavar="TEXT", help=_WHY)
by_option = click.option(
    "--by",
    metavar="NAME",
    help="Name of the person who decided, where a program such as a scheduler types the command.  [default: you]",
)


def _options(command: Callable) -> Callable:
    """What every command here takes."""
    return config_option(serving_dir_option(json_option(command)))


@click.command()
@_options
def models(config_file: str, serving_dir: str | None, as_json: bool) -> None:
    """List the pushed versions, and why each was let through."""
    from pipeline.commands import release_tables
    from serving.releases.listing import listing
    from serving.releases.state import read

    where = _place(config_file, serving_dir)
    state = read(where)
    listed = listing(where, state)
    if as_json:
        versions = [version.as_dict() for version in listed]
        _print({**_about(where), "labels": state.labels, "versions": versions})
    else:
        release_tables.show_versions(where, state, listed)


@click.command()
@click.argument("version")
@click.option(
    "--label",
    metavar="LABEL",
    default="stable",
    show_default=True,
    help="Label to move: stable, canary, or a name of your own.",
)
@why_option
@_options
def promote(version: str, label: str, why: str, config_file: str, serving_dir: str | None, as_json: bool) -> None:
    """Move a label to VERSION.

    VERSION then answers the requests that name the label. It is a number that `turnstile models` lists. A version that
    waits for approval gets no label before `turnstile approve`. One that Evaluator left undecided does not become
    stable before `turnstile override`.
    """
    from serving.releases import control

    where = _place(config_file, serving_dir)
    _show(where, control.promote(where, _number(where, version), label, why), as_json)


@click.command()
@why_option
@_options
def rollback(why: str, config_file: str, serving_dir: str | None, as_json: bool) -> None:
    """Go back to the version that was stable before.

    A second rollback goes back to the one before that. Every other label on the stable version moves with it. The
    server follows within seconds.
    """
    from serving.releases import control

    where = _place(config_file, serving_dir)
    _show(where, control.rollback(where, why), as_json)


@click.command()
@click.argument("version")
@why_option
@_options
def retire(version: str, why: str, config_file: str, serving_dir: str | None, as_json: bool) -> None:
    """Take VERSION out of service.

    Its labels move to the stable version, and no rollback leads to it any more.
    """
    from serving.releases import control

    where = _place(config_file, serving_dir)
    _show(where, control.retire(where, _number(where, version), why), as_json)


@click.command()
@click.argument("version")
@must_say_why_option
@by_option
@_options
def approve(version: str, why: str, by: str | None, config_file: str, serving_dir: str | None, as_json: bool) -> None:
    """Release VERSION, which waits for approval.

    It gets the labels that its push would have given it: that of `serving.after_push` of the config, and stable if no
    version is stable. A version that was rejected can be approved after all.
    """
    from serving.releases import audit_log, control

    where, label = _place_and_label(config_file, serving_dir)
    _show(where, control.approve(where, _number(where, version), label, why, audit_log.who(by)), as_json)


@click.command()
@click.argument("version")
@must_say_why_option
@by_option
@_options
def reject(version: str, why: str, by: str | None, config_file: str, serving_dir: str | None, as_json: bool) -> None:
    """Retire VERSION, which waits for approval.

    It gets no label, and no rollback leads to it. `turnstile approve` can release it after all.
    """
    from serving.releases import audit_log, control

    where = _place(config_file, serving_dir)
    _show(where, control.reject(where, _number(where, version), why, audit_log.who(by)), as_json)


@click.command()
@click.argument("run", metavar="RUN|VERSION")
@must_say_why_option
@output_option
@_options
def override(run: str, why: str, output: str | None, config_file: str, serving_dir: str | None, as_json: bool) -> None:
    """Release a model in spite of Evaluator.

    RUN is the `run_id` of a run whose model Evaluator refused or left undecided: the model is pushed, and labelled as
    if Evaluator had let it through. VERSION is the number of a version that was pushed undecided: it gets the labels
    that it would have got, and may be stable from then on. What DataGate or ServingValidator refused cannot be
    released. The version's record then has who did it, when and why, and what Evaluator had said.
    """
    from serving.releases import control
    from serving.releases.version_folders import is_version

    if is_version(run):
        where, label = _place_and_label(config_file, serving_dir)
        return _show(where, control.override(where, int(run), label, why), as_json)
    from pipeline.run.override import override as release
    from serving.releases.state import release_folder

    config = load_past(config_file, output, serving_dir)
    return _show(release_folder(config.serving, config.name), release(config, run, why), as_json)


@click.command()
@click.option("--keep", metavar="N", type=click.IntRange(1), required=True, help="Number of newest versions to keep.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
@why_option
@_options
def gc(keep: int, dry_run: bool, why: str, config_file: str, serving_dir: str | None, as_json: bool) -> None:
    """Remove old versions.

    A version stays if it has a label, if the server loads it, or if a rollback leads to it.
    """
    from pipeline.commands import release_tables
    from serving.releases.removal import collect

    where = _place(config_file, serving_dir)
    found = collect(where, keep, why, dry_run)
    if as_json:
        kept = [{"version": number, "why": reason} for number, reason in found.kept.items()]
        _print({**_about(where), "dry_run": dry_run, "removed": list(found.removed), "kept": kept})
    else:
        release_tables.show_collected(found, dry_run)


def _place(config_file: str, serving_dir: str | None) -> ReleaseFolder:
    return _place_and_label(config_file, serving_dir)[0]


def _place_and_label(config_file: str, serving_dir: str | None) -> tuple[ReleaseFolder, AfterPush]:
    """Where the releases are, and the label that a push gives."""
    from serving.releases.state import release_folder

    config = load_served(config_file, serving_dir)  # whoever is on call can roll back whatever else a config gets wrong
    return release_folder(config.serving, config.name), config.serving.after_push


def _number(where: ReleaseFolder, version: str) -> int:
    from serving.releases.state import in_words, read
    from serving.releases.version_folders import is_version
    from turnstile.errors import UsageError

    if not is_version(version):
        there = in_words(read(where).there) or "none yet"
        raise UsageError(f"'{version}' is not a version; expected one of these numbers: {there}")
    return int(version)


def _show(where: ReleaseFolder, change: Change, as_json: bool) -> None:
    from pipeline.commands import release_tables

    if as_json:
        _print({**_about(where), **change.as_dict()})
    else:
        release_tables.show_change(change)


def _about(where: ReleaseFolder) -> dict[str, Any]:
    file = where.config_file
    return {"model": where.name, "models_config": str(file) if file.exists() else None}


def _print(result: dict[str, Any]) -> None:
    click.echo(json.dumps(result))
