"""What `turnstile init` does and writes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline import config_checks, config_file
from pipeline.init import dialects, labels, missing_words, proposal, reading
from pipeline.init.config_text import config_text, schema_of
from pipeline.init.profile import Profile
from pipeline.init.proposal import Proposal
from pipeline.init.reading import Sample
from pipeline.next_command import next_command
from pipeline.schema import actions as schema_actions
from turnstile import csv_dialect, files, span_pattern
from turnstile.errors import UsageError

_FOLDER = Path("configs")
_NAMED = 12  # candidates for the label that a message names

# Chooses the label among the columns that could be one; the second argument has all columns.
Ask = Callable[[list[str], dict[str, Profile]], str]


@dataclass(frozen=True)
class Written:
    """What was found and written.

    Attributes:
        config: the config's file.
        schema: the schema's file.
        data: the data.
        sample: the rows that were looked at.
        proposal: what was chosen.
        next: the command to type next.
    """

    config: Path
    schema: Path
    data: str
    sample: Sample
    proposal: Proposal
    next: str


def init(data: str, label: str | None, name: str | None, force: bool, ask: Ask | None) -> Written:
    """Looks at data, and writes a config, and a schema that later data must fit.

    Args:
        data: the data, as [data] of a config names it.
        label: the column to predict; by default the one whose name says so.
        name: the pipeline's name; by default it is made of the data's.
        force: whether a config and a schema that are there are replaced.
        ask: chooses the label where its name does not tell; None where nobody can be asked.

    Raises:
        UsageError: the data cannot be read, the label cannot be told, or the config is there already.
        DataRefusedError: the data cannot be read in a run.
    """
    config_checks.check_files("DATA", data)
    name = name or _name_of(data)
    path, schema = _FOLDER / f"{name}.toml", schema_of(name)
    if there := [str(file) for file in (path, schema) if file.exists() and not force]:
        raise UsageError(
            f"{' and '.join(there)}: {'is' if len(there) == 1 else 'are'} there already. "
            "Choose another name with --name, or write over what is there with --force"
        )
    sample, columns = _looked_at(data)
    column = labels.find(list(columns.values()), label) or _asked(data, columns, ask)
    columns = labels.labelled(columns, column)
    choice = labels.choose(columns[column.name], missing=len(column.column) - len(columns[column.name].column))
    found = proposal.propose(sample, columns, choice)
    text = config_text(name, data, sample, found)
    config = config_file.checked(tomllib.loads(text), path, check_schema=False)
    schema_actions.start(config)
    files.write(path, text)
    return Written(path, schema, data, sample, found, next_command("run", config, str(path)))


def _looked_at(data: str) -> tuple[Sample, dict[str, Profile]]:
    sample = reading.read(data, dialects.of_data(data))
    columns = proposal.profiles(sample)
    if words := missing_words.found(columns.values()):
        sample = reading.read(data, sample.how.model_copy(update={"null_values": words}))
        columns = proposal.profiles(sample)
    return sample, columns


def _name_of(data: str) -> str:
    """A name for the pipeline: the file's or the folder's, in the letters that a name may have."""
    path = Path(data)
    if span_pattern.is_pattern(data):
        path = next(parent for parent in path.parents if not span_pattern.is_pattern(str(parent)))
    file = path.name if csv_dialect.ending(path.name) else path.resolve().name
    words = re.findall(r"[a-z0-9]+", file[: len(file) - len(csv_dialect.ending(file))].lower())
    name = "_".join(words)
    return name if re.match("[a-z]", name) else f"data_{name}".rstrip("_")


def _asked(data: str, columns: dict[str, Profile], ask: Ask | None) -> Profile:
    possible = labels.candidates(list(columns.values()))
    if ask and possible:
        return columns[ask(possible, columns)]
    named = ", ".join(possible[:_NAMED]) + (f" and {len(possible) - _NAMED:,} more" if possible[_NAMED:] else "")
    raise UsageError(
        f"{data}: no column's name says that it is the one to predict. Name it with --label. "
        + (f"It could be one of: {named}" if named else "None of the columns could be one: each is constant or an id")
    )
