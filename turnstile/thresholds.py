"""What a model must reach to be released: thresholds, and the checks that they can refuse something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from turnstile.metrics import Metric
from turnstile.section import Section, wrong

Bound = Annotated[float, Field(strict=True)]  # strict: `true` is not the number 1

# The bounds that make sense for a metric, by which way is better.
_BOUNDS = {"higher": ("min", "max_drop"), "lower": ("max", "max_rise"), "near": ("max", "min")}

_BETTER = {
    "higher": "a higher value is better",
    "lower": "a lower value is better",
    "near": "a value near 1 is better",
}


class Threshold(Section):
    """What one metric must reach: bounds on its value, and on its change against the baseline."""

    min: Bound | None = Field(default=None, description="Least value that passes.")
    max: Bound | None = Field(default=None, description="Greatest value that passes.")
    max_drop: Annotated[Bound, Field(ge=0)] | None = Field(
        default=None,
        description="How much lower than the baseline's the value may be; for metrics where higher is better.",
    )
    max_rise: Annotated[Bound, Field(ge=0)] | None = Field(
        default=None,
        description="How much higher than the baseline's the value may be; for metrics where lower is better.",
    )

    def check(self, metric: Metric, key: str) -> None:
        """Raises a PydanticCustomError naming `key` if this threshold could never fail, or never be met."""
        bounds = {name: getattr(self, name) for name in Threshold.model_fields if getattr(self, name) is not None}
        allowed = _BOUNDS[metric.better]
        if not bounds:
            raise wrong(f"{key}: sets no bound, so it can never fail; give {' or '.join(allowed)}")
        if misplaced := [name for name in bounds if name not in allowed]:
            raise wrong(
                f"{key}: '{misplaced[0]}' does not apply; {_BETTER[metric.better]}, so give {' or '.join(allowed)}"
            )
        for name, bound in bounds.items():
            if why := _never(name, bound, metric):
                raise wrong(f"{key}: {name} = {bound:g} can never {why}")
        if self.min is not None and self.max is not None and self.min >= self.max:
            raise wrong(
                f"{key}: min = {self.min:g} and max = {self.max:g} can never both be met; give a max above the min"
            )


def _never(name: str, bound: float, metric: Metric) -> str:
    """Says why a bound has no effect; "" for one that has."""
    if name == "min" and bound <= metric.floor:
        return f"fail: every model, even a constant one, reaches {metric.floor:g}; give a min above that"
    if name == "min" and bound > metric.ceiling:
        return f"be met: the best value is {metric.ceiling:g}; give a smaller one"
    if name == "max" and bound <= metric.floor:
        return f"be met: the best value is {metric.floor:g}; give a max above that"
    if name == "max_drop" and bound >= metric.ceiling - metric.floor:
        return f"fail: the metric can only drop by {metric.ceiling - metric.floor:g}; give less than that"
    return ""


class SliceThreshold(Threshold):
    """A threshold on every slice of one column, or on the slice of one of its values."""

    slice: str = Field(description="Column whose values make the slices.")
    metric: str = Field(description="Metric that the threshold is for.")
    value: str | int | None = Field(
        default=None,
        description="Value whose slice the threshold is for; by default the slice of every value.",
    )


def required(threshold: Threshold, baseline: float | None) -> str:
    """Returns what a metric must reach, as "≥ 0.9, ≥ 0.94 (baseline)"; the change only where there is a baseline."""
    parts = []
    if threshold.min is not None:
        parts.append(f"≥ {threshold.min:g}")
    if threshold.max is not None:
        parts.append(f"≤ {threshold.max:g}")
    if threshold.max_drop is not None and baseline is not None:
        parts.append(f"≥ {baseline - threshold.max_drop:.4f} (baseline)")
    if threshold.max_rise is not None and baseline is not None:
        parts.append(f"≤ {baseline + threshold.max_rise:.4f} (baseline)")
    return ", ".join(parts)


def plus_minus(interval: Mapping[str, float] | None) -> str:
    """Returns half of an interval, which may reach further to one side, as " ± 0.011"; "" if there is none."""
    if not interval:
        return ""
    half = (interval["high"] - interval["low"]) / 2
    return f" ± {half:#.2g}" if half < 10 else f" ± {half:,.0f}"
