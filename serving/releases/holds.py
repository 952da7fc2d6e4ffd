"""What holds a version back from labels: a person's approval that is still to come, or an evaluation left undecided.

The version's record says what it was pushed with, the audit log what a person said since. So a version is held back
from the moment at which its folder is there, wherever a push is killed.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from serving.releases import release_record
from serving.releases.state import ReleaseFolder, State
from serving.releases.version_folders import version_folder
from turnstile.gates import EVALUATOR, REFUSED, UNDECIDED

APPROVE, REJECT, OVERRIDE = "approve", "reject", "override"  # a person's words, as the audit log has them
WAITS = "waits for approval"


def unapproved(where: ReleaseFolder, state: State, version: int) -> bool:
    """Returns whether a version may have no label before a person approves it, and nobody has."""
    release = _record(where, version).get("thresholds") or {}
    return release.get("approval") == "required" and not state.has(APPROVE, version)


def waits(where: ReleaseFolder, state: State, version: int) -> bool:
    """Returns whether a person has yet to approve or reject a version."""
    return unapproved(where, state, version) and version not in state.history.retired


def undecided(where: ReleaseFolder, state: State, version: int) -> bool:
    """Returns whether Evaluator left a version undecided, which keeps it from stable, and nobody overrode that.

    With `release.undecided = "pass"` an undecided version is released as one that passed.
    """
    record = _record(where, version)
    passes = (record.get("thresholds") or {}).get("undecided") == "pass"
    return said(record).get("verdict") == UNDECIDED and not passes and not state.has(OVERRIDE, version)


def said(record: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what Evaluator said, of the gates in a version's record."""
    return next((gate for gate in record.get("gates") or [] if gate.get("gate") == EVALUATOR.id), {})


def overridden(record: Mapping[str, Any], who: str, why: str) -> dict[str, Any]:
    """Returns a version's record with the word of the person who overrode Evaluator.

    Args:
        record: the record without it.
        who: the person, as audit_log.who gives it.
        why: the person's reason.
    """
    gate = said(record)
    return {
        **record,
        OVERRIDE: {
            "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "who": who,
            "why": why,
            "gate": EVALUATOR.id,
            "verdict": gate.get("verdict", REFUSED),
            "reasons": [*gate.get("reasons", []), *gate.get("warnings", [])],
        },
    }


def _record(where: ReleaseFolder, version: int) -> dict[str, Any]:
    return release_record.read(version_folder(where.folder, version))
