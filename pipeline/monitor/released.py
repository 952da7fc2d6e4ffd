"""What a version was released with, found through its record and ML Metadata: schema, statistics, eval rows, bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from components.distributions import STATISTICS, read_split
from components.evaluator.settings import ReleaseConfig
from pipeline.config import Config
from pipeline.lineage import graph
from pipeline.lineage.graph import Artifact
from pipeline.lineage.versions import Version, versions
from pipeline.run import folder, metadata_store
from serving.ab.arms import STABLE
from serving.releases import release_record
from serving.releases.state import ReleaseFolder, State, check_there, in_words, none_yet, read, release_folder
from serving.releases.version_folders import version_folder
from turnstile.errors import UsageError
from turnstile.model_inputs import Columns
from turnstile.places import Place, place

SERVING = "SERVING"  # the environment of a schema that requests are in


@dataclass(frozen=True)
class Released:
    """A version, and what it was released with.

    Attributes:
        model: its name.
        version: its number.
        folder: where it is.
        record: its release record.
        columns: its features and its label.
        release: what it was held against.
        schema: what was agreed of its features.
        trained_on: the statistics of its train split; None if they are gone.
        examples: the folder of the examples it was judged on; None if they are gone.
    """

    model: str
    version: int
    folder: Path
    record: Mapping[str, Any]
    columns: Columns
    release: ReleaseConfig
    schema: schema_pb2.Schema
    trained_on: statistics_pb2.DatasetFeatureStatisticsList | None
    examples: Place | None

    @property
    def environment(self) -> str | None:
        """The schema's environment of requests; None of a schema that was inferred, which has none."""
        return SERVING if SERVING in self.schema.default_environment else None


def find(config: Config, version: int | None) -> Released:
    """Finds a version.

    Args:
        config: of the pipeline; what is wanted is taken from the version's record where that has it.
        version: its number; by default the one that is stable, or the newest if none is.

    Raises:
        UsageError: there is no such version, no run of this output folder has pushed it, or its schema is gone.
    """
    where = release_folder(config.serving, config.name)
    state = read(where)
    number = _asked(state, version)
    if number is None:
        raise UsageError(none_yet(where))
    check_there(where, state, number)
    found = version_folder(where.folder, number)
    record, pushed = release_record.read(found), _pushed(config, where, state, number)
    made_of = {artifact.type: artifact for artifact in reversed(list(pushed.graph.upstream(pushed.pushed)))}
    columns = _columns(record.get("config") or {}, config)
    return Released(
        model=config.name,
        version=number,
        folder=found,
        record=record,
        columns=columns,
        release=_release(record, config),
        schema=_of_features(_schema(made_of.get("Schema"), number), columns),
        trained_on=_statistics(made_of.get("ExampleStatistics")),
        examples=_there(pushed.data[0].examples) if pushed.data else None,
    )


def _asked(state: State, version: int | None) -> int | None:
    newest = state.there[-1] if state.there else None
    return state.labels.get(STABLE, newest) if version is None else version


def _pushed(config: Config, where: ReleaseFolder, state: State, number: int) -> Version:
    database = folder.database(config)
    store = metadata_store.opened(database)
    known = versions(graph.read(store), where, state, config.data.path) if store else []
    found = [each for each in known if each.number == number]
    if not found:
        there = in_words(each.number for each in known) or "none"
        raise UsageError(
            f"{database}: no run recorded there has pushed version {number} (recorded: {there}), so that nothing tells "
            "what it was trained on. Give the folder of the run that pushed it: --output FOLDER"
        )
    return max(found, key=lambda each: each.exists)


def _there(artifact: Artifact | None) -> Place | None:
    path = place(artifact.uri) if artifact else None
    return path if path and path.exists() else None


def _columns(recorded: Mapping[str, Any], config: Config) -> Columns:
    plain = recorded if recorded.get("features") else config.model_dump(mode="json")
    return Columns.model_validate({"features": plain["features"], "label": plain["label"]})


def _release(record: Mapping[str, Any], config: Config) -> ReleaseConfig:
    thresholds = record.get("thresholds")
    return ReleaseConfig.model_validate(thresholds) if thresholds else config.release


def _schema(artifact: Artifact | None, number: int) -> schema_pb2.Schema:
    path = _there(artifact)
    files: list[Place] = [*path.glob("*.pbtxt")] if path else []
    if not files:
        raise UsageError(
            f"{artifact.uri if artifact else 'ML Metadata'}: the schema that version {number} was released with is not "
            "there any more, and requests cannot be held against it. Choose another version: --version NUMBER"
        )
    return text_format.Parse(files[0].read_text(), schema_pb2.Schema())


def _of_features(schema: schema_pb2.Schema, columns: Columns) -> schema_pb2.Schema:
    """Keeps the columns that the model reads, which is all that a request has to have."""
    kept = schema_pb2.Schema()
    kept.CopyFrom(schema)
    del kept.feature[:]
    kept.feature.extend(feature for feature in schema.feature if feature.name in columns.features)
    return kept


def _statistics(artifact: Artifact | None) -> statistics_pb2.DatasetFeatureStatisticsList | None:
    path = _there(artifact)
    split = path / "Split-train" if path else None
    return read_split(split) if split and (split / STATISTICS).exists() else None
