"""Removes what old runs have left: their artifacts, logs and records, but nothing that a version or a kept run needs.

ML Metadata has no way to delete; what is removed is marked as deleted there, and TFX's cache answers from it no more.
docs/adr/0029-clean.md says why that is enough.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ml_metadata import metadata_store as mlmd_store
from ml_metadata.proto import metadata_store_pb2 as mlmd

from components.data_gate import references
from pipeline import artifacts
from pipeline.config import Config
from pipeline.lineage import graph as recorded
from pipeline.lineage.graph import Artifact, Graph
from pipeline.lineage.versions import Version, versions
from pipeline.run import folder, metadata_store
from serving.releases import release_record
from serving.releases.state import ReleaseFolder, read, release_folder
from turnstile import span_pattern
from turnstile.errors import UsageError
from turnstile.folders import bytes_below, remove
from turnstile.gates import DATA_GATE
from turnstile.places import Place, place


@dataclass(frozen=True)
class Cleaned:
    """What was removed, or would be.

    Attributes:
        removed: the names of the runs, oldest first.
        kept: why each of the others was kept, by its name.
        bytes: the size of all files that were removed.
    """

    removed: tuple[str, ...]
    kept: dict[str, str]
    bytes: int


@dataclass(frozen=True)
class _Plan:
    """What to remove: runs, their artifacts, and the folders of both."""

    runs: tuple[str, ...]
    artifacts: tuple[int, ...]
    folders: tuple[Place, ...]


def clean(config: Config, keep_runs: int = 1, older_than: float | None = None, dry_run: bool = False) -> Cleaned:
    """Removes old runs; one that was killed half way goes on when it is called again.

    Args:
        config: of the pipeline.
        keep_runs: how many of the newest runs to keep.
        older_than: days; younger runs are kept too.
        dry_run: only says what would be removed.

    Raises:
        UsageError: a run is going on, there were no runs, or the folder of the versions is not there.
    """
    database, where = folder.database(config), release_folder(config.serving, config.name)
    if not database.exists():
        raise UsageError(f"{database}: is not there; no run has been made with this config and --output")
    with folder.exclusive(config):
        store = metadata_store.opened(database)
        assert store is not None
        graph = recorded.read(store)
        known = versions(graph, where, read(where), config.data.path)
        _check_there(where, known)
        started = _started(folder.root(config), graph)
        kept = _kept(started, known, keep_runs, older_than)
        plan = _plan(config, graph, started, kept, _compared_with(store, config))
        size = sum(bytes_below(path) for path in plan.folders)
        if not dry_run:
            _mark(store, plan)  # first, so that no cache answers from what is half removed
            for path in plan.folders:
                remove(path)
    return Cleaned(plan.runs, kept, size)


def _check_there(where: ReleaseFolder, known: Iterable[Version]) -> None:
    """Of a folder that is not there, say because it is not mounted, nobody can tell which versions need what."""
    if any(version.folder.parent == where.folder for version in known) and not where.folder.is_dir():
        raise UsageError(
            f"{where.folder}: is not there, and runs have pushed versions to it; nothing was removed. Mount it, or say "
            "with --serving-dir where it is. If all of its versions are to be forgotten, make it as an empty folder"
        )


def _started(root: Path, graph: Graph) -> dict[str, datetime.datetime]:
    """When each run began, oldest first, without those that are removed; some have left only a folder."""
    found: dict[str, datetime.datetime] = {}
    for step in graph.steps:
        found[step.run_id] = min(step.time, found.get(step.run_id, step.time))
    for path in (root / "runs").glob("*"):
        found.setdefault(path.name, datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC))
    there = {run_id: time for run_id, time in found.items() if run_id not in graph.cleaned}
    return dict(sorted(there.items(), key=lambda one: one[1]))


def _kept(
    started: Mapping[str, datetime.datetime], known: Iterable[Version], keep_runs: int, older_than: float | None
) -> dict[str, str]:
    """Why a run is kept, by its name."""
    kept = dict.fromkeys(list(started)[-keep_runs:], "among the newest")
    if older_than is not None:
        before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=older_than)
        kept |= {run: f"not older than {older_than:g} days" for run, time in started.items() if time > before}
    for version in known:
        if version.exists or version.labels:
            record = release_record.read(version.folder)  # of an override, it names the run that was overridden
            runs = {version.push.run_id if version.push else "", record.get("run_id", "")}
            kept |= {run: f"version {version.number} is of it" for run in runs if run in started}
    return {run: kept[run] for run in started if run in kept}


def _compared_with(store: mlmd_store.MetadataStore, config: Config) -> set[int]:
    """The numbers of the statistics that the next run's data is compared with."""
    known = references.passed(store, f"{config.name}.{DATA_GATE.id}")
    found = references.in_order(known, span_pattern.is_pattern(config.data.path))
    return {each.artifact for each in found[-references.REACH :]}


def _plan(
    config: Config, graph: Graph, started: Iterable[str], kept: Mapping[str, str], compared_with: Iterable[int]
) -> _Plan:
    made, root = artifacts.root(config).resolve(), folder.root(config).resolve()
    needed = set(compared_with)
    for step in (step for step in graph.steps if step.run_id in kept):
        for id_ in {*step.inputs, *step.outputs, *step.begun} - needed:
            needed |= {each.id for each in graph.upstream(graph.artifacts[id_])}
    uris = {place(graph.artifacts[id_].uri) for id_ in needed}
    old = [each for each in graph.artifacts.values() if each.id not in needed and _ours(each, made)]
    steps = [step for step in graph.steps if step.run_id not in kept]
    folders = [place(each.uri) for each in old if place(each.uri) not in uris]
    folders += [made / step.component / ".system" / "executor_execution" / str(step.id) for step in steps]
    runs = tuple(run for run in started if run not in kept)
    folders += [root / "runs" / run for run in (*runs, *graph.cleaned)]
    there = tuple(path for path in dict.fromkeys(folders) if path.is_dir())
    return _Plan(runs, tuple(each.id for each in old), there)


def _ours(artifact: Artifact, root: Place) -> bool:
    """Whether an artifact is in the folder of the pipeline's artifacts; no other is ever removed."""
    return (found := place(artifact.uri).resolve()).is_relative_to(str(root)) and found != root


def _mark(store: mlmd_store.MetadataStore, plan: _Plan) -> None:
    """Has ML Metadata say what is removed: of artifacts by their state, as TFX does, of runs by a property of ours."""
    old = store.get_artifacts_by_id(plan.artifacts) if plan.artifacts else []
    for artifact in old:
        artifact.state = mlmd.Artifact.DELETED
    if old:
        store.put_artifacts(old)
    contexts = [store.get_context_by_type_and_name("pipeline_run", run) for run in plan.runs]
    known = [context for context in contexts if context is not None]
    for context in known:
        context.custom_properties[recorded.CLEANED].string_value = datetime.datetime.now(datetime.UTC).isoformat()
    if known:
        store.put_contexts(known)
