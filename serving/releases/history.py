"""What the audit log tells: which versions were stable, in which order, and which are retired."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from serving.releases.audit_log import Entry

STABLE, CANARY = "stable", "canary"


@dataclass(frozen=True)
class History:
    """A model's past.

    Attributes:
        stable: the versions to go back through, oldest first; the last one is stable now.
        retired: versions that were taken out or rejected, and not labelled since.
    """

    stable: tuple[int, ...] = ()
    retired: frozenset[int] = frozenset()

    def previous(self, there: Collection[int]) -> int | None:
        """Returns the version that a rollback leads to; None if there is none.

        Args:
            there: the versions that can be loaded; others are passed over, and retired ones.
        """
        present = self.stable[-1:]
        usable = [v for v in self.stable if v in there and v not in self.retired and v not in present]
        return usable[-1] if usable else None

    def standby(self, there: Collection[int]) -> int | None:
        """Returns the version that stays loaded for a rollback; None if there is none.

        Its number must be lower than stable's: a request that names no version goes to the highest that is loaded.
        """
        previous = self.previous(there)
        return previous if previous is not None and previous < self.stable[-1] else None


def replay(entries: Iterable[Entry], labels: Mapping[str, int]) -> History:
    """Goes through the past: promotions go up a stack and rollbacks down, so that a second rollback goes back two.

    Args:
        entries: those that took effect, oldest first.
        labels: where the labels are in the end.
    """
    stack: list[int] = []
    retired: set[int] = set()
    for entry in entries:
        old, new = entry.before.get(STABLE), entry.after.get(STABLE)
        _stand_on(stack, old)  # the log begins here, or models.config was edited by hand
        if new is not None and new != old:
            if entry.action == "rollback" and new in stack:
                while stack[-1] != new:
                    stack.pop()
            _stand_on(stack, new)
        if entry.action in ("retire", "reject"):
            retired.add(entry.version)
        if entry.action == "approve":  # takes a rejection back, also where it gives no label
            retired.discard(entry.version)
        retired -= set(entry.after.values())
    _stand_on(stack, labels.get(STABLE))
    return History(tuple(stack), frozenset(retired))


def _stand_on(stack: list[int], version: int | None) -> None:
    if version is not None and stack[-1:] != [version]:
        stack.append(version)
