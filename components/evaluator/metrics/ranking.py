"""How well scores rank rows: the areas under the two curves, from histograms."""

from __future__ import annotations

import numpy as np

from components.evaluator.metrics.grouped_sums import ratio


def auc(positives: np.ndarray, negatives: np.ndarray) -> np.ndarray:
    """The area under the ROC curve; 0 if all labels are the same, as TFMA has it.

    It is the share of pairs of a positive and a negative row of which the positive one has the higher prediction;
    a tie, here two predictions in the same bin, counts half, as the trapezoids under the curve have it.
    Source: Fawcett, An introduction to ROC analysis, Pattern Recognition Letters 27 (2006), sections 4 and 7.

    Args:
        positives: how many positive rows are in each bin, bins ascending; [..., bins].
        negatives: how many negative ones.
    """
    pairs = positives.sum(-1) * negatives.sum(-1)
    lower = np.cumsum(negatives, axis=-1) - negatives
    return np.nan_to_num(ratio((positives * (lower + negatives / 2)).sum(-1), pairs))


def pr_auc(positives: np.ndarray, negatives: np.ndarray) -> np.ndarray:
    """The area under the curve of precision and recall, as average precision; NaN if no label is positive.

    It is the mean, over the positive rows, of the precision among all rows that are predicted at least as high; two
    predictions in the same bin are as high as each other.
    Source: Davis and Goadrich, The relationship between precision-recall and ROC curves, ICML 2006.

    Args:
        positives: how many positive rows are in each bin, bins ascending; [..., bins].
        negatives: how many negative ones.
    """
    found = np.cumsum(positives[..., ::-1], axis=-1)
    predicted = np.cumsum((positives + negatives)[..., ::-1], axis=-1)
    precision = np.nan_to_num(ratio(found, predicted))
    return ratio((positives[..., ::-1] * precision).sum(-1), positives.sum(-1))
