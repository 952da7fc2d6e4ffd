"""The section of the lineage: the components of the run and the artifacts of each, drawn from the top down."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 190  # of a box
_HEAD, _LINE, _GAP, _ROW = 44, 16, 24, 44  # heights of a box without artifacts and of an artifact; room between boxes


@dataclass(frozen=True)
class Box:
    """A component: where its box is, and what is written in it."""

    id: str
    state: str
    seconds: float
    artifacts: Sequence[str]
    x: float
    y: float
    height: float


def context(
    components: Sequence[Mapping[str, Any]], graph: Mapping[str, Sequence[str]], artifacts: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """Returns the boxes, the arrows between them, and the size of the drawing.

    Args:
        components: id, state and seconds of each, in the order in which they run.
        graph: for each component those it waits for.
        artifacts: the names of each component's artifacts.
    """
    by_id = {str(each["id"]): each for each in components}
    waits = graph or {id_: [before] for before, id_ in itertools.pairwise(by_id)}  # not kept: one after the other
    before = without_detours({id_: [b for b in waits.get(id_, ()) if b in by_id] for id_ in by_id})
    layers = _layers(before)
    width = max((len(layer) for layer in layers), default=0) * (WIDTH + _GAP) - _GAP
    boxes, top = {}, 2.0
    for layer in layers:
        heights = [_HEAD + _LINE * len(artifacts.get(id_, ())) for id_ in layer]
        left = (width - len(layer) * (WIDTH + _GAP) + _GAP) / 2
        for number, (id_, height) in enumerate(zip(layer, heights, strict=True)):
            each, x = by_id[id_], left + number * (WIDTH + _GAP)
            boxes[id_] = Box(id_, each["state"], each["seconds"], artifacts.get(id_, ()), x, top, height)
        top += max(heights) + _ROW
    arrows = [_arrow(boxes[b], boxes[id_]) for id_, found in before.items() for b in found]
    return {"boxes": list(boxes.values()), "arrows": arrows, "width": width, "height": max(top - _ROW + 2, 0)}


def without_detours(graph: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Leaves out an arrow where others lead the same way, over another component."""

    def all_before(id_: str) -> set[str]:
        return {each for b in graph[id_] for each in (b, *all_before(b))}

    return {
        id_: [b for b in found if not any(b in all_before(o) for o in found if o != b)] for id_, found in graph.items()
    }


def _layers(before: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Each component one layer below the lowest that it waits for; one that waits for none, just above the first that
    waits for it.
    """
    depth: dict[str, int] = {}
    while ready := [id_ for id_ in before if id_ not in depth and all(b in depth for b in before[id_])]:
        for id_ in ready:
            depth[id_] = 1 + max((depth[b] for b in before[id_]), default=-1)
    for id_ in depth:
        after = [depth[each] for each in depth if id_ in before[each]]
        if not before[id_] and after:
            depth[id_] = min(after) - 1
    return [[id_ for id_ in depth if depth[id_] == row] for row in range(1 + max(depth.values(), default=-1))]


def _arrow(a: Box, b: Box) -> str:
    x1, y1, x2, y2 = a.x + WIDTH / 2, a.y + a.height, b.x + WIDTH / 2, b.y - 5
    middle = y2 - _ROW / 2
    return f"M{x1:.0f} {y1:.0f}C{x1:.0f} {middle:.0f} {x2:.0f} {middle:.0f} {x2:.0f} {y2:.0f}"
