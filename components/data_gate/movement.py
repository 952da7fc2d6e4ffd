"""Judges how far columns have moved: from the data that passed before, and from what is served."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2

from components.data_gate.anomalies import allowed
from components.data_gate.comparators import KINDS, L_INFTY, Comparator, Kind, comparators
from components.data_gate.distances import Moved, moved
from components.data_gate.settings import DataGateConfig, DataGateSettings
from components.distributions import read_split
from turnstile.places import Place, place

# Verdicts on a column.
WITHIN, WARNED, REFUSED = "within", "warned", "refused"

_FIRST = "There is nothing to compare the data with yet: no {} has passed DataGate before."
_NO_RECORDS = "There are no records of earlier runs here that DataGate could ask, so it has not looked for drift."
_REQUESTS = "the requests that turnstile monitor has seen"
_DONE: Mapping[Kind, str] = {"drift": "has drifted", "skew": "is skewed"}
_OF_NUMBERS = " infinity_norm compares text; for numbers, write jensen_shannon_divergence into the schema."


@dataclass(frozen=True)
class Other:
    """Rows that a split is compared with.

    Attributes:
        kind: what a difference from them is.
        name: what they are, in words.
        split: the split that is compared with them.
        statistics: the folder with the file of their statistics.
        far: whether they are those of some spans before; then a difference is only a warning.
    """

    kind: Kind
    name: str
    split: str
    statistics: Place
    far: bool = False


@dataclass
class Found:
    """What was found: the reasons to stop, the findings that are none, what was not compared, and all distances."""

    refusals: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    distances: list[dict[str, Any]] = field(default_factory=list)

    def add(self, other: Other, column: Moved, policy: DataGateConfig) -> None:
        """Adds what came of a column; of what has moved from the span before, that it moved slowly is not told too."""
        if column.value is None:
            self.notes.append(_not_compared(other, column))
            return
        verdict, why = _verdict(other, column, column.value, policy)
        told = any(each["column"] == column.column and each["verdict"] != WITHIN for each in self.distances)
        self.distances.append(_as_dict(other, column, verdict))
        if verdict == REFUSED or (verdict == WARNED and not (other.far and told)):
            sentences = self.refusals if verdict == REFUSED else self.warnings
            sentences.append(" ".join(filter(None, (_distance(other, column), column.change, why))))


def judged(told: str | None, statistics: Mapping[str, Place], schema: schema_pb2.Schema, by: DataGateSettings) -> Found:
    """Compares the data with what the driver has found.

    Args:
        told: the driver's words; None where no driver has run.
        statistics: the folder of the statistics of each split.
        schema: whose comparators say how far columns may move.
        by: which split is compared with earlier data, and what is allowed.
    """
    found = Found()
    asked = {kind: comparators(schema, kind) for kind in KINDS}
    compared = {"drift": None} if told is None else json.loads(told)
    if asked["drift"] and not compared.get("drift"):
        first = _FIRST.format("earlier span" if by.by_span else "other data")
        found.notes.append(_NO_RECORDS if compared.get("drift") is None else first)
    for other in _others(compared, by):
        for column in _moved(other, statistics[other.split], asked[other.kind]):
            found.add(other, column, by.policy)
    return found


def _others(compared: Mapping[str, Any], by: DataGateSettings) -> Iterator[Other]:
    for far, each in enumerate(compared.get("drift") or []):
        statistics = place(each["statistics"]) / f"Split-{by.compared}"
        yield Other("drift", each["name"], by.compared, statistics, far > 0)
    if served := compared.get("skew"):
        yield Other("skew", _REQUESTS, "train", place(served["statistics"]))


def _moved(other: Other, split: Place, asked: Sequence[Comparator]) -> list[Moved]:
    others, rows = read_split(other.statistics), read_split(split)
    # Skew is told from the rows of training, as by `turnstile monitor`, so that both find the same distance.
    return moved(rows, others, asked) if other.kind == "skew" else moved(others, rows, asked)


def _verdict(other: Other, column: Moved, value: float, policy: DataGateConfig) -> tuple[str, str]:
    """The verdict on a column, and what to know about it as words."""
    rule = other.kind.upper()
    if value <= column.limit:
        return WITHIN, ""
    if value <= column.chance:
        return WARNED, f"With so few rows, chance alone can make it {column.chance:.2g}."
    if other.far:
        return WARNED, "From one span to the next it stayed within that, so it moves slowly."
    if {"*", rule} & allowed(column.column, policy):
        return WARNED, f'"{column.column}:{rule}" under [data_gate] lets it pass.'
    return REFUSED, (
        f'Find out why. Let it pass by a line under [data_gate] of the config: allow = ["{column.column}:{rule}"]; or, '
        f"if it moves so by its nature, raise the threshold of its {other.kind}_comparator in the schema"
        + (": turnstile schema comparators proposes one" if other.kind == "drift" else "")
    )


def _distance(other: Other, column: Moved) -> str:
    bound = f"its distance from {other.name} is {column.value:.2g}, and the schema allows {column.limit:.2g}"
    return f"column '{column.column}' {_DONE[other.kind]}: {bound}."


def _not_compared(other: Other, column: Moved) -> str:
    why = f"one of them has no values, or of another type.{_OF_NUMBERS if column.measure == L_INFTY else ''}"
    return f"Column '{column.column}' was not compared with {other.name}: {why}"


def _as_dict(other: Other, column: Moved, verdict: str) -> dict[str, Any]:
    found = {name: value for name, value in asdict(column).items() if name != "change"}
    return {"split": other.split, "kind": other.kind, "against": other.name, "verdict": verdict, **found}
