"""Writes docs/config.md, the reference of every key of a config, from the models that check them: `make docs`."""

from __future__ import annotations

import datetime
import json
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, TypeGuard, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from components.tuner.settings import SPACE, Values
from pipeline.config import Config
from turnstile.columns import Feature
from turnstile.feature_line import toml_value
from turnstile.labels import Label
from turnstile.metrics import DISCRIMINATING, METRICS, Metric
from turnstile.section import Section
from turnstile.thresholds import Threshold

PAGE = Path("docs/config.md")

_INTRODUCTION = """# The config

A pipeline is described by one TOML file; `configs/taxi.toml` is an example with comments. `turnstile run --config FILE`
checks the file before anything runs: a misspelt key, a column that is not in the data, or a threshold that could never
fail is refused, with the nearest valid name.

This page is made from the models that check the file (`make docs`)."""
_FEATURES = """One line for each column that the model reads, such as `fare = { kind = "numeric", log = true }`. A value
may be missing in any row; the model learns what that means."""
_OVERALL = """One line for each metric that decides, such as `auc = { min = 0.8, max_drop = 0.01 }`. The baseline is the
model that serves."""
_METRICS = """These are the metrics. The one in bold must have a `min`: its bound is the one that refuses every model
which always gives the same answer."""

_SPACE = """One line for each key of `[training]` that trials may change, such as `heads = [4, 8, 16]` or
`learning_rate = { low = 0.001, high = 0.02, log = true }`. The config's own value is always tried. `class_weights`,
`held_out`, `loss` and `seed` cannot be named: trials with other values of them cannot be compared."""
_DEFAULT_SPACE = "Without this table, it is:"

_NAMES: dict[Any, str] = {
    Section: "table",
    str: "string",
    int: "integer",
    float: "number",
    bool: "true or false",
    datetime.date: "date",
    Any: "value",
}
_BOUNDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
_BETTER = {"higher": "higher is better", "lower": "lower is better", "near": "near 1 is best"}


def page() -> str:
    """Returns the text of docs/config.md."""
    return "\n\n".join([_INTRODUCTION, "## Top of the file", _table(Config), *_sections()]) + "\n"


def tables(annotation: Any = Config) -> Iterator[type[Section]]:
    """Yields every table that the file can have, by its class; some more than once."""
    if not _is_section(annotation):
        for part in get_args(annotation):
            yield from tables(part)
        return
    yield annotation
    for field in annotation.model_fields.values():
        yield from tables(field.annotation)


def described(section: type[Section]) -> dict[str, FieldInfo]:
    """Returns the fields that have a line in the table of a section, the required ones first.

    A field that is a table has a table of its own, and a `kind` that can only be one is in the heading.
    """
    fields = {
        name: field
        for name, field in section.model_fields.items()
        if not (_is_table(field.annotation) or field.discriminator or len(get_args(field.annotation)) == 1)
    }
    return dict(sorted(fields.items(), key=lambda item: not item[1].is_required()))


def _sections() -> Iterator[str]:
    for name, field in Config.model_fields.items():
        if name == "label":
            yield from ["## `[label]`", "What is to be predicted.", *_kinds(Label)]
        elif name == "features":
            yield from ["## `[features]`", _FEATURES, *_kinds(Feature)]
        elif _is_section(field.annotation):
            yield from _section(name, field.annotation)


def _section(name: str, section: type[Section]) -> Iterator[str]:
    yield from [f"{'#' * (2 + name.count('.'))} `[{name}]`", _about(section), _table(section)]
    for key, field in section.model_fields.items():
        inner = next((part for part in _parts(field.annotation) if _is_section(part)), None)
        if get_origin(field.annotation) is dict:
            yield from [f"### `[{name}.{key}]`", *_named(get_args(field.annotation)[1])]
        elif inner:
            yield from _section(f"{name}.{key}", inner)
        elif get_origin(field.annotation) is tuple and _is_section(one := get_args(field.annotation)[0]):
            yield from [f"### `[[{name}.{key}]]`", _about(one), _table(one)]


def _named(section: type[Section]) -> list[str]:
    """Returns what is said of a table whose keys are names of something."""
    if section is Threshold:
        return [_OVERALL, _table(Threshold), _METRICS, _metrics()]
    space = [f"{key} = {toml_value(values)}" for key, values in SPACE.items()]
    return [_SPACE, _table(Values), _DEFAULT_SPACE, "\n".join(["```toml", "[tuning.space]", *space, "```"])]


def _kinds(union: Any) -> Iterator[str]:
    for kind in get_args(get_args(union)[0]):
        yield from [f'### `kind = "{_kind_of(kind)}"`', _about(kind)]
        if described(kind):
            yield _table(kind)


def _about(section: type[Section]) -> str:
    """The docstring, each paragraph on one line."""
    paragraphs = (section.__doc__ or "").strip().split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _table(section: type[Section]) -> str:
    rows = [
        (f"`{name}`", _type(field), _default(field), field.description) for name, field in described(section).items()
    ]
    return _lines(("key", "type", "default", "what it is for"), rows)


def _metrics() -> str:
    rows = []
    for task, metrics in METRICS.items():
        kinds = [_kind_of(label) for label in get_args(get_args(Label)[0]) if label.task == task]
        of = [[_metric(metric, task) for metric in metrics.values() if metric.better == better] for better in _BETTER]
        rows.append((", ".join(kinds), *map(", ".join, of)))
    return _lines(("kind of label", *_BETTER.values()), rows)


def _metric(metric: Metric, task: str) -> str:
    return f"**`{metric.name}`**" if metric.name == DISCRIMINATING[task] else f"`{metric.name}`"


def _kind_of(member: Any) -> str:
    return get_args(member.model_fields["kind"].annotation)[0]


def _lines(header: tuple[str, ...], rows: list[Any]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _type(field: FieldInfo) -> str:
    bounds = ", ".join(_bounds(field.metadata))
    return _in_words(field.annotation) + (f", {bounds}" if bounds else "")


def _in_words(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is Literal:
        return ", ".join(f"`{json.dumps(value)}`" for value in get_args(annotation))
    if origin is Annotated:
        of, *metadata = get_args(annotation)
        bounds = [bound for part in metadata if isinstance(part, FieldInfo) for bound in _bounds(part.metadata)]
        return ", ".join([_in_words(of), *bounds])
    if origin is tuple:
        item = _in_words(get_args(annotation)[0])
        return f"list of {item}s" if item in _NAMES.values() else f"list of ({item})"
    if origin in (types.UnionType, Union):
        return " or ".join(_in_words(part) for part in get_args(annotation) if part is not type(None))
    return _NAMES[Section if _is_section(annotation) else annotation]


def _bounds(metadata: list[Any]) -> list[str]:
    return [
        f"{words} {getattr(part, sign):g}"
        for part in metadata
        for sign, words in _BOUNDS.items()
        if hasattr(part, sign)
    ]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if field.default is None:
        return ""
    return f"`{json.dumps(field.default, default=str)}`"


def _is_section(annotation: Any) -> TypeGuard[type[Section]]:
    return isinstance(annotation, type) and issubclass(annotation, Section)


def _parts(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in (types.UnionType, Union) else (annotation,)


def _is_table(annotation: Any) -> bool:
    return get_origin(annotation) is dict or any(_is_section(part) for part in _parts(annotation))


if __name__ == "__main__":
    PAGE.write_text(page())
