"""What `turnstile lineage` is asked: a version, by its number or a folder, or a file of data."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from components.example_gen import fingerprint, input_record
from components.example_gen.input_record import InputFile
from pipeline.lineage.graph import Graph
from pipeline.lineage.versions import Data, Version, data_of
from serving.releases import release_record
from serving.releases.version_folders import is_version
from turnstile.errors import UsageError
from turnstile.places import Place, fault, place

CONTENT, PATH = "content", "path"
_NAMED = 5  # versions that a message names


@dataclass(frozen=True)
class Trained:
    """Which versions were trained on a file.

    Attributes:
        file: the file, with its size and digest; None if it is not there, so that only its path could be looked for.
        path: its absolute path.
        by_content: the versions that were trained on what the file holds now, under whatever name.
        by_path: the others that were trained on a file of this path, which held something else, or nothing says what.
        runs: the names of the runs that read it, and have pushed none of these versions.
    """

    file: InputFile | None
    path: str
    by_content: tuple[Version, ...]
    by_path: tuple[Version, ...]
    runs: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        both = ((CONTENT, self.by_content), (PATH, self.by_path))
        return {
            "file": asdict(self.file) if self.file else None,
            "path": self.path,
            "versions": [{"found_by": how, **each.as_dict()} for how, found in both for each in found],
            "other_runs": list(self.runs),
        }


def version(asked: str, known: Sequence[Version]) -> Version | None:
    """Returns the version that is asked for; None if what is asked for is no version.

    Args:
        asked: a version's number; or the folder of a version, of a copy of one, or of a model as Trainer made it.
        known: every version.

    Raises:
        UsageError: it is a version that no run has pushed.
    """
    if is_version(asked) and not Path(asked).is_file():
        found = [each for each in known if each.number == int(asked)]
    elif not fault(asked) and place(asked).is_dir():
        found = _of_folder(place(asked).resolve(), known)
    else:
        found = [each for each in known if str(each.folder) == str(Path(asked).absolute())]  # removed since
        if not found:
            return None
    if not found:
        newest = ", ".join(str(each.number) for each in known[-_NAMED:]) or "there is none"
        raise UsageError(f"{asked}: no run in this output folder has pushed such a version. The newest are: {newest}")
    return max(found, key=lambda each: each.exists)


def _of_folder(folder: Place, known: Sequence[Version]) -> list[Version]:
    """Finds a version by where it is, by the run that its record names, or by the artifact that a model is."""
    run_id = release_record.read(folder).get("run_id") if isinstance(folder, Path) else None
    return (
        [each for each in known if each.folder == folder]
        or [each for each in known if run_id and (run_id in _runs(each))]
        or [each for each in known if any(folder.is_relative_to(a.uri) for a in each.graph.upstream(each.pushed))]
    )


def _runs(version: Version) -> set[str]:
    """The runs that may be named in a version's record: of an override, it is the run that Evaluator refused."""
    made = [version.graph.maker(artifact) for artifact in version.graph.upstream(version.pushed)]
    return {step.run_id for step in made if step and step.component in ("Evaluator", "Pusher")}


def file(asked: str, known: Sequence[Version], graph: Graph, data_path: str) -> Trained:
    """Finds the versions that were trained on a file.

    Args:
        asked: the file's path, or its address in a store; it need not be there any more.
        known: every version.
        graph: what ML Metadata has recorded.
        data_path: the config's.

    Raises:
        UsageError: it is not there, and no run has read a file of this path; or no store has such an address.
    """
    if wrong := fault(asked):
        raise UsageError(wrong)
    path = place(asked).absolute()
    found = input_record.input_file(str(path), open) if path.is_file() else None
    paths = {str(path), str(path.resolve())}
    reads = {data.examples.id: how for data in data_of(graph, graph.artifacts.values(), data_path)
             if (how := _how(data, found, paths))}  # fmt: skip
    if not reads and found is None:
        raise UsageError(
            f"{asked}: is neither a version, nor the folder of one, nor a file, and no run in this output folder has "
            "read a file of this path. `turnstile models` lists the versions"
        )
    hows = [{reads.get(data.examples.id) for data in each.data} for each in known]
    by_content = tuple(each for each, how in zip(known, hows, strict=True) if CONTENT in how)
    by_path = tuple(each for each, how in zip(known, hows, strict=True) if PATH in how and CONTENT not in how)
    pushing = {run for each in (*by_content, *by_path) for run in graph.runs(each.pushed)}
    runs = dict.fromkeys(run for id_ in reads for run in graph.runs(graph.artifacts[id_]))
    return Trained(found, str(path), by_content, by_path, tuple(run for run in runs if run not in pushing))


def _how(data: Data, found: InputFile | None, paths: set[str]) -> str | None:
    """Says by what a file is among those of examples; None if it is not."""
    if found and (any(file.digest == found.digest for file in data.files) or _alone(data, found)):
        return CONTENT
    if any(file.path in paths for file in data.files):
        return PATH
    # Examples that are removed, or of before there was a record of each file.
    return PATH if not data.files and any(fnmatch.fnmatchcase(path, data.pattern) for path in paths) else None


def _alone(data: Data, found: InputFile) -> bool:
    """Whether examples were made of this file and no other: then their fingerprint tells, which ML Metadata has."""
    return data.fingerprint.partition(",")[2] == fingerprint.of_files("", [found]).partition(",")[2]
