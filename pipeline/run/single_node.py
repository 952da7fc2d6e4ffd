"""One node of a run, for an orchestrator that starts each by itself: what `turnstile node` does."""

from __future__ import annotations

import logging
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import artifacts, engine_faults
from pipeline.run import folder
from pipeline.run.importing_tfx import importing_tfx
from pipeline.run.progress import Progress
from turnstile import run_log
from turnstile.errors import UsageError

if TYPE_CHECKING:
    from tfx.proto.orchestration import pipeline_pb2

    from pipeline.run.gate_results import GateResult

logger = logging.getLogger("node")


@dataclass(frozen=True)
class NodeResult:
    """What `turnstile node --json` prints.

    Attributes:
        id: the node's.
        run_id: the run's.
        state: "done", "cached" or "failed".
        seconds: wall time.
        log: the node's log file.
        gate: the verdict of a gate, its own or of one before it; None where there is none.
        error: what the component raised, if it did; of a gate's "no", the gate's reasons count instead.
    """

    id: str
    run_id: str
    state: str
    seconds: float
    log: str
    gate: GateResult | None = None
    error: str | None = None

    @property
    def exit_code(self) -> int:
        """The exit code of the design, of this node alone: 0 done, 10 or 11 a gate said no, 1 anything else."""
        refused = self.gate.exit_code if self.gate else 0
        return refused or int(self.state == "failed")

    def as_dict(self) -> dict[str, Any]:
        """The result as plain values, ready for json.dumps."""
        return asdict(self)


def run(ir: pipeline_pb2.Pipeline, id_: str, run_id: str) -> NodeResult:
    """Runs one node of a compiled pipeline; a node that has succeeded in this run before is not run again.

    Args:
        ir: the compiled pipeline.
        id_: the node's id.
        run_id: the run's name; all nodes of a run are given the same.

    Raises:
        UsageError: there is no such node, a run cannot have this name, or a node that this one waits for has not run.
        TurnstileError: the same node is running already, or a whole run is.
    """
    from pipeline.run import ir as compiled

    known = compiled.nodes(ir)
    if id_ not in known:
        raise UsageError(f"{id_}: no such node; expected one of: {', '.join(known)}")
    root = compiled.root(ir)
    log = folder.node_log(root, run_id, id_)
    with folder.shared(root), folder.alone(log):
        artifacts.check(compiled.artifacts(ir), root)
        _check_owner(ir)
        if refused := _refused_before(ir, id_, run_id):
            return NodeResult(id_, run_id, "failed", 0.0, str(log), refused)
        result = launch(ir, id_, run_id, log)
        if result.exit_code or id_ == "Pusher":  # the run has ended, until a node is run again
            from pipeline.run import record

            record.write_of_nodes(ir, run_id, log, None if result.gate else result.error)
        return result


def _check_owner(ir: pipeline_pb2.Pipeline) -> None:
    from pipeline.run import ir as compiled
    from pipeline.run import metadata_store

    metadata_store.check_owner(compiled.database(ir), ir.pipeline_info.id, compiled.artifacts(ir))


def _refused_before(ir: pipeline_pb2.Pipeline, id_: str, run_id: str) -> GateResult | None:
    """Returns the "no" of a gate that the node waits for.

    Raises:
        UsageError: a node that it waits for has not succeeded.
    """
    from pipeline.run import ir as compiled
    from pipeline.run import metadata_store
    from pipeline.run.gate_results import result_of

    executions = metadata_store.executions(compiled.database(ir), run_id)
    for before in compiled.graph(ir)[id_]:
        execution = executions.get(before)
        gate = result_of(execution)
        if gate and not gate.passed:
            return gate
        if execution is None or not execution.succeeded:
            raise UsageError(f"{id_} waits for {before}, which has not succeeded in the run {run_id}; run it first")
    return None


def launch(ir: pipeline_pb2.Pipeline, id_: str, run_id: str, log: Path) -> NodeResult:
    """Launches a node that need not wait any more, with progress on stderr and everything else in its log.

    Args:
        ir: the compiled pipeline.
        id_: the node's id.
        run_id: the run's name.
        log: the node's log file, whose folders are held by the caller.
    """
    from pipeline.run import ir as compiled
    from pipeline.run import metadata_store
    from pipeline.run.gate_results import result_of

    started, error, database = time.monotonic(), None, compiled.database(ir)
    with run_log.redirected(log) as terminal, Progress(terminal) as progress, run_log.listening(progress):
        with importing_tfx():
            from pipeline.run import node_launcher
        metadata_store.forget_stale_versions(database)
        progress("started", id_)
        try:
            node_launcher.launch(ir, id_, run_id)
        except Exception as caught:
            logger.exception("%s failed", id_)
            progress.failed()
            error = engine_faults.in_words(caught)
    execution = metadata_store.executions(database, run_id).get(id_)
    gate, state = result_of(execution), execution.state if execution else "failed"
    return NodeResult(id_, run_id, state, time.monotonic() - started, str(log), gate, error)
