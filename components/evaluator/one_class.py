"""A model that predicts one class whatever it is asked: noticed beside the metrics, and told in words.

Its AUC can be high: it ranks rows, and all of them end up on one side of its decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.evaluator.metrics.names import MEAN_LABEL, ONLY_CLASS, SEVERAL
from turnstile.labels import Label, MulticlassLabel

# Of a model that finds a quarter of the positive rows, one in 18 such models finds none of ten. Of fewer rows, too many
# good models find none.
_FEWEST = 10
_DECIDE = ', or under [label]: decision = "f1"'


@dataclass(frozen=True)
class OneClass:
    """What is wrong, in words, and whether there are rows enough to refuse a model for it."""

    sentence: str
    sure: bool


def found(overall: Mapping[str, float], label: Label) -> OneClass | None:
    """Says whether a model tells classes apart that the rows have; None for one that does, and for a regression.

    Args:
        overall: the metrics of all eval rows, by name.
        label: the label of the config.
    """
    if label.task == "regression" or not overall.get("example_count"):
        return None
    rows, only = overall["example_count"], overall[ONLY_CLASS]
    if isinstance(label, MulticlassLabel):
        share = overall["accuracy"]  # of a model that predicts one class, the share of the rows that are of it
        if only == SEVERAL or share == 1:
            return None
        name = repr(label.classes[int(only)])
        what = f"the model predicts {name} for all {rows:,.0f} eval rows, of which {_percent(share)} are {name}"
        return _told(what, (1 - share) * rows)
    positives = overall[MEAN_LABEL] * rows
    if positives in (0, rows) or (only == SEVERAL and overall["recall"] > 0):
        return None
    if only == 1:
        negatives = rows - positives
        what = f"the model predicts 1 for all {rows:,.0f} eval rows, though {_percent(negatives / rows)} are 0"
        return _told(what, negatives, _DECIDE)
    which = f"of the {positives:,.0f} eval rows that are 1 ({_percent(positives / rows)} of {rows:,.0f})"
    never = "it never predicts 1" if only == 0 else "whenever it predicts 1, it is wrong"
    return _told(f"the model finds none {which}: {never}, so recall is 0", positives, _DECIDE)


def _told(what: str, rows: float, more: str = "") -> OneClass:
    return OneClass(
        f'{what}. Write under [training]: class_weights = "balanced"{more}; or add rows of the rarer class, or '
        "features that tell the classes apart. To let such a model pass with a warning, write under [release]: "
        'one_class = "warn"',
        round(rows) >= _FEWEST,
    )


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
