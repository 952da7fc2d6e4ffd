"""Removes old versions: never one that a label, a rollback or a server needs, and never so that half of one is seen."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from serving.releases import audit_log, holds, mirror, model_config
from serving.releases.audit_log import Entry
from serving.releases.state import ReleaseFolder, State, changing, none_yet, pushing
from serving.releases.version_folders import GOING, same_number, version_folder, versions
from turnstile.errors import UsageError
from turnstile.files import flush


@dataclass(frozen=True)
class Collected:
    """What was removed, and why the others were not."""

    removed: tuple[int, ...]
    kept: dict[int, str]


def collect(where: ReleaseFolder, keep: int, why: str = "", dry_run: bool = False) -> Collected:
    """Removes every version but the newest ones and those that are needed.

    Args:
        where: where the model's releases are.
        keep: how many of the newest versions to keep; at least 1, for the newest is what the next candidate is
            compared with.
        why: the user's words.
        dry_run: only says what would be removed.

    Raises:
        UsageError: no version has been pushed, or models.config is not as it should be.
        TurnstileError: a file cannot be written or removed.
    """
    if not where.folder.is_dir():
        raise UsageError(none_yet(where))
    with pushing(where), changing(where) as state:
        there = [int(version.name) for version in versions(where.folder)]
        kept = dict.fromkeys(there[-keep:], "among the newest") | _needed(where, state, there)
        kept |= {n: holds.WAITS for n in there if n not in kept and holds.waits(where, state, n)}
        removed = tuple(number for number in there if number not in kept)
        if not dry_run:
            for number in removed:
                _remove(where, state, number, why)
            for rest in where.folder.glob(f"{GOING}*"):  # also of a command that was killed
                shutil.rmtree(rest)
            if where.mirror:
                mirror.tidy(where, state.config)
    return Collected(removed, dict(sorted(kept.items())))


def _needed(where: ReleaseFolder, state: State, there: list[int]) -> dict[int, str]:
    """Why a version must stay, by its number."""
    reasons = dict.fromkeys(model_config.listed(state.config, where.name), "loaded")
    if (previous := state.history.previous(state.there)) is not None:
        reasons[previous] = "a rollback leads to it"
    labelled = {number: ", ".join(state.labels_of(number)) for number in state.labels.values()}
    return {number: reason for number, reason in (reasons | labelled).items() if number in there}


def _remove(where: ReleaseFolder, state: State, number: int, why: str) -> None:
    loaded = list(model_config.listed(state.config, where.name))
    entry = Entry(
        model=where.name, action="gc", version=number, before=state.labels, after=state.labels, loaded=loaded, why=why
    )
    audit_log.append(where.log_file, entry)
    for folder in same_number(where.folder).get(number, [version_folder(where.folder, number)]):
        folder.rename(where.folder / f"{GOING}{folder.name}")
    flush(where.folder)
