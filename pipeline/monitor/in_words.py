"""What a look at the requests shows, for people and for programs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from components.data_gate.distances import Moved
from components.evaluator.bounds import MISSED, Answer
from pipeline.monitor import quality
from pipeline.monitor.answers import Shift
from pipeline.monitor.looking import Look, Read
from pipeline.monitor.quality import Quality
from serving.ab.phrases import counted
from serving.rows import request_log
from turnstile.errors import MODEL_REFUSED, DataRefusedError
from turnstile.typed_command import typed
from turnstile.visible import visible

WIDTH = 110  # of what goes to a file or a pipe
_CLASSES = 5  # whose shares are named
_NEAR = 0.5  # of a threshold, from where on a column is named that passes
_MINUTES = len("2026-11-29T09:50")  # of a time in a log
_OTHERS = 5  # versions whose rows are counted


def exit_code(looked: Look) -> int:
    """Returns 11 if the data is at fault, which explains quality; else 10 if the version is worse, else 0."""
    return DataRefusedError.exit_code if looked.data_fault else MODEL_REFUSED if looked.worse else 0


def as_dict(looked: Look) -> dict[str, Any]:
    """Returns what `--json` prints."""
    released, read = looked.released, looked.read
    return {
        "time": request_log.now(),
        "model": released.model,
        "version": released.version,
        "run_id": released.record.get("run_id"),
        "exit_code": exit_code(looked),
        "verdict": _verdict(looked),
        "requests": asdict(read) | {"refused": looked.refused},
        "findings": [asdict(each) for each in looked.findings],
        "distances": [_plain(asdict(each)) for each in looked.distances],
        "shift": asdict(looked.shift) if looked.shift else None,
        "quality": _quality_as_dict(looked.quality),
    }


def _quality_as_dict(found: Quality | None) -> dict[str, Any] | None:
    return found.as_dict() | {"answers": [_plain(asdict(each)) for each in found.answers]} if found else None


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """JSON knows no NaN."""
    return {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in values.items()}


def _verdict(looked: Look) -> str:
    return "data" if looked.data_fault else "quality" if looked.worse else "nothing found"


def shown(looked: Look) -> RenderableType:
    """Returns what a look shows: what was read, what was found and what to do, the answers, and the quality."""
    lines = [*_read(looked), ""]
    if not looked.findings:
        lines.append("The data is as agreed, and like what the version was trained on.")
    parts: list[RenderableType] = [Text(visible("\n".join(lines)))]
    if looked.findings:
        parts.append(_table(looked))
    for section in (_near(looked.distances), _shift(looked.shift), _quality(looked.quality)):
        parts += ["", *section] if section else []
    return Group(*parts, "", Text(conclusion(looked)))


def conclusion(looked: Look) -> str:
    """Returns the verdict as a sentence."""
    if looked.data_fault:
        also = " It is also worse than it may be; data at fault may be why." if looked.worse else ""
        return f"data: the requests are not as agreed, or not like the data of training.{also}"
    if looked.worse:
        back = typed("rollback")
        return f"quality: the version is worse than its bounds allow. Train on newer data, or go back: {back}"
    return "nothing found"


def _read(looked: Look) -> Iterable[str]:
    read, released = looked.read, looked.released
    first, last = (time[:_MINUTES].replace("T", " ") for time in (read.first, read.last))
    when = f", {first} to {last} UTC" if first else ""
    yield f"version {released.version} of {released.model}: {counted(read.rows, 'rows answered')}{when}"
    yield from _left_out(read)
    if released.trained_on is None:
        yield "The statistics of what it was trained on are gone, so the requests are not compared with it."


def _left_out(read: Read) -> Iterable[str]:
    for name, count in sorted(read.others.items(), key=lambda other: -other[1])[:_OTHERS]:
        yield f"{counted(count, f'rows of {name}, left out')}"
    if read.damaged:
        yield f"{counted(read.damaged, 'lines that no request log has, left out')}: {', '.join(read.damaged_at)}"


def _table(looked: Look) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 1, 0))
    for heading, ratio in (("column", 2), ("what was found", 6), ("what to do", 5)):
        table.add_column(heading, ratio=ratio, overflow="fold")
    for each in looked.findings:
        kind = f"{', '.join(each.types)}{'' if each.stops else ' (allowed)'}"
        cells = (f"{each.column}\n{kind}", each.what, each.next_step)
        table.add_row(*(Text(visible(cell)) for cell in cells))
    return table


def _near(distances: Iterable[Moved]) -> list[RenderableType]:
    """Says which columns pass and are still far from training: a threshold may be too high to find what is wrong."""
    return [
        Text(visible(f"{each.column} passes, and is {each.value:.2g} from training, of {each.limit:g}. {each.change}"))
        for each in distances
        if each.value is not None and max(_NEAR * each.limit, each.chance) < each.value <= each.limit
    ]


def _shift(found: Shift | None) -> list[RenderableType]:
    if found is None:
        return [Text("The log has no answers, so their shift is not known.")]
    how = "" if found.distance is None else f"; the two distributions are {found.distance:.2g} apart, of at most 1"
    if isinstance(found.now, dict):
        then = found.then or {}
        shares = (f"{name} {_percent(then.get(name))} -> {_percent(share)}" for name, share in found.now.items())
        return [Text(visible(f"answers, of the eval split -> of requests: {', '.join(list(shares)[:_CLASSES])}{how}"))]
    then_mean = "not known" if found.then is None else f"{found.then:.4g}"
    return [Text(f"answers: the mean of {found.output} is {found.now:.4g}, and of the eval split {then_mean}{how}")]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.3g} %"


def _quality(found: Quality | None) -> list[RenderableType]:
    if found is None:
        return []
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("metric")
    for heading in ("now", "interval", "at release", "interval"):
        table.add_column(heading, justify="right")
    for name, each in found.metrics.items():
        now, then = (each["value"], each["low"], each["high"]), (
            each["released"], each["released_low"], each["released_high"]
        )  # fmt: skip
        table.add_row(name, *_cells(*now), *_cells(*then))
    return [Text("\n".join(_joined(found))), table, *map(Text, _bounds(found))]


def _joined(found: Quality) -> Iterable[str]:
    yield f"{counted(found.outcomes, 'outcomes')}, intervals at {100 * found.confidence:g} % confidence"
    if found.without_answer:
        yield f"{counted(found.without_answer, 'outcomes without an answer in the log, left out')}"
    if found.unusable:
        yield f"{counted(found.unusable, 'outcomes that are not of the kind of the label, or their answers, left out')}"


def _cells(value: float | None, low: float | None, high: float | None) -> tuple[str, str]:
    shown = "-" if value is None else f"{value:.4f}"
    return shown, "-" if low is None or high is None else f"{low:.4f} to {high:.4f}"


def _bounds(found: Quality) -> Iterable[str]:
    if found.verdict == quality.TOO_FEW:
        yield f"too few outcomes to judge by: {found.outcomes:,}; expected at least {found.least:,}"
        return
    if found.verdict == quality.AS_GOOD:
        yield "the version keeps each of its bounds"
    for each in found.answers:
        if each.verdict == MISSED:
            yield f"worse: {_said(each)}"
        elif each.verdict == quality.UNDECIDED_YET:
            more = "" if each.more is None else f"; about {each.more:,} more outcomes would tell"
            yield f"not sure yet: {_said(each)}{more}"


_BOUNDS = {"min": "it must be at least", "max": "it must be at most"} | {
    "max_drop": "it may be lower by at most", "max_rise": "it may be higher by at most"
}  # fmt: skip


def _said(each: Answer) -> str:
    of_release = each.bound in ("max_drop", "max_rise")
    sign, how = ("+", "differs from the release by") if of_release else ("", "is")
    between = "" if math.isnan(each.low) else f" ({each.low:{sign}.4f} to {each.high:{sign}.4f})"
    return f"{each.metric} {how} {each.value:{sign}.4f}{between}; {_BOUNDS[each.bound]} {each.limit:g}"
