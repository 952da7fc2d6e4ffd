"""What the `turnstile schema` commands print and write."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console, RenderableType
from tensorflow_metadata.proto.v0 import schema_pb2

from pipeline.config import Config
from pipeline.config_file import read_schema
from pipeline.next_command import next_command
from pipeline.run.importing_tfx import without_a_log
from pipeline.run.whole_run import statistics
from pipeline.schema import shown
from turnstile.errors import UsageError
from turnstile.section import nearest


def infer(config: Config, config_file: str) -> None:
    """Proposes a schema from the data alone, and says where it is."""
    proposed = _propose(config, None)
    _print(shown.table(proposed))
    _say(f"\nProposed: {proposal_file(config)}")
    _next(config, config_file)


def show(config: Config, config_file: str, proposed: bool, as_json: bool) -> None:
    """Prints the reviewed schema, with what was changed by hand since it was accepted; or the proposal."""
    if not proposed and not config.data.schema_path:
        raise UsageError(
            "the config names no data.schema_path, so there is no reviewed schema to show. "
            f"For the latest proposal: {next_command('schema show --proposed', config, config_file)}"
        )
    schema = _proposed(config, config_file) if proposed else reviewed_schema(config, config_file)
    path = proposal_file(config) if proposed else config.data.schema_path
    known = not proposed and _remembered(config).exists()
    by_hand = shown.changed(schema, read_schema(_remembered(config))) if known else None
    if as_json:
        return print(json.dumps({"schema": str(path), "columns": shown.as_dicts(schema, by_hand)}))
    _print(shown.table(schema, by_hand))
    if not proposed and not known:
        _say(f"\nWhat was changed by hand is not known: schema accept has written no {_remembered(config)} yet.")
    return None


def diff(config: Config, config_file: str) -> None:
    """Proposes the least changes to the reviewed schema that make the data pass, and prints them."""
    if not config.data.schema_path:
        raise UsageError(
            "the config names no data.schema_path, so there is no reviewed schema to compare the data with. "
            f"Propose one with: {next_command('schema infer', config, config_file)}"
        )
    reviewed = reviewed_schema(config, config_file)
    if not _say_differences(reviewed, _propose(config, reviewed)):
        return _say(f"The data is as {config.data.schema_path} expects; nothing to change.")
    accept_it = next_command("schema accept", config, config_file)
    _say(f"\nIf the data is right: {accept_it}   (writes {config.data.schema_path})")
    return _say(
        "If the schema is right: fix the data, or let it pass by the line that the run's refusal gives for [data_gate]."
    )


def accept(config: Config, config_file: str, replace: bool, only: Sequence[str] = ()) -> None:
    """Writes the proposal over the reviewed schema; one that was inferred from nothing only with `replace`.

    With `only`, just the columns of these names are taken from the proposal.
    """
    with without_a_log():  # what TFDV imports warns of things that are no business of the user's
        from pipeline.schema import comparison

    if not config.data.schema_path:
        raise UsageError(
            "the config names no data.schema_path to write to. Write, for example, under [data]: "
            f'schema_path = "data/{config.name}/schema.pbtxt"'
        )
    proposed, target = _proposed(config, config_file), Path(config.data.schema_path)
    remembered: schema_pb2.Schema | None = proposed
    if target.exists():
        reviewed = reviewed_schema(config, config_file)
        if not replace and list(reviewed.default_environment) != list(proposed.default_environment):
            raise UsageError(
                "the proposal was made from the data alone, so it would lose the environments, ranges and comparators "
                f"of {target}. For the least changes: {next_command('schema diff', config, config_file)}\n"
                f"To start over: {next_command('schema accept --replace', config, config_file)}"
            )
        if only:
            _check_columns(only, proposed)
            proposed = comparison.with_columns(reviewed, proposed, only)
        if not _say_differences(reviewed, proposed):
            _say("The schema stays as it is; the proposal changes nothing there.")
        if not replace:
            remembered = _with_changed(_remembered(config), reviewed, proposed)
    elif only:
        raise UsageError(
            f"{target} is not there yet, so there is nothing to keep beside --only. "
            f"Accept the whole proposal: {next_command('schema accept', config, config_file)}"
        )
    comparison.write(proposed, target)
    if remembered:
        comparison.write(remembered, _remembered(config))
    _say(f"Accepted: {target}. Review and commit it.")


def start(config: Config) -> None:
    """Puts a schema in force that is inferred from the data alone; one that was there is replaced."""
    target = Path(str(config.data.schema_path))
    alone = config.model_copy(update={"data": config.data.model_copy(update={"schema_path": None})})
    proposed = _propose(alone, None)
    from pipeline.schema import comparison

    comparison.write(proposed, target)
    comparison.write(proposed, _remembered(config))


def _check_columns(only: Sequence[str], proposed: schema_pb2.Schema) -> None:
    names = [feature.name for feature in proposed.feature]
    for column in only:
        if column not in names:
            raise UsageError(
                f"--only {column}: the proposal has no such column{nearest(column, names)} It has: {', '.join(names)}"
            )


def _propose(config: Config, reviewed: schema_pb2.Schema | None) -> schema_pb2.Schema:
    folder = statistics(config)
    from pipeline.schema import comparison

    proposed = comparison.propose(folder, reviewed, config.columns_read)
    comparison.write(proposed, proposal_file(config), [])
    return proposed


def _proposed(config: Config, config_file: str) -> schema_pb2.Schema:
    if not proposal_file(config).exists():
        words = "schema diff" if config.data.schema_path and Path(config.data.schema_path).exists() else "schema infer"
        raise UsageError(f"there is no proposal yet; make one with: {next_command(words, config, config_file)}")
    return read_schema(proposal_file(config), next_command("schema infer", config, config_file))


def reviewed_schema(config: Config, config_file: str) -> schema_pb2.Schema:
    """Reads the schema in force."""
    return read_schema(str(config.data.schema_path), next_command("schema infer", config, config_file))


def proposal_file(config: Config) -> Path:
    """Returns where the latest proposal is."""
    return Path(config.output) / config.name / "proposed_schema.pbtxt"


def _remembered(config: Config) -> Path:
    """What was accepted last: by it, `schema show` tells what was changed by hand."""
    return proposal_file(config).with_name("accepted_schema.pbtxt")


def _with_changed(path: Path, before: schema_pb2.Schema, after: schema_pb2.Schema) -> schema_pb2.Schema | None:
    """Returns what was accepted so far with the columns that a proposal changes; None where nothing was."""
    from pipeline.schema import comparison

    names = [name for name, is_changed in shown.changed(after, before).items() if is_changed]
    return comparison.with_columns(read_schema(path), after, names) if path.exists() else None


def _say_differences(before: schema_pb2.Schema, after: schema_pb2.Schema) -> bool:
    from pipeline.schema import comparison

    found = comparison.differences(before, after)
    for sentence in found:
        _say(f"- {sentence}")
    return bool(found)


def _next(config: Config, config_file: str) -> None:
    if not config.data.schema_path:
        _say(f'To check data against it, add schema_path = "data/{config.name}/schema.pbtxt" under [data].')
    _say(f"Accept it with: {next_command('schema accept', config, config_file)}")


def _print(table: RenderableType) -> None:
    Console(highlight=False, markup=False, emoji=False).print(table)


def _say(text: str) -> None:
    Console(highlight=False, soft_wrap=True, markup=False, emoji=False).print(text)
