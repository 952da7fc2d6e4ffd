"""What a model card says: made from the record of the run and nothing else, so that it can be made again anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.card import quality
from components.card.part import NONE, Part, number, short
from components.card.settings import CardConfig
from turnstile.model_inputs import Columns

Record = Mapping[str, Any]

_UNSAID = "Nobody has written this down. It belongs under [card] of the config, as {}."
_FILES = 5  # that the card names; the record has more
_OUTPUTS = {
    "binary": "It answers with probability, the probability of 1, and with label, which is 1 if that is at least the "
    "decision of the config, and else 0.",
    "multiclass": "It answers with probabilities, in the order of the classes in the config, and with the likeliest "
    "class as label.",
    "regression": "It answers with value, in the label's own unit.",
}


def title(record: Record) -> str:
    """Returns the heading of a card."""
    version = (record.get("push") or {}).get("version")
    return f"Model card: {record['pipeline']}" + (f", version {version}" if version else "")


def parts(record: Record) -> list[Part]:
    """Returns the sections of a card.

    Args:
        record: of a run that has judged a model; see docs/release-record.md.
    """
    config = record.get("config") or {}
    card = CardConfig.model_validate(config.get("card") or {})
    columns = Columns.model_validate({name: config[name] for name in ("features", "label")}) if config else None
    return [
        Part(title="Intended use", paragraphs=[card.intended_use or _UNSAID.format("intended_use")]),
        Part(title="Not for", paragraphs=[card.not_for or _UNSAID.format("not_for")]),
        Part(title="Caveats", paragraphs=[] if card.caveats else [_UNSAID.format("caveats")], items=card.caveats),
        _about(record, card),
        *([_predicts(columns)] if columns else []),
        _data(record["data"]),
        quality.overall(record),
        quality.by_slice(record),
        quality.gaps(record),
        quality.limits(record),
        _asked(record),
    ]


def _about(record: Record, card: CardConfig) -> Part:
    code, training = record.get("code") or {}, record.get("training") or {}
    changed = ", and source files that differ from it" if code.get("dirty") else ""
    facts = {
        "Owners": ", ".join(card.owners),
        "Licence": card.licence,
        "Made": record["time"],
        "Run": record["run_id"],
        "Code": f"commit {code['commit']}{changed}" if code else "",
        "Made with": ", ".join(f"{name} {version}" for name, version in record["versions"].items()),
        "Trained": f"{len(training['epochs'])} epochs; the weights are those of epoch {training['best_epoch']}"
        if training
        else "",
    }
    return Part(
        title="About the model", header=("what", "which"), rows=[(k, short(v) or NONE) for k, v in facts.items()]
    )


def _predicts(columns: Columns) -> Part:
    label, aliases = columns.label, columns.aliases
    made_of = label.model_dump(mode="json", exclude_defaults=True)
    words = "; ".join(f"{name}: {value}" for name, value in made_of.items())
    return Part(
        title="What it predicts, and from what",
        paragraphs=[f"The label is made by these keys of the config: {short(words)}.", _OUTPUTS[label.task]],
        header=("column", "kind", "input of the signature raw"),
        rows=[(short(name), feature.kind, short(aliases[name])) for name, feature in columns.features.items()],
    )


def _data(data: Mapping[str, Any]) -> Part:
    rows = data.get("rows") or {}
    facts = {
        "Path": data["path"],
        "Span": data.get("date") or data.get("span"),
        "Rows to learn from": number(rows.get("train")),
        "Rows to judge by": number(rows.get("eval")),
        "Rows without a label, left out": number(data.get("rows_without_label")),
        "Files": number(data.get("file_count")),
    }
    named = [
        (short(f"File {file['path']}"), f"{file['bytes']:,} bytes, BLAKE2b {file['digest']}")
        for file in data.get("files", [])[:_FILES]
    ]
    shown = [(name, NONE if value is None else short(value)) for name, value in facts.items()]
    return Part(title="Data", header=("what", "which"), rows=[*shown, *named])


def _asked(record: Record) -> Part:
    version = (record.get("push") or {}).get("version")
    address = f"/v1/models/{record['pipeline']}" + (f"/versions/{version}" if version else "")
    return Part(
        title="How to ask it",
        paragraphs=[
            "The first line needs no server; FOLDER is the folder of this version. The others are a request to "
            "TensorFlow Serving, with one value for each input of the signature raw.",
            'A value that is missing is "" for a string, NaN for a float and -9223372036854775808 for an integer.',
        ],
        code=[
            "turnstile predict rows.csv --model FOLDER",
            f"POST {address}:predict",
            '{"signature_name": "raw", "instances": [{INPUT: VALUE, ...}]}',
        ],
    )
