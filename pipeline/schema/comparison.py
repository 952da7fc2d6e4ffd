"""The schema's life: proposed from the data, shown, compared in words with the reviewed one, accepted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import tensorflow_data_validation as tfdv
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from components.data_gate.comparators import movement
from components.data_gate.explanations import columns_without_values, domain_values, expectation
from components.data_gate.observed import observed, some
from pipeline.schema.protection import MAX_VALUES, protected
from pipeline.schema.retyped_columns import retyped
from turnstile.places import Place

_NAMED = 12  # of values that are new, before the rest is only counted
_HEADER = "# proto-file: tensorflow_metadata/proto/v0/schema.proto\n# proto-message: tensorflow.metadata.v0.Schema\n\n"


def propose(
    statistics: Place, reviewed: schema_pb2.Schema | None, read: Collection[str] | None = None
) -> schema_pb2.Schema:
    """Returns a schema that the data satisfies: the reviewed one with the least changes, or a new one.

    Columns that nobody has reviewed get ranges, sets of values and presence with margins; see protection.py.

    Args:
        statistics: StatisticsGen's output folder.
        reviewed: the schema in force, if there is one; its environments, comparators and ranges are kept.
        read: the columns that a run reads, None for all; what others hold may change.
    """
    splits = [tfdv.load_stats_binary(str(path)) for path in sorted(statistics.glob("Split-*/FeatureStats.pb"))]
    assert splits, f"no statistics in {statistics}"
    # The largest first: a new schema is inferred from it, and of a small one, a column may hold nothing.
    splits.sort(key=lambda split: split.datasets[0].num_examples, reverse=True)
    schema = reviewed or tfdv.infer_schema(splits[0], infer_feature_shape=False, max_string_domain_size=MAX_VALUES)
    schema = retyped(schema, [observed(split.datasets[0]) for split in splits])
    for split in splits:
        schema = _updated(schema, split)
    known = {feature.name for feature in (reviewed.feature if reviewed else ())}
    new = {feature.name for feature in schema.feature} - known
    held = protected(schema, [split.datasets[0] for split in splits], new, new if read is None else read)
    return _without_left_domains(_with_short_lists(held, reviewed), schema)


def _updated(schema: schema_pb2.Schema, statistics: statistics_pb2.DatasetFeatureStatisticsList) -> schema_pb2.Schema:
    updated = tfdv.update_schema(schema, statistics, infer_feature_shape=False, max_string_domain_size=MAX_VALUES)
    before = {feature.name: feature for feature in schema.feature}
    empty = columns_without_values(statistics.datasets[0])
    for feature in updated.feature:
        if feature.name in empty and feature.name in before:
            feature.CopyFrom(before[feature.name])  # TFDV takes no values for the range 0 to 0
    return updated


def _with_short_lists(schema: schema_pb2.Schema, reviewed: schema_pb2.Schema | None) -> schema_pb2.Schema:
    """Takes lists of values away that have grown too long split by split; one that was reviewed so long is kept.

    TFDV holds to its limit only in the split in which it sees a column first. Integers (of a label) get no list:
    whether statistics name them depends on the config.
    """
    long = {f.name for f in (reviewed.feature if reviewed else ()) if len(domain_values(f, reviewed)) > MAX_VALUES}
    shortened = schema_pb2.Schema()
    shortened.CopyFrom(schema)
    for feature in shortened.feature:
        listed = len(domain_values(feature, schema))
        if listed and (feature.type == schema_pb2.INT or listed > MAX_VALUES) and feature.name not in long:
            feature.ClearField(feature.WhichOneof("domain_info"))
    return shortened


def _without_left_domains(schema: schema_pb2.Schema, before: schema_pb2.Schema) -> schema_pb2.Schema:
    """Removes the lists of values that columns have had before, and none has any more."""
    left = {feature.domain for feature in before.feature} - {feature.domain for feature in schema.feature}
    domains = [domain for domain in schema.string_domain if domain.name not in left]
    del schema.string_domain[:]
    schema.string_domain.extend(domains)
    return schema


def with_columns(before: schema_pb2.Schema, after: schema_pb2.Schema, names: Sequence[str]) -> schema_pb2.Schema:
    """Returns a schema with some columns as they are in another; all others stay as they were.

    Args:
        before: the schema in force.
        after: the schema that has the columns.
        names: the columns to take from it; each is in `after`.
    """
    taken = {feature.name: feature for feature in after.feature if feature.name in names}
    mixed = schema_pb2.Schema()
    mixed.CopyFrom(before)
    for feature in mixed.feature:
        if feature.name in taken:
            feature.CopyFrom(taken.pop(feature.name))
    mixed.feature.extend(taken.values())
    lists = {domain.name: domain for domain in before.string_domain}
    named = {feature.domain for feature in after.feature if feature.name in names}
    lists |= {domain.name: domain for domain in after.string_domain if domain.name in named}
    del mixed.string_domain[:]
    mixed.string_domain.extend(lists.values())
    return _without_left_domains(mixed, before)


def write(schema: schema_pb2.Schema, path: Path, notes: Sequence[str] | None = None) -> None:
    """Writes a schema as text, whole or not at all.

    Args:
        schema: what to write.
        path: the file.
        notes: comments for its top; without any, the comment block at the top of an older file is kept.
    """
    header = _HEADER + "".join(f"# {note}\n" for note in notes or ()) + ("\n" if notes else "")
    if notes is None and path.exists():
        lines = path.read_text().splitlines(keepends=True)
        comments = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
        header = "".join(lines[:comments]) + "\n" if comments else _HEADER
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.new")
    aside.write_text(header + text_format.MessageToString(schema))
    aside.replace(path)


def differences(before: schema_pb2.Schema, after: schema_pb2.Schema) -> list[str]:
    """Returns what changes from one schema to another, a sentence for each column; empty when nothing does."""
    old = {feature.name: feature for feature in before.feature}
    new = {feature.name: feature for feature in after.feature}
    sentences = [f"{name}: no longer described" for name in old if name not in new]
    for name, feature in new.items():
        if name not in old:
            sentences.append(f"{name}: is new: {expectation(feature, after)}")
        elif change := _change(old[name], before, feature, after):
            sentences.append(f"{name}: {change}")
    return sentences


def _change(
    old: schema_pb2.Feature, before: schema_pb2.Schema, new: schema_pb2.Feature, after: schema_pb2.Schema
) -> str:
    if new.lifecycle_stage == schema_pb2.DEPRECATED and old.lifecycle_stage != schema_pb2.DEPRECATED:
        return "is not in the data; it would be marked as deprecated, no longer expected"
    known, found = domain_values(old, before), domain_values(new, after)
    added = [value for value in found if value not in known] if known else []
    was, now = (old, before), (new, after)
    if added:  # told by value; what else changes is compared without them
        was, now = (_without_values(old), before), (_without_values(new), after)
    changes = [f"would also allow {some(added, _NAMED)}"] if added else []
    if old.type != new.type:
        from_, to = (schema_pb2.FeatureType.Name(type_) for type_ in (old.type, new.type))
        changes.append(f"changed from {from_} to {to}; would expect {expectation(*now)}")
    elif expectation(*was) != expectation(*now):
        changes.append(f"expects {expectation(*was)}; would expect {expectation(*now)}")
    if movement(old) != movement(new):
        may = f"allows {movement(old)}" if movement(old) else "is not compared with other data"
        would = f"allow {movement(new)}" if movement(new) else "not be compared with other data"
        changes.append(f"{may}; would {would}")
    if not changes and old != new:
        changes.append("would change in a detail; compare the two files")
    return "; ".join(changes)


def _without_values(feature: schema_pb2.Feature) -> schema_pb2.Feature:
    bare = schema_pb2.Feature()
    bare.CopyFrom(feature)
    bare.ClearField("domain")
    bare.ClearField("string_domain")
    return bare
