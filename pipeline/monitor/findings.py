"""What is found in the data of requests: refused ones, values of another type, anomalies, missing values and skew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2
from tensorflow_metadata.proto.v0.statistics_pb2 import DatasetFeatureStatisticsList

from components.data_gate import anomalies, explanations
from components.data_gate.comparators import L_INFTY, comparators
from components.data_gate.distances import Moved, chance, moved
from components.data_gate.presence import with_empty_as_missing
from components.data_gate.settings import DataGateConfig
from components.distributions import Distribution, of_statistics
from pipeline.monitor.columns import Columns
from pipeline.monitor.released import Released
from turnstile.finding_types import MISSING, REFUSED, WRONG_TYPE

REQUESTS = "requests"  # in place of a column, where a finding is about whole requests
# By how much the share of rows without a value may be above that of training, where the schema lets rows lack it: as
# much as the comparators of the bundled schema let the share of a value differ.
_MORE_MISSING = 0.1
_SKEW = "SKEW"  # as comparators.ALLOWED has it
_SHOWN = 3  # reasons of refusals that a sentence has

_FROM_CLIENTS = "Find the client that sends this, and correct it."


@dataclass(frozen=True)
class Finding:
    """Something that requests should not be.

    Attributes:
        column: which column; REQUESTS if it is about whole requests.
        types: what it is, as `allow` has it.
        what: what was found, as sentences.
        next_step: what to do about it.
        stops: whether it is a reason for exit code 11.
    """

    column: str
    types: tuple[str, ...]
    what: str
    next_step: str
    stops: bool


@dataclass
class Refusals:
    """The requests that were refused, by the reason.

    Attributes:
        count: how many.
        reasons: how many for each reason; of more than _MOST different ones, the later are not told apart.
    """

    _MOST = 1000

    count: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, reason: str) -> None:
        """Counts one."""
        self.count += 1
        if reason in self.reasons or len(self.reasons) < self._MOST:
            self.reasons[reason] += 1


@dataclass(frozen=True)
class Data:
    """What the requests held: their statistics, if any was answered, and what is in none of these."""

    statistics: DatasetFeatureStatisticsList | None
    columns: Columns
    refusals: Refusals


def found(data: Data, released: Released, policy: DataGateConfig) -> tuple[list[Finding], list[Moved]]:
    """Holds requests against what a version was released with.

    Args:
        data: the requests.
        released: the version.
        policy: what the config allows.

    Returns:
        The findings, and how far each column with a skew comparator is from what the version was trained on.
    """
    every, distances = [*_refused(data.refusals, policy), *_misfits(data.columns, policy)], []
    if data.statistics:
        distances = _distances(data.statistics, released)
        every += _anomalies(data.statistics, released, policy)
        every += _missing(data.statistics, released, policy)
        every += [_skewed(each, policy) for each in distances if _is_skewed(each)]
    return sorted(every, key=lambda finding: not finding.stops), distances


def _finding(column: str, kind: str, what: str, next_step: str, policy: DataGateConfig) -> Finding:
    let_pass = _LET_PASS.format(f'"{column}:{kind}"')
    stops = not {"*", kind} & anomalies.allowed(column, policy)
    return Finding(column, (kind,), what, f"{next_step} {let_pass}", stops)


_LET_PASS = "If it may be so, write under [data_gate] of the config: allow = [{}]."


def _refused(refusals: Refusals, policy: DataGateConfig) -> Iterator[Finding]:
    if refusals.count:
        most = "; ".join(f"{count:,} times: {reason}" for reason, count in refusals.reasons.most_common(_SHOWN))
        what = f"{refusals.count:,} requests were refused, and got no answer. Most often, {most}."
        yield _finding(REQUESTS, REFUSED, what, _FROM_CLIENTS, policy)


def _misfits(columns: Columns, policy: DataGateConfig) -> Iterator[Finding]:
    for name, count in sorted(columns.misfits.items()):
        what = f"{count:,} values are not of the column's type in the schema, such as {columns.examples[name]!r}."
        yield _finding(name, WRONG_TYPE, what, _FROM_CLIENTS, policy)


def _anomalies(asked: DatasetFeatureStatisticsList, released: Released, policy: DataGateConfig) -> Iterator[Finding]:
    schema, (dataset,) = _without_comparators(released.schema), asked.datasets
    counted = with_empty_as_missing(asked, schema)
    said = tfdv.validate_statistics(counted, schema, environment=released.environment)
    for name, info in anomalies.findings(said, dataset):
        what = explanations.finding(name, info, dataset, schema)
        if name != explanations.DATASET:
            what = what.removeprefix(f"column '{name}': ")
        yield Finding(
            column=name,
            types=tuple(dict.fromkeys(anomalies_pb2.AnomalyInfo.Type.Name(reason.type) for reason in info.reason)),
            what=what[:1].upper() + what[1:],
            next_step=f"{_FROM_CLIENTS} {_LET_PASS.format(explanations.allowed(name, info))}",
            stops=anomalies.stops(name, info, policy),
        )


def _without_comparators(schema: schema_pb2.Schema) -> schema_pb2.Schema:
    """TFDV would warn that it has nothing to compare with."""
    bare = schema_pb2.Schema()
    bare.CopyFrom(schema)
    for feature in bare.feature:
        feature.ClearField("skew_comparator")
        feature.ClearField("drift_comparator")
    return bare


def _missing(requests: DatasetFeatureStatisticsList, released: Released, policy: DataGateConfig) -> Iterator[Finding]:
    """Columns that are missing more often than in training, which no comparator of a schema is about."""
    if released.trained_on is None:
        return
    trained, asked = (_shares_filled(each) for each in (released.trained_on, requests))
    rows = [float(each.datasets[0].num_examples) for each in (released.trained_on, requests)]
    by_chance = chance(L_INFTY, *(Distribution(0.0, values=count) for count in rows))
    for name, share in asked.items():
        before = trained.get(name, share)
        if before - share > max(_MORE_MISSING, by_chance):
            now, then = (f"{100 * (1 - each):.3g} %" for each in (share, before))
            what = f"{now} of the rows have no value; in training it was {then}."
            yield _finding(name, MISSING, what, _FROM_CLIENTS, policy)


def _shares_filled(statistics: DatasetFeatureStatisticsList) -> dict[str, float]:
    (dataset,) = statistics.datasets
    rows = max(dataset.num_examples, 1)
    return {name: min(each.values / rows, 1.0) for name, each in of_statistics(statistics).items()}


def _distances(requests: DatasetFeatureStatisticsList, released: Released) -> list[Moved]:
    if released.trained_on is None:
        return []
    return moved(released.trained_on, requests, comparators(released.schema, "skew"))


def _is_skewed(column: Moved) -> bool:
    """Whether a column is further from training than the schema allows, and than chance takes so few rows."""
    return column.value is not None and column.value > max(column.limit, column.chance)


def _skewed(column: Moved, policy: DataGateConfig) -> Finding:
    what = (
        f"The requests are not like the data of training: the distance is {column.value:.2g}, and the schema allows "
        f"{column.limit:.2g}. {column.change}"
    ).strip()
    next_step = "Find out what changed: a client that sends something else, or the world; then train on newer data."
    return _finding(column.column, _SKEW, what, next_step, policy)
