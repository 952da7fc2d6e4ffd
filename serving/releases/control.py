"""Release control: moves labels between the versions of a model, and keeps the record of it."""

from __future__ import annotations

import re
from typing import Literal

from serving.releases.change import Change, change
from serving.releases.history import STABLE
from serving.releases.state import ReleaseFolder, State, changing, check_there, in_words
from turnstile.errors import UsageError
from turnstile.typed_command import typed


def promote(where: ReleaseFolder, version: int, label: str = STABLE, why: str = "") -> Change:
    """Moves a label to a version; does nothing if it is there.

    Raises:
        UsageError: there is no such version, or it is not a label's name.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", label):
        raise UsageError(f"'{label}' cannot be a label; expected a name of a-z, 0-9, _ and -, such as stable or canary")
    with changing(where) as state:
        check_there(where, state, version)
        return change(where, state, "promote", version, state.labels | {label: version}, why)


def rollback(where: ReleaseFolder, why: str = "") -> Change:
    """Moves every label that is on the stable version to the one that was stable before.

    Raises:
        UsageError: there is none to go back to.
    """
    with changing(where) as state:
        stable, target = state.labels.get(STABLE), state.history.previous(state.there)
        if stable is None or target is None:
            raise UsageError(_nowhere(where, state))
        after = {label: target if number == stable else number for label, number in state.labels.items()}
        return change(where, state, "rollback", target, after, why)


def _nowhere(where: ReleaseFolder, state: State) -> str:
    others = [v for v in state.there if v != state.labels.get(STABLE)]
    hint = (
        f"Promote one by its number: {in_words(others)}"
        if others
        else f"There is no other version. Push one: {typed('run')}"
    )
    stable = state.labels.get(STABLE)
    if stable is None:
        return f"{where.name}: no version is stable, so there is nothing to go back from. {hint}"
    return (
        f"{where.name}: {stable} is stable, and there is no version to go back to: none was stable before it, or those "
        f"that were are retired or removed. {hint}"
    )


def retire(where: ReleaseFolder, version: int, why: str = "") -> Change:
    """Takes a version out: its labels move to the stable one, and no rollback leads to it.

    Raises:
        UsageError: it is the stable one, or there is no such version.
    """
    with changing(where) as state:
        stable = state.labels.get(STABLE)
        if version == stable:
            raise UsageError(
                f"{version} is stable and cannot be retired; first make another version stable with "
                f"{typed('promote', 'VERSION')} or {typed('rollback')}"
            )
        if version not in state.labels.values():
            check_there(where, state, version)
        elif stable is None:
            raise UsageError(
                f"{version} has labels, and no version is stable to move them to. Make one: "
                f"{typed('promote', 'VERSION')}"
            )
        after = {label: stable if number == version and stable else number for label, number in state.labels.items()}
        return change(where, state, "retire", version, after, why)


def pushed(
    where: ReleaseFolder, version: int, label: Literal["canary", "stable", "none"], why: str = ""
) -> Change | None:
    """Labels a version that has just been pushed, once: what was done with it since is left alone.

    The first version of a model becomes stable too, so that clients who name this label are answered from the start.

    Returns:
        None if this version has been released before.
    """
    with changing(where) as state:
        if version in state.labels.values() or any(entry.version == version for entry in state.entries):
            return None
        after = dict(state.labels)
        if label != "none":
            after = {STABLE: version} | after | {label: version}
        return change(where, state, "push", version, after, why)
