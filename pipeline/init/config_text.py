"""The config as a person reads it: what was chosen, and beside each choice the reason for it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from components.evaluator.settings import ReleaseConfig
from components.example_gen.settings import SplitConfig
from pipeline.init.proposal import Proposal
from pipeline.init.reading import Sample
from pipeline.init.toml_text import aligned, comment_text
from turnstile.columns import Feature, Time
from turnstile.feature_line import toml_key
from turnstile.feature_line import toml_value as value
from turnstile.labels import Label

_WIDTH = 118


def config_text(name: str, path: str, sample: Sample, proposal: Proposal) -> str:
    """Returns the text of a TOML file.

    Args:
        name: the pipeline's name.
        path: the data.
        sample: the rows that were looked at.
        proposal: what was chosen.
    """
    sections = [
        _head(name, path, sample),
        _data(name, path, sample, proposal.label.missing),
        _label(proposal),
        _features(proposal),
        _split(proposal),
        _release(proposal),
    ]
    return "\n\n".join("\n".join(lines) for section in sections if (lines := list(section))) + "\n"


def schema_of(name: str) -> Path:
    """Returns where the schema of a pipeline is."""
    return Path("data") / name / "schema.pbtxt"


def given(section: Feature | Label) -> dict[str, Any]:
    """Returns what of a feature or a label is not the default, its kind first."""
    set_ = section.model_dump(mode="json", exclude_defaults=True)
    return {"kind": section.kind, **set_}


def looked_at(sample: Sample) -> str:
    """Says how many rows were looked at."""
    if sample.every == 1:
        return f"all {sample.rows:,} rows"
    return f"{sample.rows:,} of about {sample.total:,} rows"


def _comment(text: str, indent: str = "") -> Iterator[str]:
    for line in textwrap.wrap(comment_text(text), _WIDTH - 2, subsequent_indent=indent, break_long_words=False):
        yield f"# {line}"


def _head(name: str, path: str, sample: Sample) -> Iterator[str]:
    yield from _comment(
        f"Proposed by `turnstile init` from {looked_at(sample)} of {path}. Every choice has its reason beside it; "
        "correct what you know better. docs/config.md has every key."
    )
    yield f"name = {value(name)}"


def _data(name: str, path: str, sample: Sample, missing: int) -> Iterator[str]:
    why = {
        "separator": "between the columns",
        "decimal": "before the decimals",
        "null_values": "found among the values; read as missing in every column",
    }
    chosen = sample.how.model_dump(exclude_defaults=True)
    rows = [("path", value(path), ""), *((key, value(inner), why[key]) for key, inner in chosen.items())]
    if missing:
        without = f"{'' if sample.every == 1 else 'about '}{missing * sample.every:,}"
        rows.append(("drop_missing_labels", value(True), f"{without} rows have no label, and are left out"))
    rows.append(("schema_path", value(str(schema_of(name))), "what later data must fit; see `turnstile schema show`"))
    yield "[data]"
    yield from aligned(rows)


def _label(proposal: Proposal) -> Iterator[str]:
    yield from _comment(f"What the model predicts. The data has: {proposal.label.why}.")
    yield "[label]"
    yield from aligned((name, value(inner), "") for name, inner in given(proposal.label.label).items())


def _features(proposal: Proposal) -> Iterator[str]:
    yield "[features]"
    yield from aligned(
        (toml_key(name), value(given(feature)), _reason(proposal, name)) for name, feature in proposal.features.items()
    )
    if times := [name for name, feature in proposal.features.items() if isinstance(feature, Time)]:
        yield from _comment(
            f"Rows are divided by a hash, not by time. If they follow each other in time ({times[0]}), metrics may be "
            "too good."
        )
    if proposal.left_out:
        yield ""
        yield "# Left out:"
        for name, why in proposal.left_out.items():
            yield from _comment(f"- {name} {why}.", indent="  ")


def _reason(proposal: Proposal, name: str) -> str:
    suspicion = proposal.suspicious.get(name)
    return proposal.why[name] + (f". A LEAK? {suspicion[0].upper()}{suspicion[1:]}" if suspicion else "")


def _split(proposal: Proposal) -> Iterator[str]:
    judged = proposal.judged
    if judged.train == SplitConfig.model_fields["train"].default:
        return
    yield from _comment(
        f"There are few rows, so a larger part than usual is kept to judge the model: about {judged.rows}."
    )
    yield "[split]"
    yield f"train = {judged.train}"
    yield f"eval = {judged.eval}"


def _release(proposal: Proposal) -> Iterator[str]:
    judged, few = proposal.judged, proposal.judged.least < ReleaseConfig.model_fields["min_examples"].default
    if proposal.slices or few:
        yield "[release]"
    if proposal.slices:
        yield from _comment(
            "Columns with a few values, each in many rows: metrics are reported for each value as well."
        )
        yield f"slices = {value(proposal.slices)}"
    if few:
        yield from _comment(
            f"The model is judged on about {judged.rows} rows. That is few: a metric on so few depends much on luck."
        )
        yield f"min_examples = {judged.least}"
    if proposal.slices or few:
        yield ""
    yield from _comment(
        "What a model must reach on rows that it has not learned from: the score of a constant answer, plus nine "
        "tenths of what gradient boosting adds to it, less three standard errors. max_drop is how far below the model "
        "that serves it may be."
    )
    for note in proposal.notes:
        yield from _comment(f"Note: {note}.")
    yield "[release.overall]"
    yield from aligned(
        (metric, value(bounds), proposal.required.why[metric]) for metric, bounds in proposal.required.bounds.items()
    )
