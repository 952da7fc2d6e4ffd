"""What `turnstile schema comparators` prints and writes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from pipeline.config import Config
from pipeline.next_command import next_command
from pipeline.run import folder, metadata_store
from pipeline.run.importing_tfx import without_a_log
from turnstile import span_pattern
from turnstile.errors import UsageError
from turnstile.gates import DATA_GATE
from turnstile.places import place
from turnstile.printing import show

if TYPE_CHECKING:
    from components.data_gate.references import Passed
    from pipeline.schema.drift import Proposal

_LEAST = 2  # spans that have a distance
_WIDTH = 120  # of the table, where there is no terminal


def comparators(config: Config, config_file: str, as_json: bool) -> None:
    """Proposes thresholds from the distances between the spans that have passed; prints them, and where they are."""
    with without_a_log():
        from components.distributions import read_split
        from pipeline.data_gate_settings import compared_split
        from pipeline.schema import actions, comparison, drift

    reviewed, known = actions.reviewed_schema(config, config_file), _passed(config, config_file)
    split = f"Split-{compared_split(config)}"
    past = [read_split(place(each.statistics) / split) for each in known]
    names = [_name(config, each, number) for number, each in enumerate(known, start=1)]
    found = drift.proposals(reviewed, _columns(config), past)
    target = actions.proposal_file(config)
    reasons = [f"{each.column}: {_shown(each.threshold)} ({each.why})" for each in found]
    comparison.write(drift.applied(reviewed, found), target, [f"Drift between {', '.join(names)}.", *reasons])
    if as_json:
        columns = [asdict(each) for each in found]
        return print(json.dumps({"proposal": str(target), "spans": names, "columns": columns}))
    show(_table(found), _WIDTH)
    print(f"\nThe distances are those between {', '.join(names)}.\nProposed: {target}")
    print(f"Accept it with: {next_command('schema accept', config, config_file)}")
    return None


def _passed(config: Config, config_file: str) -> list[Passed]:
    """What has passed and is still there, oldest first."""
    from components.data_gate import references

    if not config.data.schema_path:
        raise UsageError(
            "the config names no data.schema_path, so there is no schema to write comparators into. "
            f"Propose one with: {next_command('schema infer', config, config_file)}"
        )
    database = folder.database(config)
    store = metadata_store.opened(database)
    known = references.passed(store, f"{config.name}.{DATA_GATE.id}") if store else []
    found = references.in_order(known, span_pattern.is_pattern(config.data.path))
    if len(found) < _LEAST:
        raise UsageError(
            f"{database}: has the statistics of {len(found)} spans that have passed DataGate; expected at least "
            f"{_LEAST}, between which there is a distance. Run other spans first"
        )
    return found


def _columns(config: Config) -> list[str]:
    """Those of the features and of the label; what people have written is different in each row."""
    written = {name for name, feature in config.features.items() if feature.kind == "text"}
    return [name for name in (*config.features, *config.label_only_columns) if name not in written]


def _name(config: Config, passed: Passed, number: int) -> str:
    span = span_pattern.of_number(config.data.path, passed.span)
    return f"data {number}" if span is None else str(span)


def _table(found: Sequence[Proposal]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("column", "greatest", "by chance", "in force", "proposed", ""):
        table.add_column(heading, justify="left" if heading in ("column", "") else "right", no_wrap=heading == "column")
    for each in found:
        known = [value for value in each.distances if value is not None]
        greatest = f"{max(known):.3f}" if known else "-"
        cells = (each.column, greatest, f"{each.chance:.3f}", _shown(each.in_force), _shown(each.threshold), each.why)
        table.add_row(*map(Text, cells))
    return table


def _shown(threshold: float | None) -> str:
    return "none" if threshold is None else f"{threshold:g}"
