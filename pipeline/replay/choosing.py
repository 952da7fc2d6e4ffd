"""Which spans to replay, and where: never among the real runs, nor where the real versions are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from components.example_gen import file_listing
from components.example_gen.arrivals import Found
from pipeline.config import Config
from pipeline.past.finished import finished
from pipeline.run import folder
from turnstile import span_pattern
from turnstile.errors import UsageError
from turnstile.span_pattern import Span

# Below the config's output folder, unless the user says where.
FOLDER, SERVING = "replay", "serving_model"


def places(config: Config, output: str | None, serving_dir: str | None) -> tuple[str, str]:
    """Returns the output folder and the serving folder of a replay.

    Args:
        config: as it is for real runs.
        output: what the user has said; None for a folder in the config's output folder.
        serving_dir: what the user has said; None for a folder in the output folder.

    Raises:
        UsageError: one of them is that of the real runs.
    """
    output = output or str(Path(config.output) / FOLDER)
    serving_dir = serving_dir or str(Path(output) / SERVING)
    for option, given, real in (("output", output, config.output), ("serving-dir", serving_dir, config.serving.dir)):
        if Path(given).resolve() == Path(real).resolve():
            raise UsageError(f"--{option} {given}: is where the real runs write; expected another folder for a replay")
    return output, serving_dir


def spans(config: Config, first: Span | None, last: Span | None) -> list[Span]:
    """Returns the spans that there are from the first to the last, oldest first.

    Args:
        config: of the pipeline.
        first: by default the first with as many spans before it as the window asks for.
        last: by default the latest there is.

    Raises:
        UsageError: there is none.
    """
    path, window = config.data.path, config.data.window
    if not span_pattern.is_pattern(path):
        raise UsageError(
            f"data.path '{path}' has no placeholders, so there are no spans to replay. Cut the data into spans with: "
            "turnstile data split"
        )
    where, pattern = span_pattern.folder_and_pattern(path)
    there = Found.of(where, file_listing.escaped(pattern)).spans
    asked = [
        span
        for span in (there if first is not None else there[window - 1 :])
        if (first is None or span_pattern.number(first) <= span_pattern.number(span))
        and (last is None or span_pattern.number(span) <= span_pattern.number(last))
    ]
    if not asked:
        found = f"there are {len(there)}: {there[0]} to {there[-1]}" if there else "there is none"
        raise UsageError(
            f"{path}: no span to replay from {'the first' if first is None else first} to "
            f"{'the latest' if last is None else last}, with data.window = {window}; {found}"
        )
    return asked


def records(config: Config, chosen: list[Span]) -> dict[Span, dict[str, Any]]:
    """Returns the records of those spans that an earlier call has replayed in the same folder.

    Raises:
        UsageError: they were replayed with another config; or a later span was, and an earlier one was not.
    """
    done = finished(folder.root(config))
    for span in chosen:
        if span in done and (differs := _differences(done[span], config)):
            raise UsageError(
                f"{folder.root(config)}: span {span} was replayed there with another config ({', '.join(differs)}). "
                "Remove that folder, or give another --output"
            )
    latest = max((span_pattern.number(span) for span in done), default=-1)
    if skipped := [span for span in chosen if span not in done and span_pattern.number(span) < latest]:
        raise UsageError(
            f"{folder.root(config)}: later spans than {skipped[0]} were replayed there, and a model of {skipped[0]} "
            "would be compared with theirs. Remove that folder, or give another --output"
        )
    return {span: done[span] for span in chosen if span in done}


def _differences(record: dict[str, Any], config: Config) -> list[str]:
    """The sections of the config that are different, but for the span."""
    then, now = record.get("config") or {}, config.model_dump(mode="json")
    for each in (then, now):
        each["data"] = {key: value for key, value in each.get("data", {}).items() if key != "span"}
    return [key for key in now if now[key] != then.get(key)]
