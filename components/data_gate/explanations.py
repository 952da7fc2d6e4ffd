"""Anomalies in words: which column, what was seen, what the schema expects, what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from components.data_gate.observed import number, observed, some
from components.data_gate.presence import filled_rows

# What to do about an anomaly, where a schema was reviewed and where it was inferred from the same data.
REVIEWED = (
    "Fix the data, or let this pass by a line under [data_gate] of the config: allow = [{}]; or change the schema: "
    "turnstile schema diff says how"
)
INFERRED = "Fix the data, or write under [data_gate] of the config: allow = [{}]"
AND_SCHEMA = ", and change the schema: turnstile schema diff says how"  # beside a change of the config
DATASET = "dataset"  # the name, in place of a column's, of what is true of all examples together
# Values of a domain to name before the rest is only counted.
_NAMED = 12
OUT_OF_RANGE = {
    anomalies_pb2.AnomalyInfo.INT_TYPE_SMALL_INT,
    anomalies_pb2.AnomalyInfo.INT_TYPE_BIG_INT,
    anomalies_pb2.AnomalyInfo.FLOAT_TYPE_SMALL_FLOAT,
    anomalies_pb2.AnomalyInfo.FLOAT_TYPE_BIG_FLOAT,
}
# Of these, what was seen and what was expected tell all that TFDV's description does.
_SHORT = dict.fromkeys(OUT_OF_RANGE, "Out-of-range values") | {
    anomalies_pb2.AnomalyInfo.ENUM_TYPE_UNEXPECTED_STRING_VALUES: "Unexpected string values",
    anomalies_pb2.AnomalyInfo.FEATURE_TYPE_LOW_FRACTION_PRESENT: "Too many rows without a value",
}
_SEEN = re.compile(r" Seen: .*?\. (?=The schema )")


def describe(
    name: str,
    info: anomalies_pb2.AnomalyInfo,
    statistics: statistics_pb2.DatasetFeatureStatistics,
    schema: schema_pb2.Schema,
    split: str,
    next_step: str,
) -> str:
    """Returns one anomaly as a sentence or two.

    Args:
        name: the column, as TFDV names it.
        info: the anomaly.
        statistics: the split's statistics, for what was seen.
        schema: the schema, which says what was expected.
        split: the split's name.
        next_step: REVIEWED or INFERRED.
    """
    next_step = next_step.format(allowed(name, info))
    return f"split '{split}': {finding(name, info, statistics, schema)} {next_step}"


def allowed(name: str, info: anomalies_pb2.AnomalyInfo) -> str:
    """Returns what lets an anomaly pass, as it is written into `allow` of the config."""
    kinds = dict.fromkeys(anomalies_pb2.AnomalyInfo.Type.Name(reason.type) for reason in info.reason)
    return ", ".join(f'"{name}:{kind}"' for kind in kinds or ["*"])


def finding(
    name: str,
    info: anomalies_pb2.AnomalyInfo,
    statistics: statistics_pb2.DatasetFeatureStatistics,
    schema: schema_pb2.Schema,
) -> str:
    """Returns what was found, seen and expected, as sentences; arguments as of `describe`."""
    what = "; ".join(dict.fromkeys(_what(reason) for reason in info.reason or [info]))
    if name == DATASET:
        return f"{what}. Seen: {statistics.num_examples:,} examples."
    seen = _seen(name, statistics, info.reason)
    return f"column '{name}': {what}.{seen} {_expected(name, schema)}"


def _what(reason: anomalies_pb2.AnomalyInfo | anomalies_pb2.AnomalyInfo.Reason) -> str:
    short = _SHORT.get(reason.type) if isinstance(reason, anomalies_pb2.AnomalyInfo.Reason) else None
    return short or f"{reason.short_description}: {reason.description}".rstrip(". ")


def told_once(sentences: list[str]) -> list[str]:
    """Joins what was found alike in several splits into one sentence, about "splits 'train', 'eval'".

    Where only the values that were seen differ, those of the first split are told.
    """
    found: dict[str, tuple[str, list[str]]] = {}
    for sentence in sentences:
        split, what = sentence.removeprefix("split ").split(": ", 1)
        found.setdefault(_SEEN.sub(" ", what), (what, []))[1].append(split)
    return [f"split{'s' * (len(splits) > 1)} {', '.join(splits)}: {what}" for what, splits in found.values()]


def columns_without_values(statistics: statistics_pb2.DatasetFeatureStatistics) -> set[str]:
    """Returns the columns that hold nothing at all; TFDV gives their range as 0 to 0."""
    return {f.path.step[0] for f in statistics.features if not _common(f).tot_num_values}


def _seen(
    name: str, statistics: statistics_pb2.DatasetFeatureStatistics, reasons: Sequence[anomalies_pb2.AnomalyInfo.Reason]
) -> str:
    """What a column holds, as a sentence: its range, the strings that were not expected, or how many rows it fills."""
    parts = []
    seen = observed(statistics).get(name)
    if seen and seen.count and seen.type != "BYTES":
        parts.append(seen.in_words())
    for reason in reasons:
        if reason.type == anomalies_pb2.AnomalyInfo.ENUM_TYPE_UNEXPECTED_STRING_VALUES:
            parts.append(reason.description.rpartition("schema: ")[2].rstrip(". "))
        if reason.type == anomalies_pb2.AnomalyInfo.FEATURE_TYPE_LOW_FRACTION_PRESENT:
            feature = next(f for f in statistics.features if f.path.step[0] == name)
            parts.append(f"a value in {100 * filled_rows(feature) / statistics.num_examples:.3g} % of the rows")
    return f" Seen: {'; '.join(parts)}." if parts else ""


def _expected(name: str, schema: schema_pb2.Schema) -> str:
    for feature in schema.feature:
        if feature.name == name:
            return f"The schema expects {expectation(feature, schema)}."
    return "The schema does not know it."


def domain_values(feature: schema_pb2.Feature, schema: schema_pb2.Schema) -> list[str]:
    """Returns the strings a column may hold; empty where any will do."""
    if feature.HasField("string_domain"):
        return list(feature.string_domain.value)
    return next((list(domain.value) for domain in schema.string_domain if domain.name == feature.domain), [])


def expectation(feature: schema_pb2.Feature, schema: schema_pb2.Schema) -> str:
    """Returns what a schema asks of a column: its type, its values, and in how many rows it must be there."""
    rows = expected_rows(feature)
    parts = (
        schema_pb2.FeatureType.Name(feature.type),
        expected_values(feature, schema),
        f"with a value in {rows}" if rows else "",
    )
    return ", ".join(filter(None, parts))


def expected_values(feature: schema_pb2.Feature, schema: schema_pb2.Schema) -> str:
    """Returns the values or the range of a column; "" where any value will do."""
    kind = feature.WhichOneof("domain_info")
    if kind in ("domain", "string_domain"):
        known = feature.distribution_constraints.min_domain_mass
        mostly = f"in {_percent(known)} of the values " if feature.HasField("distribution_constraints") else ""
        return f"{mostly}one of {some(domain_values(feature, schema), _NAMED)}"
    if kind == "bool_domain":
        return "true or false"
    if kind in ("int_domain", "float_domain"):
        domain = getattr(feature, kind)
        low = number(domain.min) if domain.HasField("min") else "anything"
        high = number(domain.max) if domain.HasField("max") else "anything"
        return f"from {low} to {high}"
    return ""


def expected_rows(feature: schema_pb2.Feature) -> str:
    """Returns in which rows a column must have a value; "" where it may lack one in any."""
    if feature.value_count.min or feature.HasField("shape"):
        return "every row"
    share = feature.presence.min_fraction
    return f"{_percent(share)} of the rows" if 0 < share < 1 else ""


def _percent(share: float) -> str:
    return f"at least {100 * share:.3g} %"


def _common(feature: statistics_pb2.FeatureNameStatistics) -> statistics_pb2.CommonStatistics:
    return getattr(feature, feature.WhichOneof("stats")).common_stats
