"""The standard errors of metrics, and of their differences between two models, by leaving out a group at a time.

A metric of all rows but a group's differs from that of all rows by what this group has to say. How much these
differences vary tells how much the metric does: the delete-a-group jackknife. It asks nothing of a metric but that it
can be computed; and of two models on the same rows it gives the error of their difference, whatever they share.
Source: Kott, The delete-a-group jackknife, Journal of Official Statistics 17 (2001); Efron and Stein, The jackknife
estimate of variance, Annals of Statistics 9 (1981).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from components.evaluator.metrics.estimates import Estimate, Measured, Share
from components.evaluator.metrics.groups import GROUPS, different_rows
from components.evaluator.metrics.names import FIXED, MEAN_LABEL, NEW_ERRORS, RARER
from turnstile.metrics import COUNT, METRICS

# Of fewer rows of the rarer class, the error itself is anybody's guess.
FEWEST = 10
# Where positive rows are few and rank high, no group holds one that ranks low, though another sample would: the
# jackknife's error of the AUC is too small. So that which the AUC alone lets one expect counts like so many rows.
_EXPECTED_ROWS = 10

Array = np.ndarray  # [metrics, 2 + GROUPS], see GroupedSums.measured


class Jackknife:
    """What was measured of a model on some rows.

    Args:
        task: "binary", "multiclass" or "regression".
        names: the metrics that the array has, in this order.
        array: see GroupedSums.measured.
    """

    def __init__(self, task: str, names: list[str], array: Array):
        self._task, self._rows = task, dict(zip(names, array, strict=True))
        self.rarer = self.value(RARER)
        self.count, _, *left_out = self._rows[COUNT]
        self._different = different_rows(sum(rows < self.count for rows in left_out))

    def value(self, name: str) -> float:
        """Returns a metric's value, NaN if there is none."""
        return float(self._rows[name][0]) if name in self._rows else math.nan

    def estimates(self) -> dict[str, Measured]:
        """Returns each metric of the task's table, and each helper."""
        return {name: self.estimate(name) for name in self._rows}

    def estimate(self, name: str) -> Measured:
        """Returns a metric."""
        value, trials, *left_out = self._rows[name]
        if trials > 0:
            # Of a share of rows that are all different, the rows themselves say how much it varies.
            rows = _trials(float(value), _spread(left_out), float(trials))
            return Share(float(value), min(rows, self._different))
        metric = METRICS[self._task].get(name)
        if metric is None or metric.exact:
            return Estimate(float(value))
        error = self._error(left_out)
        if metric.scale != "share":
            return Estimate(float(value), error, self._freedom(), metric.scale)
        if self._task == "binary" and name == "auc":
            positives = self.value(MEAN_LABEL) * self.count
            return _of_auc(float(value), error, positives, self.count - positives, self._freedom())
        if self._task == "binary" and name == "pr_auc":
            return _of_pr_auc(float(value), error, self.value(MEAN_LABEL) * self.count, self.count, self._freedom())
        return Share(float(value), _trials(float(value), error, self.count), self._freedom())

    def difference(self, name: str, served: Jackknife) -> Measured:
        """Returns a metric's difference from that of the model which serves, on the same rows."""
        (value, trials, *left_out), (before, _, *others) = self._rows[name], served._rows[name]
        if name == "accuracy":
            worse, better = (self._rows[n][0] * self._rows[n][1] for n in (NEW_ERRORS, FIXED))
            paired = _paired_shares(np.nan_to_num(worse), np.nan_to_num(better), trials)
            return Estimate(paired.value, max(paired.error, _spread(np.subtract(left_out, others))))
        error = self._error(np.subtract(left_out, others))
        if trials > 0:
            # As in _paired_shares: two models may agree on every row of these few, and not on those of another sample.
            return Estimate(float(value - before), math.hypot(error * trials, 1) / (trials + 2), GROUPS - 1)
        return Estimate(float(value - before), error, self._freedom())

    def _error(self, left_out: Sequence[float]) -> float:
        return _spread(left_out) if self.rarer >= FEWEST else math.nan

    def _freedom(self) -> float:
        """One less than the groups; where there are fewer rows of the rarer class, one less than these."""
        return max(min(GROUPS, self.rarer) - 1, 1)


def _spread(left_out: Sequence[float]) -> float:
    """The jackknife's standard error, from the values without each group in turn."""
    values = np.asarray(left_out)
    return math.sqrt((GROUPS - 1) / GROUPS * float(((values - values.mean()) ** 2).sum()))


def _trials(value: float, error: float, most: float) -> float:
    """Of how many rows a share of this value would have this standard error; NaN if the error is."""
    return error if math.isnan(error) else min(value * (1 - value) / error**2, most) if error else most


def _of_auc(auc: float, error: float, positives: float, negatives: float, freedom: float) -> Share:
    """An AUC whose error is the jackknife's and the one that is expected of it, by the rows that each speaks for.

    Source of the latter: Hanley and McNeil, The meaning and use of the area under a ROC curve, Radiology 143 (1982).
    """
    if math.isnan(error):
        return Share(auc, error)
    rarer, pairs = min(positives, negatives), positives * negatives
    a = min(max(auc, 0.5 / pairs), 1 - 0.5 / pairs)  # of a perfect one, nothing would be expected
    both_positive, both_negative = a / (2 - a), 2 * a * a / (1 + a)
    spread = a * (1 - a) + (positives - 1) * (both_positive - a * a) + (negatives - 1) * (both_negative - a * a)
    variance = (error**2 * rarer + spread / pairs * _EXPECTED_ROWS) / (rarer + _EXPECTED_ROWS)
    return Share(auc, _trials(a, math.sqrt(variance), positives + negatives), freedom)


def _of_pr_auc(area: float, error: float, positives: float, count: float, freedom: float) -> Share:
    """An average precision whose error is the jackknife's and that of a share of the positive rows, as of an AUC.

    Source of the latter: Boyd, Eng and Page, Area under the precision-recall curve: point estimates and confidence
    intervals, ECML PKDD 2013.
    """
    if math.isnan(error):
        return Share(area, error)
    rarer = min(positives, count - positives)
    variance = (error**2 * rarer + area * (1 - area) / positives * _EXPECTED_ROWS) / (rarer + _EXPECTED_ROWS)
    return Share(area, _trials(area, math.sqrt(variance), count), freedom)


def _paired_shares(worse: float, better: float, rows: float) -> Estimate:
    """The difference of two shares of the same rows, also where the two models are seldom of two minds.

    Source: Agresti and Min, Simple improved confidence intervals for comparing matched proportions, Statistics in
    Medicine 24 (2005): as if there were one row more on which only either is right, and one more on which both agree.

    Args:
        worse: how many rows the model gets wrong that the one which serves has right.
        better: how many the other way round.
        rows: how many there are.
    """
    if not rows:
        return Estimate(math.nan)
    variance = (worse + better + 1 - (better - worse) ** 2 / (rows + 2)) / (rows + 2) ** 2
    return Estimate(float((better - worse) / rows), math.sqrt(variance))


def of_models(
    task: str, names: list[str], candidate: Array, served: Array | None
) -> tuple[dict[str, Measured], dict[str, Measured]]:
    """Returns the metrics of a model, and their differences from those of the model that serves; none if none does."""
    found = Jackknife(task, names, candidate)
    before = Jackknife(task, names, served) if served is not None else None
    differences: Mapping[str, Measured] = {
        name: found.difference(name, before) for name in METRICS[task] if before and not METRICS[task][name].exact
    }
    return found.estimates(), dict(differences)
