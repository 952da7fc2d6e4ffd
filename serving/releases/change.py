"""How labels move: in an order that TensorFlow Serving follows, and that can be killed anywhere and made again.

TensorFlow Serving refuses a models.config that moves a label in use to a version which is not loaded. So such a version
is listed first, labels as they were; and the labels move when the server has had the time to begin loading it.
"""

from __future__ import annotations

import datetime
import sys
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from serving.releases import audit_log, integrity, model_config
from serving.releases.audit_log import Entry, Labels
from serving.releases.history import STABLE, replay
from serving.releases.state import ReleaseFolder, State, in_words, write
from serving.releases.version_folders import version_folder
from turnstile.errors import UsageError


@dataclass(frozen=True)
class Change:
    """What a command did.

    Attributes:
        action: what was done, as in audit_log.Entry.
        version: what it was about.
        before: the version of each label until then.
        after: the labels after the change.
        loaded: the versions that models.config lists from then on.
        standby: the one among them that is there for a rollback only, if there is one.
    """

    action: str
    version: int
    before: Labels
    after: Labels
    loaded: tuple[int, ...]
    standby: int | None

    @classmethod
    def of(cls, entry: Entry) -> Change:
        """Returns what an entry of the audit log tells of; not which of the versions is the standby."""
        return cls(entry.action, entry.version, entry.before, entry.after, tuple(entry.loaded), None)

    @property
    def moved(self) -> list[str]:
        """The labels that are elsewhere now."""
        return [label for label, number in sorted(self.after.items()) if self.before.get(label) != number]

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values, ready for json.dumps."""
        return {
            "action": self.action,
            "version": self.version,
            "changed": {n: {"before": self.before.get(n), "after": self.after[n]} for n in self.moved},
            "labels": self.after,
            "loaded": list(self.loaded),
            "standby": self.standby,
        }


@dataclass(frozen=True)
class Evidence:
    """What a program decided by.

    Attributes:
        seen: the labels that it looked at; it decided about these, and about no others.
        facts: its numbers and where they are from, as plain values, for the audit log.
    """

    seen: Labels
    facts: dict[str, Any]

    def check(self, state: State) -> None:
        """Raises UsageError if one of the labels has moved since."""
        for label, version in self.seen.items():
            if state.labels.get(label) != version:
                now = state.labels.get(label, "on no version")
                raise UsageError(f"{label} was {version} and is {now}: somebody moved it meanwhile. Look again")


def change(
    where: ReleaseFolder,
    state: State,
    action: str,
    version: int,
    after: Labels,
    why: str,
    who: str | None = None,
    facts: dict[str, Any] | None = None,
) -> Change:
    """Moves labels: first what must be loaded, then the audit log, then models.config.

    Args:
        where: where the model's releases are.
        state: what there is, under the lock.
        action: what is done, as in audit_log.Entry.
        version: what it is about.
        after: the version of each label from now on. A promotion or a retirement that changes nothing is not recorded.
        why: the user's words.
        who: whose word it is; by default the user's of this process.
        facts: what a program decided by, for the audit log.

    Raises:
        UsageError: the version is not what was pushed. What Pusher pushes now, or what is taken out, is not checked.
    """
    if action != "push" and version in after.values():
        integrity.check(version_folder(where.folder, version), where.verify_with)
    entry = Entry(
        who=who or audit_log.who(),
        model=where.name,
        action=action,
        version=version,
        before=state.labels,
        after=after,
        why=why,
        evidence=facts or {},
    )
    made = _planned(state, entry)
    _load_first(where, state, made)
    again = action == "promote" or (action == "retire" and version in state.history.retired)
    if made.moved or not again:
        _record(where, entry, made)
    _write(where, state, set(made.loaded), after)
    return made


def _planned(state: State, entry: Entry) -> Change:
    """What an entry makes of the labels, and which versions must be loaded for it."""
    after = entry.after
    standby = replay([*state.entries, entry], after).standby(state.there) if STABLE in after else None
    loaded = {*after.values()} | ({standby} if standby is not None else set())
    return Change(entry.action, entry.version, state.labels, after, tuple(sorted(loaded)), standby)


def _record(where: ReleaseFolder, entry: Entry, made: Change) -> None:
    details = {"labels": made.moved, "loaded": list(made.loaded), "time": audit_log.now()}
    audit_log.append(where.log_file, Entry(**vars(entry) | details))


def _load_first(where: ReleaseFolder, state: State, made: Change) -> None:
    """Waits until the server has begun to load what labels in use move to; it takes a new label at any time."""
    needed = {made.after[label] for label in made.moved if label in made.before}
    if not needed:
        return
    listed, seconds = set(model_config.listed(state.config, where.name)), where.reload_seconds
    if needed <= listed:
        seconds = min(seconds, _listed_since(where, state, needed) + seconds - time.time())
    else:
        _write(where, state, {*listed, *made.before.values(), *needed}, made.before)
    if seconds > 0:
        what = in_words(sorted(needed))
        print(f"turnstile: waiting {seconds:.1f} s for the server to begin loading {what}", file=sys.stderr)
        time.sleep(seconds)


def _listed_since(where: ReleaseFolder, state: State, needed: Collection[int]) -> float:
    """When these versions have been in models.config at the latest, in seconds of the clock.

    The file that stands there may be younger than the server's last look at it, but say the same of them as others
    before.
    """
    since = where.config_file.stat().st_mtime
    for entry in reversed(state.entries):
        if not set(needed) <= set(entry.loaded):
            break
        since = min(since, datetime.datetime.fromisoformat(entry.time).timestamp())
    return since


def _write(where: ReleaseFolder, state: State, loaded: Collection[int], labels: Labels) -> None:
    if not loaded:  # nothing has been released
        return
    write(where, state.config, model_config.changed(state.config, where.name, where.base_path, loaded, labels))
