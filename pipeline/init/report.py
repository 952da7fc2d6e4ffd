"""What `turnstile init` found, as a table for people and as an object for programs."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from pipeline.init import kinds
from pipeline.init.actions import Written
from pipeline.init.config_text import given, looked_at
from pipeline.init.profile import Profile
from turnstile.feature_line import toml_value as value


def show(written: Written) -> None:
    """Prints what was chosen, where it is, and what to type next."""
    found = written.proposal
    table = _table("column", "becomes", "why")
    table.add_row(found.label.column.name, f"the label: {found.label.label.kind}", found.label.why)
    for name, feature in found.features.items():
        suspicion = found.suspicious.get(name)
        table.add_row(name, _kind(given(feature)), found.why[name] + (f"; a leak? {suspicion}" if suspicion else ""))
    for name, why in found.left_out.items():
        table.add_row(name, "left out", why)
    console = _console()
    console.print()
    console.print(table)
    _say("\nTo be released, a model must reach:")
    for metric, bounds in found.required.bounds.items():
        _say(f"  {metric} {bounds['min']:g} ({found.required.why[metric]})")
    for note in found.notes:
        _say(f"\nNote: {note}.")
    _say(f"\nLooked at {looked_at(written.sample)} of {written.data}.")
    _say(f"Wrote {written.config}, with the reason for each choice.")
    _say(f"Wrote {written.schema}: data that is not as it says stops a run.")
    _say(f"Next: {written.next}")


def show_columns(columns: dict[str, Profile]) -> None:
    """Prints what the columns are, before it is known which is the label."""
    table = _table("column", "values", "what they are")
    for name, profile in columns.items():
        table.add_row(name, f"{profile.distinct:,}", kinds.choose(profile).why)
    _console().print(table)


def as_dict(written: Written) -> dict[str, Any]:
    """Returns what `--json` prints."""
    found = written.proposal
    return {
        "config": str(written.config),
        "schema": str(written.schema),
        "data": written.data,
        "rows": written.sample.total,
        "rows_looked_at": written.sample.rows,
        "label": given(found.label.label),
        "features": {n: {**given(f), "why": found.why[n]} for n, f in found.features.items()},
        "left_out": found.left_out,
        "suspicious": found.suspicious,
        "slices": list(found.slices),
        "thresholds": found.required.bounds,
        "notes": list(found.notes),
        "next": written.next,
    }


def _kind(feature: dict[str, Any]) -> str:
    rest = {name: inner for name, inner in feature.items() if name != "kind"}
    return ", ".join([feature["kind"], *(f"{name} = {value(inner)}" for name, inner in rest.items())])


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _console() -> Console:
    return Console(highlight=False, markup=False, emoji=False)


def _say(text: str) -> None:
    Console(highlight=False, soft_wrap=True, markup=False, emoji=False).print(text)
