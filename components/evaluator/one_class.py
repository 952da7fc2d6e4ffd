"""A model that predicts one class whatever it is asked: noticed beside the metrics, and told in words.

Its AUC can be high: it ranks rows, and all of them end up on one side of its decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import numpy as np
from tensorflow_model_analysis.metrics import metric_types, metric_util

from components.evaluator.tfma_metrics import MEAN_LABEL, ONLY_CLASS, SEVERAL
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


class OnlyClass(metric_types.Metric):
    """The index of the class that a model of several classes says of every row; SEVERAL if it says more than one."""

    def __init__(self, name: str = ONLY_CLASS):
        """Registers the computation under `name`."""
        super().__init__(metric_util.merge_per_key_computations(_computations), name=name)


metric_types.register_metric(OnlyClass)


def _computations(
    name: str, eval_config: Any = None, model_name: str = "", output_name: str = ""
) -> list[metric_types.MetricComputation]:
    key = metric_types.MetricKey(name, model_name, output_name)
    return [metric_types.MetricComputation([key], preprocessors=None, combiner=_Combiner(key, eval_config))]


class _Combiner(beam.CombineFn):
    """Gathers the classes that are said, up to two of them."""

    def __init__(self, key: metric_types.MetricKey, eval_config: Any):
        self._key, self._eval_config = key, eval_config

    def create_accumulator(self) -> set[int]:
        return set()

    def add_input(self, classes: set[int], element: Any) -> set[int]:
        if len(classes) > 1:
            return classes
        rows = metric_util.to_label_prediction_example_weight(
            element, self._eval_config, self._key.model_name, self._key.output_name, flatten=False, squeeze=False
        )
        return classes | {int(np.argmax(prediction)) for _, prediction, _ in rows}

    def merge_accumulators(self, accumulators: Iterable[set[int]]) -> set[int]:
        return set().union(*accumulators)

    def extract_output(self, classes: set[int]) -> dict[metric_types.MetricKey, float]:
        return {self._key: float(*classes) if len(classes) == 1 else SEVERAL}
