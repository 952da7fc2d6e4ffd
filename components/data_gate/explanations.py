"""Anomalies in words: which column, what was seen, what the schema expects, what to do."""

from __future__ import annotations

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from turnstile.columns import BinaryLabel, Label, MulticlassLabel

NEXT_STEP = "Fix the data, or review the schema with: turnstile schema diff"
DATASET = "dataset"  # the name, in place of a column's, of what is true of all examples together
# Values of a domain to name before the rest is only counted.
_NAMED = 12


def describe(
    name: str,
    info: anomalies_pb2.AnomalyInfo,
    statistics: statistics_pb2.DatasetFeatureStatistics,
    schema: schema_pb2.Schema,
    split: str,
) -> str:
    """Returns one anomaly as a sentence or two.

    Args:
        name: the column, as TFDV names it.
        info: the anomaly.
        statistics: the split's statistics, for what was seen.
        schema: for what was expected.
        split: the split's name.
    """
    reasons = info.reason or [info]
    what = "; ".join(f"{r.short_description}: {r.description}".rstrip(". ") for r in reasons)
    if name == DATASET:
        return f"split '{split}': {what}. Seen: {statistics.num_examples:,} examples. {NEXT_STEP}"
    seen = _seen(name, statistics)
    return f"split '{split}': column '{name}': {what}.{seen} {_expected(name, schema)} {NEXT_STEP}"


def unlabelled(statistics: statistics_pb2.DatasetFeatureStatistics, label: Label, split: str) -> list[str]:
    """Returns a sentence for each way in which rows of the split have no usable label."""
    by_name = {feature.path.step[0]: feature for feature in statistics.features}
    sentences = []
    for column in label.columns:
        if column not in by_name:
            sentences.append(f"split '{split}': column '{column}' is missing; the label is made from it. {NEXT_STEP}")
            continue
        # Not num_missing: ExampleGen writes an empty cell as a feature that is there and holds no value.
        missing = statistics.num_examples - _common(by_name[column]).tot_num_values + _nans(by_name[column])
        if missing:
            sentences.append(
                f"split '{split}': column '{column}' is empty in {missing:,} of {statistics.num_examples:,} rows; "
                f"the label is made from it. Remove those rows, or fill the column in"
            )
        if unknown := _outside(by_name[column], _classes(label)):
            sentences.append(
                f"split '{split}': column '{column}' holds {_some(unknown)}; the label may only be "
                f"{_some(_classes(label))}. Fix the data, or name the value in [label] of the config"
            )
    return sentences


def _classes(label: Label) -> list[str]:
    """The only values a label column may hold; empty for a label that has no such list."""
    if isinstance(label, MulticlassLabel):
        return [str(value) for value in label.classes]
    return ["0", "1"] if isinstance(label, BinaryLabel) and label.positive is None else []


def _nans(feature: statistics_pb2.FeatureNameStatistics) -> int:
    return max((histogram.num_nan for histogram in feature.num_stats.histograms), default=0)


def _outside(feature: statistics_pb2.FeatureNameStatistics, classes: list[str]) -> list[str]:
    """Values that are none of the classes; of numbers, statistics hold only the least and the largest."""
    if not classes or not _common(feature).tot_num_values:
        return []
    if feature.HasField("string_stats"):
        values = [bucket.label for bucket in feature.string_stats.rank_histogram.buckets]
    else:
        values = [_number(feature.num_stats.min), _number(feature.num_stats.max)]
    return sorted({value for value in values if value not in classes})


def columns_without_values(statistics: statistics_pb2.DatasetFeatureStatistics) -> set[str]:
    """Returns the columns that hold nothing at all; TFDV gives their range as 0 to 0."""
    return {f.path.step[0] for f in statistics.features if not _common(f).tot_num_values}


def _seen(name: str, statistics: statistics_pb2.DatasetFeatureStatistics) -> str:
    for feature in statistics.features:
        is_it = feature.path.step and feature.path.step[0] == name
        if is_it and feature.HasField("num_stats") and _common(feature).tot_num_values:
            return f" Seen: {_number(feature.num_stats.min)} to {_number(feature.num_stats.max)}."
    return ""


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
    parts = [schema_pb2.FeatureType.Name(feature.type)]
    kind = feature.WhichOneof("domain_info")
    if kind in ("domain", "string_domain"):
        parts.append(f"one of {_some(domain_values(feature, schema))}")
    elif kind in ("int_domain", "float_domain"):
        domain = getattr(feature, kind)
        low = _number(domain.min) if domain.HasField("min") else "anything"
        high = _number(domain.max) if domain.HasField("max") else "anything"
        parts.append(f"from {low} to {high}")
    if feature.value_count.min or feature.HasField("shape"):
        parts.append("in every row")
    return ", ".join(parts)


def _number(value: float) -> str:
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.6g}"


def _some(values: list[str]) -> str:
    named = ", ".join(values[:_NAMED])
    return named if len(values) <= _NAMED else f"{named} and {len(values) - _NAMED:,} more"


def _common(feature: statistics_pb2.FeatureNameStatistics) -> statistics_pb2.CommonStatistics:
    return getattr(feature, feature.WhichOneof("stats")).common_stats
