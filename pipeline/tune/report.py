"""What a tuning found, in words: the best values beside the config's, and whether they are better."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.config import Config
from pipeline.next_command import next_command
from pipeline.tune.actions import Tuned


def as_dict(tuned: Tuned, diff: str, written: bool) -> dict[str, Any]:
    """Returns what `turnstile tune --json` prints."""
    return {
        "trials": tuned.trials,
        "config": tuned.config,
        "best": tuned.best,
        "losses": tuned.losses,
        "better": tuned.better,
        "diff": diff,
        "written": written,
    }


def show(tuned: Tuned, diff: str, written: bool, config: Config, config_file: str) -> None:
    """Prints it to stdout.

    Args:
        tuned: what was found.
        diff: the changes of the config's file; empty for none.
        written: whether they are in the file.
        config: what was tuned.
        config_file: the file it was read from.
    """
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    console.print()
    console.print(_table(tuned))
    console.print(Text(f"\n{_verdict(tuned)}", style="bold green" if tuned.better else "bold"))
    if diff:
        console.print(Text(f"\n{diff}\n"))
        if written:
            console.print(Text(f"Written to {config_file}", style="bold green"))
            console.print(Text(f"  train with it: {next_command('run', config, config_file)}"))
        else:
            console.print(Text(f"  write this: {next_command('tune --write', config, config_file)}"))


def _table(tuned: Tuned) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("training")
    table.add_column("config", justify="right")
    table.add_column("best", justify="right")
    for key, value in tuned.config.items():
        best = tuned.best[key]
        table.add_row(key, _value(value), _value(best), style=None if value == best else "bold")
    trials = tuned.trials
    table.add_row("loss in its trial", _loss(trials[0]["loss"]), _loss(min(_losses(trials), default=None)))
    if tuned.losses:
        table.add_row("loss in the check", _loss(tuned.losses["config"]), _loss(tuned.losses["best"]))
    return table


def _losses(trials: list[dict[str, Any]]) -> list[float]:
    return [trial["loss"] for trial in trials if trial["loss"] is not None]


def _verdict(tuned: Tuned) -> str:
    losses, trials = tuned.losses, len(tuned.trials)
    if not losses:
        return f"None of {trials} trials has a lower loss than the config as it is."
    if losses["best"] is None:
        return "In the check, the loss is not always a number. The config stays as it is."
    if losses["config"] is None:
        return "In the check, the loss of the config is not always a number; with the best values it is."
    difference = losses["config"] - losses["best"]
    if difference <= 0:
        return "In the check, the loss is no lower than with the config, which stays as it is."
    found = f"In the check, the loss is lower by {difference:.4f} ± {losses['standard_error']:.4f} (standard error)"
    if tuned.better:
        return f"{found}; that is more than chance."
    return f"{found}; that may be chance. The config stays as it is."


def _value(value: Any) -> str:
    return "" if value is None else json.dumps(value)


def _loss(loss: float | None) -> str:
    return "no number" if loss is None else f"{loss:.4f}"
