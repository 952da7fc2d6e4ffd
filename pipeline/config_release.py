"""What a model must reach to be released: thresholds, and the checks that they can refuse something."""

from __future__ import annotations

from pydantic import Field
from pydantic_core import PydanticCustomError

from components.metrics import DISCRIMINATING, METRICS, Metric
from pipeline.config_base import Section, unknown_name


class Threshold(Section):
    """What one metric must reach: bounds on its value, and on its change against the baseline."""

    min: float | None = None
    max: float | None = None
    max_drop: float | None = Field(default=None, ge=0)
    max_rise: float | None = Field(default=None, ge=0)

    def check(self, metric: Metric) -> None:
        """Raises a PydanticCustomError when this threshold of `metric` could never fail, or never be met."""
        allowed = {
            "higher": {"min", "max_drop"},
            "lower": {"max", "max_rise"},
            "near": {"min", "max"},
        }[metric.better]
        given = {key for key in Threshold.model_fields if getattr(self, key) is not None}
        if not given:
            self._refuse(metric, f"sets no bound, so it can never fail; give {' or '.join(sorted(allowed))}")
        if given - allowed:
            wrong = sorted(given - allowed)[0]
            self._refuse(metric, f"'{wrong}' does not apply; give {' or '.join(sorted(allowed))}")
        if self.min is not None and self.min <= metric.floor:
            self._refuse(
                metric, f"min = {self.min:g} can never fail: every model, even a constant one, reaches "
                f"{metric.floor:g}; give a min above that"
            )  # fmt: skip
        if self.min is not None and self.min > metric.ceiling:
            self._refuse(metric, f"min = {self.min:g} can never be met; the best value is {metric.ceiling:g}")
        if self.max is not None and self.max <= metric.floor:
            self._refuse(metric, f"max = {self.max:g} can never be met; give a max above {metric.floor:g}")
        if self.max_drop is not None and self.max_drop >= metric.ceiling - metric.floor:
            self._refuse(metric, f"max_drop = {self.max_drop:g} can never fail: it is the metric's whole range")

    @staticmethod
    def _refuse(metric: Metric, why: str) -> None:
        raise PydanticCustomError("threshold", "{message}", {"message": f"{metric.name}: {why}"})


class SliceThreshold(Threshold):
    """A threshold on every slice of one column, or on the slice of one of its values."""

    slice: str
    metric: str
    value: str | int | None = None


class ReleaseConfig(Section):
    """What a model must reach to be blessed: overall, and in each slice of at least `min_slice_size` examples.

    `slices` are columns to report metrics by ("a", or ["a", "b"] for their cross).
    """

    overall: dict[str, Threshold]
    slices: tuple[str | tuple[str, ...], ...] = ()
    per_slice: tuple[SliceThreshold, ...] = ()
    min_slice_size: int = Field(default=100, ge=1)

    @property
    def slice_columns(self) -> tuple[tuple[str, ...], ...]:
        """Every slicing of the report, each as a tuple of columns; those of thresholds included."""
        named = [(s,) if isinstance(s, str) else s for s in self.slices]
        return tuple(dict.fromkeys([*named, *((t.slice,) for t in self.per_slice)]))

    def check(self, task: str) -> None:
        """Raises a PydanticCustomError for thresholds that do not suit the task or would let anything through."""
        metrics = METRICS[task]
        for name, threshold in [*self.overall.items(), *((t.metric, t) for t in self.per_slice)]:
            if name not in metrics:
                raise unknown_name(f"metric of a {task} label", name, list(metrics))
            threshold.check(metrics[name])
        needed = DISCRIMINATING[task]
        if needed not in self.overall or self.overall[needed].min is None:
            floor = metrics[needed].floor
            message = (
                f"[release.overall] has no effective threshold: without {needed} = {{ min = ... }} above {floor:g}, "
                "a model that always gives the same answer could be blessed"
            )
            raise PydanticCustomError("threshold", "{message}", {"message": message})
