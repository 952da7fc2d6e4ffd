"""What a model must reach to be released: thresholds, and the checks that they can refuse something."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from turnstile.metrics import DISCRIMINATING, METRICS, Metric
from turnstile.section import Section, unknown_name, wrong

Bound = Annotated[float, Field(strict=True)]  # strict: `true` is not the number 1

# The bounds that make sense for a metric, by which way is better.
_BOUNDS = {"higher": ("min", "max_drop"), "lower": ("max", "max_rise"), "near": ("max", "min")}


class Threshold(Section):
    """What one metric must reach: bounds on its value, and on its change against the baseline."""

    min: Bound | None = None
    max: Bound | None = None
    max_drop: Annotated[Bound, Field(ge=0)] | None = None
    max_rise: Annotated[Bound, Field(ge=0)] | None = None

    def check(self, metric: Metric, key: str) -> None:
        """Raises a PydanticCustomError naming `key` if this threshold could never fail, or never be met."""
        bounds = {name: getattr(self, name) for name in Threshold.model_fields if getattr(self, name) is not None}
        allowed = _BOUNDS[metric.better]
        if not bounds:
            raise wrong(f"{key}: sets no bound, so it can never fail; give {' or '.join(allowed)}")
        if misplaced := [name for name in bounds if name not in allowed]:
            raise wrong(f"{key}: '{misplaced[0]}' does not apply; give {' or '.join(allowed)}")
        for name, bound in bounds.items():
            if why := _never(name, bound, metric):
                raise wrong(f"{key}: {name} = {bound:g} can never {why}")
        if self.min is not None and self.max is not None and self.min >= self.max:
            raise wrong(f"{key}: min = {self.min:g} and max = {self.max:g} can never both be met")


def _never(name: str, bound: float, metric: Metric) -> str:
    """Says why a bound is without effect, or "" for a good one."""
    if name == "min" and bound <= metric.floor:
        return f"fail: every model, even a constant one, reaches {metric.floor:g}; give a min above that"
    if name == "min" and bound > metric.ceiling:
        return f"be met: the best value is {metric.ceiling:g}; give a smaller one"
    if name == "max" and bound <= metric.floor:
        return f"be met: the best value is {metric.floor:g}; give a max above that"
    if name == "max_drop" and bound >= metric.ceiling - metric.floor:
        return "fail: it is the metric's whole range; give a smaller one"
    return ""


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
                f"[release.overall] would bless a model that always gives the same answer; add "
                f"{needed} = {{ min = ... }} above {floor:g}"
            )
