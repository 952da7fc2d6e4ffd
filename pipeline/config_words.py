"""Says what pydantic found wrong in a config: by the key that the user wrote, and what was expected there."""

from __future__ import annotations

from typing import Any, get_args

from turnstile.columns import Feature
from turnstile.feature_line import toml_key
from turnstile.labels import Label
from turnstile.section import unknown_name


def in_words(error: Any) -> str:
    """Returns one of pydantic's errors as "key: what is wrong"."""
    key = ".".join(_without_kinds(error["loc"]))
    prefix, context = f"{key}: " if key else "", error.get("ctx", {})
    if error["type"] == "missing":
        return f"{prefix}is required, and missing; docs/config.md says what to write there"
    if error["type"] == "union_tag_not_found":
        kinds = _kinds(error["loc"][0])
        if any(isinstance(part, dict) for part in error["input"].values()):
            return f"{prefix}{_dotted(key, error['input'])}"
        return f'{prefix}has no kind; expected one of: {", ".join(kinds)}. Write it, as kind = "{kinds[0]}"'
    if error["type"] == "union_tag_invalid":
        return f"{prefix}{unknown_name('kind', context['tag'], _kinds(error['loc'][0])).message()}"
    if error["type"] == "too_short":
        entries = "entry" if context["min_length"] == 1 else "entries"
        return f"{prefix}expected at least {context['min_length']} {entries}, got {context['actual_length']}"
    if error["type"] == "wrong" and repr(error["input"]) in error["msg"]:
        return f"{prefix}{error['msg']}"
    what, got = error["msg"][0].lower() + error["msg"][1:], error["input"]
    return f"{prefix}{what}" + (f", got {got!r}" if isinstance(got, str | int | float) else "")


def _dotted(key: str, table: dict[str, Any]) -> str:
    """Says that a dot in a key, which is not in quotes, begins a table in a table."""
    section, name = key.split(".", 1)
    while isinstance(inner := next(iter(table.values()), None), dict):
        name, table = f"{name}.{next(iter(table))}", inner
    quoted = toml_key(name)
    return (
        "has tables in it, and no kind: a dot in a key of TOML begins a table, unless the key is in quotes. For a "
        f'column named {name}, write {quoted} = {{ kind = "..." }} under [{section}], or [{section}.{quoted}]'
    )


def _without_kinds(loc: tuple[str | int, ...]) -> list[str]:
    """The key as the user wrote it: pydantic puts the kind of a feature or label into the path."""
    at = {"features": 2, "label": 1}.get(str(loc[0]) if loc else "")
    return [str(part) for i, part in enumerate(loc) if i != at]


def _kinds(section: str | int) -> list[str]:
    union = get_args(Feature if section == "features" else Label)[0]
    return [get_args(member.model_fields["kind"].annotation)[0] for member in get_args(union)]
