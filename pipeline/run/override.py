"""Releases the model of a run that Evaluator refused, by a person's word: Pusher runs once more on what the run made.

The push is a run of its own, with a log and records of its own, whose inputs are the other run's outputs. What it does
was frozen by the run: its config may have changed since.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.config import Config
from pipeline.run import folder
from serving.releases import audit_log, control, release_record
from serving.releases.change import Change
from serving.releases.holds import OVERRIDE
from serving.releases.state import ReleaseFolder, read, release_folder
from serving.releases.version_folders import versions
from turnstile.errors import TurnstileError, UsageError
from turnstile.gates import EVALUATOR, GATES, SERVING_VALIDATOR
from turnstile.typed_command import typed

if TYPE_CHECKING:
    from tfx.proto.orchestration import pipeline_pb2

    from components.pusher.settings import Override
    from pipeline.run.metadata_store import Execution

_PUSHER = "Pusher"


def override(config: Config, run_id: str, why: str) -> Change:
    """Releases the model that Evaluator refused in a run, or left undecided.

    Args:
        config: of the pipeline that the run was of.
        run_id: the run's name.
        why: the person's reason.

    Returns:
        What the push, or for a version that is there already the override, did to the labels.

    Raises:
        UsageError: there was no such run, its model is released already, it has none, or another gate refused it.
        TurnstileError: the push failed, or a whole run is going on.
    """
    from components.pusher.settings import Override
    from pipeline.run import metadata_store

    where = release_folder(config.serving, config.name)
    database = folder.database(config)
    executions = metadata_store.executions(database, run_id)
    if not executions:
        raise UsageError(
            f"{database}: has no run '{run_id}'. Name a run by the run_id that `turnstile run --json` prints, which is "
            "in the path of its log, or a version by its number"
        )
    if (version := _pushed_by(executions)) is not None:
        return control.override(where, version, config.serving.after_push, why)
    _check(run_id, executions)
    _check_not_yet(where, run_id)
    word = Override(run_id=run_id, who=audit_log.who(), why=why)
    version = _push(config, where, word)
    entry = next((e for e in reversed(read(where).entries) if (e.action, e.version) == (OVERRIDE, version)), None)
    if entry is None:
        raise UsageError(
            f"the model of {run_id} is version {version}, which was released before; nothing was changed. "
            f"Promote it: {typed('promote', str(version))}"
        )
    return Change.of(entry)


def _pushed_by(executions: Mapping[str, Execution]) -> int | None:
    pushed = executions[_PUSHER].output("PushedModel") if _PUSHER in executions else None
    return int(pushed.properties["pushed_version"]) if pushed and pushed.properties.get("pushed") == 1 else None


def _check(run_id: str, executions: Mapping[str, Execution]) -> None:
    """Raises UsageError if it was not Evaluator, and no other gate, that kept the model of a run from being pushed."""
    from pipeline.run.gate_results import result_of

    said = {id_: result for id_ in GATES if (result := result_of(executions.get(id_)))}
    for id_, result in said.items():
        if id_ != EVALUATOR.id and not result.passed:
            what = "model" if id_ == SERVING_VALIDATOR.id else "data"
            why = "\n".join(f"  - {reason}" for reason in result.reasons)
            raise UsageError(
                f"{id_} refused the {what} of {run_id}, and only Evaluator can be overridden. Mend what it found, and "
                f"run again:\n{why}"
            )
    if EVALUATOR.id not in said:
        raise UsageError(f"Evaluator has judged no model in {run_id}, so there is nothing to override. Run again")
    if said[EVALUATOR.id].passed:
        raise UsageError(
            f"every gate let the model of {run_id} through, so there is nothing to override; the run ended before "
            f"the push. Run again: {typed('run')}"
        )


def _check_not_yet(where: ReleaseFolder, run_id: str) -> None:
    """Raises UsageError if the model of a run was pushed by an override before."""
    state = read(where)
    for path in versions(where.folder):
        record = release_record.read(path)
        if OVERRIDE in record and record.get("run_id") == run_id and state.has(OVERRIDE, int(path.name)):
            raise UsageError(f"the refusal of {run_id} was overridden before: its model is version {path.name}")


def _push(config: Config, where: ReleaseFolder, word: Override) -> int:
    """Runs Pusher on what the run has made; returns the version."""
    from pipeline.run import ir as compiled
    from pipeline.run import metadata_store, single_node

    root = folder.root(config)
    file = folder.ir_file(config, word.run_id)
    if not file.exists():
        raise UsageError(f"{file}: is not there; it would say what {word.run_id} was to push, and where to. Run again")
    ir, run_id = compiled.read(file), folder.new_run_id()
    _aim(ir, where, word)
    log = folder.node_log(root, run_id, _PUSHER)
    with folder.shared(root), folder.alone(log):
        result = single_node.launch(ir, _PUSHER, run_id, log)
    version = _pushed_by(metadata_store.executions(folder.database(config), run_id))
    if version is None:
        why = result.error or "what it made is no longer there, or ServingValidator did not bless its model"
        raise TurnstileError(f"the model of {word.run_id} was not pushed: {why}. See {log}")
    return version


def _aim(ir: pipeline_pb2.Pipeline, where: ReleaseFolder, word: Override) -> None:
    """Has Pusher take the outputs of another run than its own, and a person's word for Evaluator's."""
    from components.pusher.settings import PusherSettings
    from pipeline.run import ir as compiled

    node = compiled.nodes(ir)[_PUSHER]
    for spec in node.inputs.inputs.values():
        for query in (query for channel in spec.channels for query in channel.context_queries):
            if query.type.name == "pipeline_run":
                query.name.field_value.string_value = word.run_id
    parameter = node.parameters.parameters["settings"].field_value
    settings = PusherSettings.model_validate_json(parameter.string_value)
    if Path(settings.serving.dir) != where.serving_dir:
        raise UsageError(
            f"{word.run_id} was to push to {settings.serving.dir}, got {where.serving_dir}; "
            f"give --serving-dir {settings.serving.dir}"
        )
    parameter.string_value = settings.model_copy(update={"override": word}).model_dump_json()
