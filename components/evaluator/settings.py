"""What Evaluator is told: what a model must reach to be released."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from turnstile.labels import Label
from turnstile.metrics import COUNT, DISCRIMINATING, METRICS, Metric
from turnstile.section import Section, unknown_name, wrong
from turnstile.thresholds import SliceThreshold, Threshold

# Of all rows, or of some: neither none nor all of them.
Share = Annotated[float, Field(strict=True, gt=0, lt=1)]


class GapThreshold(Section):
    """How far a metric may differ between any two slices of a column."""

    column: str = Field(description="Column whose values make the slices.")
    metric: str = Field(description="Metric that is compared.")
    max: Annotated[float, Field(strict=True, gt=0)] = Field(
        description="Largest difference that passes between the slice where the metric is highest and the one where it "
        "is lowest.",
    )

    def check(self, metrics: Mapping[str, Metric], task: str, key: str) -> None:
        """Raises a PydanticCustomError naming `key` if this threshold could never fail, or is about no metric."""
        if self.metric not in metrics or metrics[self.metric].exact:
            known = [name for name, metric in metrics.items() if not metric.exact]
            raise unknown_name(f"metric of a {task} label", self.metric, known, prefix=f"{key}: ")
        most = metrics[self.metric].ceiling
        if self.max >= most:
            raise wrong(
                f"{key}: max = {self.max:g} can never fail: the metric cannot differ by more than {most:g}; give less"
            )


class ReleaseConfig(Section):
    """What a model must reach to be blessed: on all eval examples, and in each slice of them."""

    overall: dict[str, Threshold] = Field(
        description="The threshold of each metric on all eval examples.",
    )
    slices: tuple[str | tuple[str, ...], ...] = Field(
        default=(),
        description='Columns to report metrics by: `"a"` for each of its values, `["a", "b"]` for each pair of values.',
    )
    per_slice: tuple[SliceThreshold, ...] = Field(
        default=(),
        description="Thresholds on slices, which are the eval rows with one value in a column; each a table of "
        "its own.",
    )
    gap: tuple[GapThreshold, ...] = Field(
        default=(),
        description="Largest differences of a metric between the slices of a column; each a table of its own.",
    )
    max_new_errors: Share | None = Field(
        default=None,
        description="Largest share of errors that the new model may make among the eval rows that the serving model "
        "gets right; not for a regression.",
    )
    max_flips: Share | None = Field(
        default=None,
        description="Largest share of the eval rows for which the new model may predict another class than the serving "
        "one; not for a regression.",
    )
    confidence: float = Field(
        default=0.95,
        ge=0.8,
        lt=1,
        description="Share of all intervals that have the true value in them. A bound is reached or missed if the "
        "whole interval is on one side of it.",
    )
    undecided: Literal["canary", "refuse", "pass"] = Field(
        default="canary",
        description="What happens to a model if the eval rows cannot tell whether it meets its bounds: it is pushed as "
        "canary and is stable only after an override, is refused, or passes.",
    )
    min_slice_size: int = Field(
        default=100,
        ge=1,
        description="Least number of eval rows that a slice is judged on; one with fewer is only reported.",
    )
    incomparable: Literal["refuse", "first"] = Field(
        default="refuse",
        description="What happens to a model that cannot be compared with the one that serves: it is refused, or "
        "judged without a comparison, as the first model is.",
    )
    one_class: Literal["refuse", "warn"] = Field(
        default="refuse",
        description="What happens to a model that predicts one class for every eval row, or finds no positive row: it "
        "is refused, or passes with a warning.",
    )
    approval: Literal["none", "required"] = Field(
        default="none",
        description="Whether a version that the gates let through gets no label before a person types "
        "`turnstile approve`.",
    )
    # On 100 rows, an accuracy of 0.8 has a standard error of 0.04; on fewer, a metric says more about which rows they
    # are than about the model.
    min_examples: int = Field(
        default=100,
        ge=1,
        description="Least number of eval rows; on fewer, every model is refused.",
    )

    @property
    def slice_columns(self) -> tuple[tuple[str, ...], ...]:
        """Every slicing of the report, each as a tuple of columns, including those that thresholds name."""
        named = [(s,) if isinstance(s, str) else s for s in self.slices]
        bounded = [(t.slice,) for t in self.per_slice] + [(g.column,) for g in self.gap]
        return tuple(dict.fromkeys([*named, *bounded]))

    @property
    def sliced_columns(self) -> tuple[str, ...]:
        """The columns of every slicing, one after the other."""
        return tuple(column for columns in self.slice_columns for column in columns)

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
        for gap in self.gap:
            gap.check(metrics, task, f"release.gap ({gap.column}, {gap.metric})")
        if task == "regression" and (self.max_new_errors is not None or self.max_flips is not None):
            raise wrong(
                "release.max_new_errors and release.max_flips are about the classes that a model predicts, and a "
                "regression predicts numbers. Give mean_absolute_error a max_rise under [release.overall] instead"
            )
        needed = DISCRIMINATING[task]
        if needed not in self.overall or self.overall[needed].min is None:
            raise wrong(_no_floor(needed, metrics[needed], self.overall.get(needed)))


def _no_floor(name: str, metric: Metric, there: Threshold | None) -> str:
    """Says which bound is absent, and what to write: a new line, or what to add to the one that is there."""
    example = f"min = {metric.floor + 0.1:g}"
    line = f"write {name} = {{ {example} }} under it" if there is None else f"add {example} to its {name}"
    return (
        f"[release.overall] would bless a model that always gives the same answer, for it sets no min for {name}; "
        f"{line}, or another min above {metric.floor:g}"
    )


class EvaluatorSettings(Section):
    """All that Evaluator needs of a config: what a model must reach, and what it predicts."""

    release: ReleaseConfig
    label: Label
