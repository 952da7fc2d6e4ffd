"""Release control: moves labels between the versions of a model, and keeps the record of it."""

from __future__ import annotations

import re
from typing import Any

from serving.releases import audit_log, holds, integrity, model_config, release_record
from serving.releases.audit_log import Labels
from serving.releases.change import Change, Evidence, change
from serving.releases.history import CANARY, STABLE
from serving.releases.holds import APPROVE, OVERRIDE, REJECT
from serving.releases.state import ReleaseFolder, State, changing, check_there, in_words, write
from serving.releases.version_folders import version_folder
from serving.settings import AfterPush
from turnstile.errors import UsageError
from turnstile.typed_command import typed


def promote(
    where: ReleaseFolder, version: int, label: str = STABLE, why: str = "", evidence: Evidence | None = None
) -> Change:
    """Moves a label to a version; does nothing if it is there.

    Args:
        where: where the model's releases are.
        version: its number.
        label: the label to move.
        why: the reason, in words.
        evidence: what a program decided by, if one did.

    Raises:
        UsageError: a label has moved since the program looked; or there is no such version, it is not what was pushed,
            it is not a label's name, or the version is held back: by approval that it waits for or, from stable, by
            Evaluator that left it undecided.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", label):
        raise UsageError(f"'{label}' cannot be a label; expected a name of a-z, 0-9, _ and -, such as stable or canary")
    with changing(where) as state:
        facts = _checked(evidence, state)
        check_there(where, state, version)
        if holds.unapproved(where, state, version):
            what = holds.WAITS if holds.waits(where, state, version) else "was not approved"
            raise UsageError(f"{version} {what}, so no label moves to it. {_in_writing(APPROVE, version)}")
        if label == STABLE and holds.undecided(where, state, version):
            raise UsageError(
                f"{version} cannot be stable: Evaluator could not tell whether it is good enough. "
                f"{_in_writing(OVERRIDE, version)}"
            )
        return change(where, state, "promote", version, state.labels | {label: version}, why, facts=facts)


def _checked(evidence: Evidence | None, state: State) -> dict[str, Any]:
    if evidence is None:
        return {}
    evidence.check(state)
    return evidence.facts


def rollback(where: ReleaseFolder, why: str = "") -> Change:
    """Moves every label that is on the stable version to the one that was stable before.

    Raises:
        UsageError: there is none to go back to, or it is not what was pushed.
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


def retire(where: ReleaseFolder, version: int, why: str = "", evidence: Evidence | None = None) -> Change:
    """Takes a version out: its labels move to the stable one, and no rollback leads to it; arguments as of `promote`.

    Raises:
        UsageError: a label has moved since the program looked; or it is the stable one, or there is no such version.
    """
    with changing(where) as state:
        facts = _checked(evidence, state)
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
                f"{version} has labels, and no version is stable to move them to. {_made_stable(where, state, version)}"
            )
        after = {label: stable if number == version and stable else number for label, number in state.labels.items()}
        return change(where, state, "retire", version, after, why, facts=facts)


def pushed(where: ReleaseFolder, version: int, label: AfterPush, why: str = "") -> Change | None:
    """Labels a version that has just been pushed, once: what was done with it since is left alone.

    The version's record (release.json, which has to be there before) says what kind of push it was, so nothing is told
    twice, and a push that was killed half-way holds back what a whole one does:

    | the record has | labels that move to the version |
    | --- | --- |
    | neither of these | `label`; stable too if nothing is stable, so that clients who name it are answered at once |
    | Evaluator's `verdict` is "undecided" | canary, if `label` is not "none"; never stable |
    | `thresholds.approval` is "required" | none, until `approve`, which then gives it the labels of the lines above |
    | `override`: a person let a refused model through | as without it; the log has `override` and the person's words |

    Args:
        where: where the model's releases are.
        version: its number.
        label: `serving.after_push` of the config.
        why: the run, for the log.

    Returns:
        None if this version has been released before.
    """
    with changing(where) as state:
        if version in state.labels.values() or any(entry.version == version for entry in state.entries):
            return None
        word = release_record.read(version_folder(where.folder, version)).get(OVERRIDE)
        free = word is not None or not holds.undecided(where, state, version)
        waits = holds.unapproved(where, state, version)
        if waits and not where.config_file.exists():  # without one, servers take the newest version
            write(where, state.config, model_config.empty())
        after = state.labels if waits else _labelled(state, version, label, free)
        if word:
            return change(where, state, OVERRIDE, version, after, word["why"], word["who"])
        return change(where, state, "push", version, after, why)


def approve(where: ReleaseFolder, version: int, label: AfterPush, why: str, who: str | None = None) -> Change:
    """Gives a version that waits for approval the labels that its push would have given it; takes a rejection back.

    Args:
        where: where the model's releases are.
        version: its number.
        label: `serving.after_push` of the config.
        why: the person's reason.
        who: the person; by default the user of this process.

    Raises:
        UsageError: there is no such version, or it waits for no approval.
    """
    with changing(where) as state:
        check_there(where, state, version)
        if not holds.unapproved(where, state, version):
            raise UsageError(_not_waiting(where, state, version))
        after = _labelled(state, version, label, free=not holds.undecided(where, state, version))
        return change(where, state, APPROVE, version, after, why, who)


def reject(where: ReleaseFolder, version: int, why: str, who: str | None = None) -> Change:
    """Retires a version that waits for approval; arguments as of `approve`.

    Raises:
        UsageError: there is no such version, or it waits for no approval.
    """
    with changing(where) as state:
        check_there(where, state, version)
        if not holds.waits(where, state, version):
            raise UsageError(_not_waiting(where, state, version))
        return change(where, state, REJECT, version, state.labels, why, who)


def override(where: ReleaseFolder, version: int, label: AfterPush, why: str) -> Change:
    """Releases a version that Evaluator left undecided as one that passed, and writes so into its record.

    Args:
        where: where the model's releases are.
        version: its number.
        label: `serving.after_push` of the config, which the version gets unless it waits for approval.
        why: the person's reason.

    Raises:
        UsageError: there is no such version, Evaluator did not leave it undecided, or it is not what was pushed; or it
            is signed, and there is no key to sign its new record.
    """
    with changing(where) as state:
        check_there(where, state, version)
        if not holds.undecided(where, state, version):
            raise UsageError(
                f"{version} is not held back by Evaluator, so there is nothing to override. "
                f"See its state: {typed('models')}"
            )
        folder, who = version_folder(where.folder, version), audit_log.who()
        record = holds.overridden(release_record.read(folder), who, why)
        integrity.change_record(folder, record, where.sign_with, where.verify_with)
        after = state.labels if holds.unapproved(where, state, version) else _labelled(state, version, label)
        return change(where, state, OVERRIDE, version, after, why, who)


def _made_stable(where: ReleaseFolder, state: State, version: int) -> str:
    if all(holds.undecided(where, state, v) for v in state.there):
        return f"Push another version: {typed('run')}. Or make this one stable: {_typed(OVERRIDE, version)}"
    return f"Make one stable: {typed('promote', 'VERSION')}"


def _labelled(state: State, version: int, label: AfterPush, free: bool = True) -> Labels:
    """Returns the labels after a push; `free` says whether the version may be stable."""
    if label == "none":
        return state.labels
    return {STABLE: version} | state.labels | {label: version} if free else state.labels | {CANARY: version}


def _in_writing(action: str, version: int) -> str:
    what = {APPROVE: "Approve it", OVERRIDE: "Release it all the same"}[action]
    return f"{what}: {_typed(action, version)}"


def _typed(action: str, version: int) -> str:
    return typed(action, str(version), "--why", "REASON")


def _not_waiting(where: ReleaseFolder, state: State, version: int) -> str:
    others = in_words(v for v in state.there if holds.waits(where, state, v))
    return f"{version} does not wait for approval. " + (
        f"These versions do: {others}" if others else f"No version does; see their states: {typed('models')}"
    )
