"""Which versions a pipeline has pushed, and what each was made of."""

from __future__ import annotations

import datetime
import json
import posixpath
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from components.example_gen import input_record
from components.example_gen.input_record import InputFile
from pipeline.lineage.graph import Artifact, Graph, Step
from serving.releases import release_record
from serving.releases.state import ReleaseFolder, State
from turnstile import span_pattern
from turnstile.places import place
from turnstile.span_pattern import Span

# The property by which the examples that files were made into are told from transformed ones.
_FINGERPRINT = "input_fingerprint"


@dataclass(frozen=True)
class Data:
    """Examples, and the files that they were made of.

    Attributes:
        examples: the artifact.
        files: the files; empty if they were not recorded, or the record is gone.
        pattern: where the files were: a path, or a pattern of paths; "" if ML Metadata does not say.
        span: the day or the number; None of data without spans.
    """

    examples: Artifact
    files: tuple[InputFile, ...]
    pattern: str
    span: Span | None

    @property
    def fingerprint(self) -> str:
        """The line in which ExampleGen says how many files there were, and what was in all of them."""
        return self.examples.properties[_FINGERPRINT]

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "examples": self.examples.id,
            "pattern": self.pattern,
            "span": str(self.span) if isinstance(self.span, datetime.date) else self.span,
            "fingerprint": self.fingerprint,
            "files": [asdict(file) for file in self.files],
        }


@dataclass(frozen=True)
class Version:
    """A version that was pushed.

    Attributes:
        number: its number.
        folder: where it was pushed to.
        exists: whether it is there.
        labels: those that are on it.
        pushed: the artifact, from which ML Metadata leads to all the others.
        data: what it was trained and judged on.
        graph: what it was found in.
    """

    number: int
    folder: Path
    exists: bool
    labels: tuple[str, ...]
    pushed: Artifact
    data: tuple[Data, ...]
    graph: Graph

    @property
    def push(self) -> Step | None:
        """The step that pushed it."""
        return self.graph.maker(self.pushed)

    @property
    def baseline(self) -> int | None:
        """The version that it was compared with; None if there was none."""
        made = (step for each in self.graph.upstream(self.pushed) if (step := self.graph.maker(each)))
        number = next(
            (step.properties.get("baseline_version", -1) for step in made if step.component == "Baseline"), -1
        )
        return None if number < 0 else number

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values, with every artifact on the way."""
        return {
            "version": self.number,
            "model_dir": str(self.folder),
            "exists": self.exists,
            "labels": list(self.labels),
            "run_id": self.push.run_id if self.push else None,
            "pushed": self.push.time.isoformat(timespec="seconds") if self.push else None,
            "runs": self.graph.runs(self.pushed),
            "baseline_version": self.baseline,
            "digests": release_record.read(self.folder).get("digests", {}),
            "data": [each.as_dict() for each in self.data],
            "artifacts": [_as_dict(self.graph, each) for each in self.graph.upstream(self.pushed)],
        }


def _as_dict(graph: Graph, artifact: Artifact) -> dict[str, Any]:
    maker = graph.maker(artifact)
    return {
        "id": artifact.id,
        "type": artifact.type,
        "uri": artifact.uri,
        "exists": place(artifact.uri).exists(),
        "component": maker.component if maker else None,
        "run_id": maker.run_id if maker else None,
        "time": maker.time.isoformat(timespec="seconds") if maker else None,
        "inputs": list(maker.inputs) if maker else [],
    }


def versions(graph: Graph, where: ReleaseFolder, state: State, data_path: str) -> list[Version]:
    """Returns the versions that were pushed, oldest first; where a model was pushed twice, it is its first push.

    Args:
        graph: what ML Metadata has recorded.
        where: where the releases are.
        state: what there is now.
        data_path: the config's, which says whether spans are days.
    """
    found: dict[Path, Version] = {}
    for artifact in sorted(graph.artifacts.values(), key=lambda a: a.id):
        if artifact.type == "PushedModel" and artifact.properties.get("pushed") == 1:
            folder, number = Path(artifact.properties["pushed_destination"]), int(artifact.properties["pushed_version"])
            labels = tuple(state.labels_of(number)) if folder.parent == where.folder else ()
            data = tuple(data_of(graph, graph.upstream(artifact), data_path))
            found.setdefault(folder, Version(number, folder, folder.exists(), labels, artifact, data, graph))
    return sorted(found.values(), key=lambda version: version.number)


def data_of(graph: Graph, artifacts: Iterable[Artifact], data_path: str) -> list[Data]:
    """Returns those of some artifacts that are examples which files were made into."""
    return [_data(graph, each, data_path) for each in artifacts if _FINGERPRINT in each.properties]


def _data(graph: Graph, examples: Artifact, data_path: str) -> Data:
    maker, span = graph.maker(examples), int(examples.properties.get("span", 0))
    files = tuple(input_record.read(examples.uri))
    return Data(examples, files, _pattern(maker) if maker else "", span_pattern.of_number(data_path, span))


def _pattern(example_gen: Step) -> str:
    """Where the files were; the driver has put the span in place of the placeholders."""
    pattern = json.loads(example_gen.properties["input_config"])["splits"][0]["pattern"]
    return posixpath.join(example_gen.properties["input_base"], pattern)
