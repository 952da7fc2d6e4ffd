"""The curves of a model's answers: ROC, precision and recall, calibration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from components.evaluator.metrics.estimates import Share
from pipeline.report import charts
from pipeline.report.answers import Answers

_POINTS = 150  # of a curve; more cannot be seen
_BINS = 10  # of a calibration, each of as many rows
_CLASSES = len(charts.SERIES)  # that a chart shows, the most frequent ones


def context(answers: Answers, classes: Sequence[Any], confidence: float) -> dict[str, Any]:
    """Returns the charts of the section.

    Args:
        answers: of some eval rows.
        classes: the names of the classes, where there are several.
        confidence: of the intervals.
    """
    if answers.task == "regression":
        return {"charts": [_calibration(regression_bins(answers.labels, answers.predictions, confidence), "value")]}
    parts = {"": (answers.labels == 1, answers.predictions)}
    if answers.task == "multiclass":
        counts = np.bincount(answers.labels.astype(int), minlength=len(classes))
        shown = [int(number) for number in np.argsort(-counts, kind="stable")[:_CLASSES] if counts[number]]
        parts = {_named(classes[n]): (answers.labels == n, answers.predictions[:, n]) for n in shown}
    positive = np.concatenate([p for p, _ in parts.values()])
    scores = np.concatenate([s for _, s in parts.values()])
    return {
        "charts": [
            _lines({name: roc(*part) for name, part in parts.items()}, "ROC", "false alarms", "found", True),
            _lines({name: precision_recall(*part) for name, part in parts.items()}, "Precision and recall",
                   "found (recall)", "right (precision)", False),
            _calibration(calibration_bins(positive, scores, confidence), "probability"),
        ],
        "left_out": len(classes) - len(parts) if answers.task == "multiclass" else 0,
    }  # fmt: skip


def roc(positive: np.ndarray, scores: np.ndarray) -> list[tuple[float, float]]:
    """Returns the points of the ROC curve: the share of negative rows, and of positive ones, above each threshold.

    Args:
        positive: bool [rows], whether a row is of the class.
        scores: float [rows].
    """
    found, others = _counts_above(positive, scores)
    return _thinned(others / max(others[-1], 1), found / max(found[-1], 1))


def precision_recall(positive: np.ndarray, scores: np.ndarray) -> list[tuple[float, float]]:
    """Returns the points of the curve of recall and precision; arguments as of `roc`."""
    found, others = _counts_above(positive, scores)
    found, others = found[1:], others[1:]
    return _thinned(found / max(found[-1], 1), found / (found + others))


def calibration_bins(positive: np.ndarray, scores: np.ndarray, confidence: float) -> list[dict[str, float]]:
    """Returns, of bins of as many rows each, the mean prediction and how often it came true, with its interval.

    Args:
        positive: bool [rows], what came true.
        scores: float [rows], the probabilities.
        confidence: of the intervals.
    """
    found = []
    for rows in np.array_split(np.argsort(scores, kind="stable"), min(_BINS, len(scores))):
        happened = float(np.mean(positive[rows]))
        low, high = Share(happened, len(rows)).interval(confidence)
        found.append(_bin(float(np.mean(scores[rows])), happened, low, high, len(rows)))
    return found


def regression_bins(labels: np.ndarray, predicted: np.ndarray, confidence: float) -> list[dict[str, float]]:
    """Returns, of bins of as many rows each, the mean prediction and the mean label, with its interval."""
    from pipeline.report.importance import mean_and_interval

    found = []
    for rows in np.array_split(np.argsort(predicted, kind="stable"), min(_BINS, max(len(labels) // 2, 1))):
        if len(rows) > 1:
            interval = mean_and_interval(labels[rows].tolist(), confidence)
            found.append(_bin(float(np.mean(predicted[rows])), *interval, len(rows)))
    return found


def _bin(predicted: float, happened: float, low: float, high: float, rows: int) -> dict[str, float]:
    return {"predicted": predicted, "happened": happened, "low": low, "high": high, "rows": rows}


def _counts_above(positive: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How many rows of the class, and how many others, are above each threshold; the highest threshold first."""
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.diff(scores[order]) != 0, True)  # of rows with the same score
    found, others = np.cumsum(positive[order])[last], np.cumsum(~positive[order])[last]
    return np.append(0, found), np.append(0, others)


def _thinned(x: np.ndarray, y: np.ndarray) -> list[tuple[float, float]]:
    kept = np.unique(np.linspace(0, len(x) - 1, _POINTS).astype(int))
    return [(round(float(x[n]), 4), round(float(y[n]), 4)) for n in kept]


def _lines(
    curves: dict[str, list[tuple[float, float]]], title: str, x_title: str, y_title: str, diagonal: bool
) -> tuple[str, str]:
    x = charts.number("x", f"{x_title}, share", scale={"domain": [0, 1]})
    y = charts.number("y", f"{y_title}, share", scale={"domain": [0, 1]})
    rows = [
        {"x": a, "y": b, "n": n, "class": name} for name, points in curves.items() for n, (a, b) in enumerate(points)
    ]
    color = {"field": "class", "type": "nominal", "scale": {"domain": list(curves), "range": charts.SERIES}}
    encoding = {"order": {"field": "n", "type": "quantitative"}, **({"color": color} if len(curves) > 1 else {})}
    line = charts.layer(rows, "line", x, y, strokeWidth=2.5, strokeJoin="round", encoding=encoding)
    return title, charts.svg([*([charts.diagonal(x, y)] if diagonal else []), line], f"{title} of the eval rows")


def _calibration(bins: list[dict[str, float]], what: str) -> tuple[str, str]:
    ends = [each[key] for each in bins for key in ("predicted", "low", "high")]
    low, high = (0.0, 1.0) if what == "probability" else (min(ends), max(ends))
    scale = {"domain": [low, high], "nice": False}
    x, y = (
        charts.number("predicted", f"{what} predicted", scale=scale),
        charts.number("happened", "what was true", scale=scale),
    )
    interval = {**y, "field": "low"}
    layers = [
        charts.diagonal(x, y, low, high),
        charts.layer(bins, "rule", x, interval, strokeWidth=2, opacity=0.55, encoding={"y2": {"field": "high"}}),
        charts.layer(bins, "point", x, y, filled=True, size=55, opacity=1),
    ]
    return "Calibration", charts.svg(layers, "What was predicted, and what was true")


def _named(value: Any, most: int = 24) -> str:
    text = str(value)
    return text if len(text) <= most else text[: most - 1] + "…"
