"""What Evaluator is told: what a model must reach to be released."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from turnstile.columns import Label
from turnstile.metrics import COUNT, DISCRIMINATING, METRICS
from turnstile.section import Section, unknown_name, wrong
from turnstile.thresholds import SliceThreshold, Threshold


class ReleaseConfig(Section):
    """What a model must reach to be blessed: overall, and in each slice of at least `min_slice_size` examples.

    `slices` are columns to report metrics by ("a", or ["a", "b"] for their cross). `incomparable` says what becomes of
    a model when the one that serves cannot be asked about the same rows, or answers another question: "refuse" refuses
    it, "first" judges it as the first model is, without a comparison.
    Of fewer than `min_examples` examples in all, no model is blessed.
    """

    overall: dict[str, Threshold]
    slices: tuple[str | tuple[str, ...], ...] = ()
    per_slice: tuple[SliceThreshold, ...] = ()
    min_slice_size: int = Field(default=100, ge=1)
    incomparable: Literal["refuse", "first"] = "refuse"
    # Of the whole eval split. On 100 rows, an accuracy of 0.8 has a standard error of 0.04; on fewer, a metric says
    # more about which rows they are than about the model.
    min_examples: int = Field(default=100, ge=1)

    @property
    def slice_columns(self) -> tuple[tuple[str, ...], ...]:
        """Every slicing of the report, each as a tuple of columns; those of thresholds included."""
        named = [(s,) if isinstance(s, str) else s for s in self.slices]
        return tuple(dict.fromkeys([*named, *((t.slice,) for t in self.per_slice)]))

    @property
    def required(self) -> dict[str, Threshold]:
        """The thresholds of the overall slice, by metric: those of `overall`, and that on the number of examples."""
        count = self.overall.get(COUNT, Threshold())
        least = max(count.min or 0, self.min_examples)
        return self.overall | {COUNT: count.model_copy(update={"min": float(least)})}

    def check(self, task: str) -> None:
        """Raises a PydanticCustomError for thresholds that do not suit the task or would let anything through."""
        metrics = METRICS[task]
        overall = [(f"release.overall.{name}", name, threshold) for name, threshold in self.overall.items()]
        per_slice = [(f"release.per_slice ({t.slice}, {t.metric})", t.metric, t) for t in self.per_slice]
        for key, name, threshold in [*overall, *per_slice]:
            if name not in metrics:
                raise unknown_name(f"metric of a {task} label", name, list(metrics), prefix=f"{key}: ")
            threshold.check(metrics[name], key)
        needed = DISCRIMINATING[task]
        if needed not in self.overall or self.overall[needed].min is None:
            floor = metrics[needed].floor
            raise wrong(
                f"[release.overall] has no effective threshold: without {needed} = {{ min = ... }} above {floor:g}, "
                "a model that always gives the same answer could be blessed"
            )


class EvaluatorSettings(Section):
    """All that Evaluator needs of a config: what a model must reach, and what it predicts."""

    release: ReleaseConfig
    label: Label
