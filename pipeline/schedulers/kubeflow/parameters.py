"""The values of a config that a run may be given others for: a pipeline's parameters, in Kubeflow's terms."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.config import Config
from pipeline.config_file import checked
from turnstile import span_pattern

DATA, SPAN = "data", "span"
_SOURCE = "the run's parameters"  # what messages say a wrong value is from


def defaults(config: Config) -> dict[str, str | float]:
    """Returns each parameter with the config's own value: the data, its span, and every bound of release.overall.

    A bound is named for its metric, such as "auc_min". A span of "" is the latest.
    """
    found: dict[str, str | float] = {DATA: config.data.path}
    if span_pattern.is_pattern(config.data.path):
        found[SPAN] = "" if config.data.span is None else str(config.data.span)
    return found | {name: getattr(config.release.overall[m], bound) for name, (m, bound) in _bounds(config).items()}


def applied(config: Config, values: Mapping[str, str | float], check_data: bool = True) -> Config:
    """Returns the config with the values of a run's parameters.

    Args:
        config: the one that was compiled.
        values: values by the names that `defaults` gives; a parameter without a value keeps the config's.
        check_data: whether the data must be there.

    Raises:
        UsageError: a value is wrong, or there is no such data; the message says what was expected.
    """
    raw, bounds = config.model_dump(mode="json", exclude_none=True), _bounds(config)
    for name, value in values.items():
        if name == DATA:
            raw["data"]["path"] = value
        elif name == SPAN:
            raw["data"]["span"] = value or None
        else:
            metric, bound = bounds[name]
            raw["release"]["overall"][metric][bound] = value
    return checked(raw, _SOURCE, check_data, check_schema=check_data)


def _bounds(config: Config) -> dict[str, tuple[str, str]]:
    """The metric and the bound that each parameter of a threshold stands for."""
    return {
        f"{metric}_{bound}": (metric, bound)
        for metric, threshold in config.release.overall.items()
        for bound in threshold.model_dump(exclude_none=True)
    }
