"""A run's result in words: the metrics against their thresholds and the baseline, the verdict, what to type next."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from components.example_gen.input_files import input_files
from pipeline import DEFAULT_CONFIG, artifacts
from pipeline.config import Config
from pipeline.next_command import next_command
from serving.releases import state
from serving.releases.history import STABLE
from serving.settings import ServingConfig
from turnstile import run_log, span_pattern
from turnstile.errors import UsageError
from turnstile.gates import EXAMPLE_GEN
from turnstile.places import is_address, place
from turnstile.thresholds import plus_minus, required

if TYPE_CHECKING:
    from pipeline.run.result import RunResult


def show(result: RunResult, config: Config, config_file: str) -> None:
    """Prints the summary of a run to stdout; `config_file` is repeated in the commands to type next."""
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    console.print()
    if result.metrics:
        console.print(_metrics(result, config))
    if result.served:
        console.print(_served(result.served))
    console.print(_verdict(result, config))
    console.print(_next_steps(result, config, config_file))


def _metrics(result: RunResult, config: Config) -> RenderableType:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("metric")
    for name in ("value", "required", "baseline", *result.simple_models):
        table.add_column(name, justify="right")
    for name, value in result.metrics.items():
        threshold = config.release.required.get(name)
        baseline = result.baseline.get(name)
        table.add_row(
            name,
            _number(value) + plus_minus(result.intervals.get(name)),
            required(threshold, baseline) if threshold else "",
            "" if baseline is None else _number(baseline),
            *(_number(model[name]) if name in model else "" for model in result.simple_models.values()),
        )
    return table


def _served(measured: Mapping[str, Any]) -> RenderableType:
    """What ServingValidator measured, as far as it came."""
    parts = [f"{measured['size_mb']:.1f} MB"] if "size_mb" in measured else []
    if "load_seconds" in measured:
        parts.append(f"loads in {measured['load_seconds']:.1f} s")
    if latency := measured.get("latency_ms"):
        parts.append(f"answers a row in {max(latency.values()):.2g} ms")
    return Text(f"\nas exported: {', '.join(parts)}")


def _verdict(result: RunResult, config: Config) -> RenderableType:
    lines: list[RenderableType] = [Text()]
    if result.error:
        lines.append(Text(f"Failed: {result.error.splitlines()[0]}", style="bold red"))
        lines += [Text(f"  {line}", style="dim") for line in run_log.last_lines(Path(result.log))]
    elif refused := [gate for gate in result.gates if not gate.passed]:
        for gate in refused:
            headline, *reasons = gate.in_words()
            lines.append(Text(headline, style="bold red"))
            lines += map(Text, reasons)
        lines += _left_open(result)
    elif all(component.state in ("cached", "done") for component in result.components):
        what = "Blessed and pushed" if _is_new(result) else "Nothing has changed; already pushed"
        lines += _left_open(result)
        held = _held(result, config) and not result.waits_for_approval
        said = f"{'Pushed as canary only' if held else what}: {_shown(result.model_dir)}"
        lines.append(Text(said, style="bold yellow" if held else "bold green"))
        if result.waits_for_approval:
            lines.append(Text("It has no label, and waits for approval.", style="bold yellow"))
        if held and not _is_any_stable(config):
            lines.append(Text("No version is stable yet, so clients that ask for stable get an error.", style="yellow"))
    lines += _rows(result)
    if result.report:
        lines.append(Text(f"report: {_shown(result.report)}"))
    else:
        lines.append(Text("The report of the run could not be written; the log says why.", style="yellow"))
    lines.append(Text(f"{config.name}, {result.seconds:.0f} s, log: {_shown(result.log)}", style="dim"))
    return Group(*lines)


def _rows(result: RunResult) -> list[RenderableType]:
    """Which rows nothing was learned from, beside those that are held out."""
    lines: list[RenderableType] = []
    if (learned := result.learned_from) and learned["rows"] < learned["of"]:
        drawn = f"The model learned from {learned['rows']:,} of {learned['of']:,} rows, drawn at random"
        keys = "max_steps_per_epoch, max_epochs and memory_mb"
        lines.append(Text(f"{drawn}. For more, raise {keys} under [training].", style="dim"))
    if result.rows_without_label:
        lines.append(Text(f"{result.rows_without_label:,} rows without a label were left out.", style="yellow"))
    return lines


def _left_open(result: RunResult) -> list[RenderableType]:
    """What the gates could not decide, let through with a warning, or could not tell and did not have to."""
    lines: list[RenderableType] = []
    for gate in (gate for gate in result.gates if gate.passed):
        if gate.undecided:
            lines.append(Text("Undecided: the eval rows are too few to tell if all bounds hold.", style="bold yellow"))
        before = "  - " if gate.undecided else "Warning: "
        lines += [Text(f"{before}{reason}", style="yellow") for reason in gate.reasons]
        lines += [Text(note, style="dim") for note in gate.notes]
    return lines


def _held(result: RunResult, config: Config) -> bool:
    """Returns whether a new version is canary only, because Evaluator left it undecided."""
    undecided = any(gate.undecided for gate in result.gates)
    return _is_new(result) and undecided and config.release.undecided == "canary"


def _is_any_stable(config: Config) -> bool:
    return STABLE in state.read(state.release_folder(config.serving, config.name)).labels


def _is_new(result: RunResult) -> bool:
    return any(c.id == "Pusher" and c.state == "done" for c in result.components)


def _next_steps(result: RunResult, config: Config, config_file: str) -> RenderableType:
    elsewhere = config_file != DEFAULT_CONFIG or config.serving.dir != ServingConfig().dir
    model = ["--model", _shown(result.model_dir)] if elsewhere else []
    logs = artifacts.root(config) / "Trainer" / "model_run"
    learned = ("see how it learned", shlex.join(["tensorboard", "--logdir", _shown(str(logs))]))
    predict = shlex.join(["turnstile", "predict", _shown(_first_file(config)), *model])
    steps = {
        0: [*_in_writing(result, config, config_file), ("predict with it", predict), learned],
        10: [learned],
        11: _about_data(result, config, config_file),
        1: [("read the whole log", shlex.join(["less", _shown(result.log)]))],
    }[result.exit_code]
    return Group(*(Text(f"  {what}: {command}") for what, command in steps))


def _in_writing(result: RunResult, config: Config, config_file: str) -> list[tuple[str, str]]:
    """How to approve or reject a version that waits for it, or to release one that Evaluator left undecided."""
    approval = {"approve": "approve it", "reject": "reject it"} if result.waits_for_approval else {}
    override = {"override": "let it be stable all the same"} if _held(result, config) else {}
    options = [] if config_file == DEFAULT_CONFIG else ["--config", config_file]
    if config.serving.dir != ServingConfig().dir:
        options += ["--serving-dir", config.serving.dir]
    words = (str(result.pushed_version), "--why", "REASON", *options)
    return [(what, shlex.join(["turnstile", action, *words])) for action, what in (approval | override).items()]


def _about_data(result: RunResult, config: Config, config_file: str) -> list[tuple[str, str]]:
    """What tells more about refused data. Where no schema was reviewed, there is none to compare the data with."""
    if any(gate.gate == EXAMPLE_GEN.id and not gate.passed for gate in result.gates):
        return []  # of files that cannot be read, no command tells more
    what, words = ("see what the data holds", "schema infer")
    if config.data.schema_path:
        what, words = ("compare data and schema", "schema diff")
    return [(what, next_command(words, config, config_file, data=_shown(config.data.path)))]


def _first_file(config: Config) -> str:
    path, span = config.data.path, config.data.span
    try:
        if not span_pattern.is_pattern(path) and not place(path).is_dir():
            return path
        return str(input_files(path, span)[0])
    except UsageError:  # moved away since the run has read them
        return path


def _number(value: float) -> str:
    return f"{value:,.0f}" if value.is_integer() and abs(value) > 1 else f"{value:.4f}"


def _shown(path: str | None) -> str:
    """The path, relative to where the user is if it is below."""
    if path is None or is_address(path):
        return path or ""
    absolute = Path(path).resolve()
    return str(absolute.relative_to(Path.cwd())) if absolute.is_relative_to(Path.cwd()) else path
