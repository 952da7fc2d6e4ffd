"""The shift of a version's answers: how it answers requests, beside how it answered the rows it was judged on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from components.distributions import distance, of_statistics
from pipeline.monitor.columns import Columns
from pipeline.monitor.released import Released
from pipeline.monitor.statistics import Statistics
from pipeline.report.answers import of_eval_rows
from serving.model.saved_model import SavedModel
from turnstile.labels import ANSWER, PREDICTION, Label, MulticlassLabel

_BATCH = 4_096


@dataclass(frozen=True)
class Shift:
    """How the answers to requests differ from those to the eval split.

    Attributes:
        output: what of an answer is compared.
        answers: how many answers there are.
        distance: the Jensen-Shannon divergence of the two, from 0 to 1; None if the eval rows are gone.
        then, now: the mean of the numbers, or the share of each class; None where there is none.
    """

    output: str
    answers: int
    distance: float | None
    then: Any
    now: Any


class Answers:
    """Counts how requests are answered.

    Args:
        label: of the model.
    """

    def __init__(self, label: Label):
        self.label = label
        # Of several classes, the likeliest one is compared: their probabilities are many numbers.
        self.output = ANSWER if isinstance(label, MulticlassLabel) else PREDICTION[label.task]
        self._statistics = Statistics(label)
        kind = schema_pb2.BYTES if isinstance(label, MulticlassLabel) else schema_pb2.FLOAT
        self._columns = Columns(schema_pb2.Schema(feature=[{"name": self.output, "type": kind}]), {})

    def add(self, outputs: Sequence[Mapping[str, Any]]) -> None:
        """Adds answers."""
        there = [self._cell(row[self.output]) for row in outputs if row.get(self.output) is not None]
        if there:
            self._statistics.add(self._columns.batch([{self.output: value} for value in there]))

    def _cell(self, value: Any) -> Any:
        return str(value) if isinstance(self.label, MulticlassLabel) else value

    @property
    def count(self) -> int:
        """How many there were."""
        return self._statistics.rows

    def result(self) -> statistics_pb2.DatasetFeatureStatisticsList:
        """Returns their statistics."""
        return self._statistics.result()


def shift(answers: Answers, released: Released) -> Shift | None:
    """Compares answers with those to the eval split; None if there are no answers, as in a log of examples."""
    if not answers.count:
        return None
    now = answers.result()
    then = _to_eval_rows(answers, released) if released.examples else None
    found = [of_statistics(each).get(answers.output) if each else None for each in (then, now)]
    apart = distance(found[0], found[1]) if found[0] and found[1] else None
    return Shift(answers.output, answers.count, apart, _middle(then, answers.output), _middle(now, answers.output))


def _to_eval_rows(answers: Answers, released: Released) -> statistics_pb2.DatasetFeatureStatisticsList:
    assert released.examples is not None
    task, label = answers.label.task, answers.label
    model = SavedModel(released.folder)
    try:
        said = of_eval_rows(model, task, released.examples).predictions
    finally:
        model.close()
    values: list[Any] = said.tolist()
    if isinstance(label, MulticlassLabel):
        values = [label.classes[number] for number in np.argmax(said, axis=1)]
    then = Answers(label)
    for start in range(0, len(values), _BATCH):
        then.add([{answers.output: value} for value in values[start : start + _BATCH]])
    return then.result()


def _middle(statistics: statistics_pb2.DatasetFeatureStatisticsList | None, name: str) -> Any:
    if statistics is None:
        return None
    column = next(f for f in statistics.datasets[0].features if f.path.step[0] == name)
    if column.HasField("num_stats"):
        return column.num_stats.mean
    buckets, total = column.string_stats.rank_histogram.buckets, column.string_stats.common_stats.tot_num_values
    return {bucket.label: bucket.sample_count / total for bucket in buckets}
