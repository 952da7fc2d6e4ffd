"""Lineage in words: a tree of what a version was made of, or the versions that a file is in."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path

from rich.text import Text
from rich.tree import Tree

from pipeline.lineage.asking import Trained
from pipeline.lineage.graph import Artifact, Graph
from pipeline.lineage.versions import Data, Version
from turnstile import printing
from turnstile.places import Place, place

# Of a tree that goes to a file or a pipe, which has no width of its own.
_WIDTH = 160
_SHOWN = 20  # files
_DIGITS = 12  # of a digest
_NAMES = {"TransformGraph": "transform graph", "Schema": "schema"}  # of what else a model is made of


def show_version(version: Version) -> None:
    """Prints the tree of what a version was made of."""
    printing.show(tree(version), _WIDTH)


def show_trained(trained: Trained) -> None:
    """Prints which versions were trained on a file."""
    digest = f" ({_size(trained.file.bytes)}, blake2b {trained.file.digest[:_DIGITS]})" if trained.file else ""
    top = Tree(Text(f"{_shown(place(trained.path))}{digest or ' (not there)'}"))
    then = " and held something else, or nothing says what" if trained.file else ""
    _group(top, "trained on it", trained.by_content)
    _group(top, f"trained on a file that had this path then{then}", trained.by_path)
    if not trained.by_content and not trained.by_path:
        top.add(Text("no version was trained on it"))
    if trained.runs:
        top.add(Text(f"read by runs that pushed no version: {', '.join(trained.runs)}"))
    printing.show(top, _WIDTH)


def tree(version: Version) -> Tree:
    """Returns the tree of what a version was made of."""
    graph = version.graph
    top = Tree(Text(f"version {_named(version)}", style="bold"))
    pushed = top.add(_line(graph, "pushed to", version.pushed, version.folder))
    made = [each for each in graph.upstream(version.pushed) if each.type == "Model"]
    for model in [each for each in made if (maker := graph.maker(each)) and maker.component == "Trainer"][:1]:
        branch = pushed.add(_line(graph, "model", model))
        for artifact in graph.inputs(model):
            if artifact.type in _NAMES:
                branch.add(_line(graph, _NAMES[artifact.type], artifact))
        for data in version.data:
            files = branch.add(_line(graph, f"examples{_of_span(data)}", data.examples))
            for line in _files(data):
                files.add(line)
    pushed.add(Text(f"compared with {'no version' if version.baseline is None else f'version {version.baseline}'}"))
    return top


def _of_span(data: Data) -> str:
    if data.span is None:
        return ""
    return f" of {data.span}" if isinstance(data.span, datetime.date) else f" of span {data.span}"


def _line(graph: Graph, name: str, artifact: Artifact, where: Place | None = None) -> Text:
    """What an artifact is and where, and below that who made it."""
    path, maker = where or place(artifact.uri), graph.maker(artifact)
    text = Text(f"{name} {_shown(path)}{'' if path.exists() else ' (removed)'}")
    if maker:
        source = maker.properties.get("schema_file")
        of = f" of {_shown(place(source))}" if source else ""
        text.append(f"\nby {maker.component}{of}, {maker.time:%Y-%m-%d %H:%M:%S} UTC, run {maker.run_id}", style="dim")
    return text


def _files(data: Data) -> Iterable[Text]:
    if not data.files:
        yield Text(f"{_shown(place(data.pattern))}: which files, was not recorded")
    for file in data.files[:_SHOWN]:
        yield Text(f"{_shown(place(file.path))} ({_size(file.bytes)}, blake2b {file.digest[:_DIGITS]})")
    if len(data.files) > _SHOWN:
        yield Text(f"and {len(data.files) - _SHOWN:,} more files; --json lists them all")


def _group(top: Tree, headline: str, found: Iterable[Version]) -> None:
    lines = [f"{_named(each)}, pushed in run {each.push.run_id if each.push else 'unknown'}" for each in found]
    if lines:
        branch = top.add(Text(f"{headline}: {len(lines)} version{'s' if len(lines) > 1 else ''}"))
        for line in lines:
            branch.add(Text(line))


def _named(version: Version) -> str:
    words = [*version.labels, *([] if version.exists else ["removed"])]
    return f"{version.number} ({', '.join(words) or 'no label'})"


def _size(count: int) -> str:
    return f"{count:,} bytes"


def _shown(path: Place) -> str:
    """The path, relative to where the user is if it is below."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
