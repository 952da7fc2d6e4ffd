"""Does what a look says: moves the labels through release control, with the evidence in the audit log."""

from __future__ import annotations

from serving.ab.arms import CANARY
from serving.canary import in_words
from serving.canary.judging import PROMOTE, RETIRE
from serving.canary.looking import Look, facts
from serving.releases import control
from serving.releases.change import Change, Evidence
from serving.releases.state import ReleaseFolder


def act(where: ReleaseFolder, looked: Look) -> Change | None:
    """Promotes or retires the canary if the look says so, and if its labels are still where they were.

    It can be killed anywhere, and be made again: before the labels have moved, the next look says the same; after that,
    there is no canary.

    Returns:
        What was changed; None if nothing is to be done, or if a person must say so first.

    Raises:
        UsageError: a label has moved since the look, or the version is not what was pushed.
    """
    judgement = looked.judgement
    if judgement is None or looked.held:
        return None
    why, evidence = in_words.why(looked), Evidence(looked.versions, facts(looked))
    if judgement.verdict == PROMOTE:
        return control.promote(where, looked.versions[CANARY], why=why, evidence=evidence)
    if judgement.verdict == RETIRE:
        return control.retire(where, looked.versions[CANARY], why=why, evidence=evidence)
    return None
