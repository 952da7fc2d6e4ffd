"""What runs in the container of a Kubeflow task: one node of the pipeline, with the run's parameters.

Its exit code and its last lines are those of `turnstile node`: 0 done, 1 failed, 2 a wrong parameter, 10 a model gate
said no, 11 the data gate did. Kubeflow shows anything but 0 as failed, and runs nothing that waits for it.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import traceback
import warnings
from typing import Any

from pipeline.config import Config
from pipeline.config_file import checked
from pipeline.run.importing_tfx import importing_tfx
from pipeline.schedulers.kubeflow.parameters import applied
from pipeline.schedulers.kubeflow.spec import RUN_ID
from turnstile.errors import TurnstileError

logger = logging.getLogger("turnstile.task")

# A task's log is what Kubeflow shows: it has what we say, and of these only their errors.
_NOISY = ("absl", "tensorflow", "apache_beam")


def main() -> None:
    """Runs the node that the command line names, and leaves with its exit code."""
    _log_to_stderr()
    try:
        code = run(_arguments())
    except TurnstileError as error:
        print(f"turnstile: {error}", file=sys.stderr)
        code = error.exit_code
    except Exception:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # without interpreter shutdown, in which TensorFlow's destructors print tracebacks


def run(arguments: argparse.Namespace) -> int:
    """Runs a node; returns its exit code. A refusal's reasons are the last lines on stderr.

    Raises:
        TurnstileError: a parameter is wrong, or the node failed in a way that its message explains.
    """
    request = json.loads(arguments.executor_input)
    values: dict[str, Any] = request["inputs"].get("parameterValues", {})
    run_id = values.pop(RUN_ID, "")
    config = applied(_compiled(arguments.config), values, check_data=arguments.node == "ExampleGen")
    with importing_tfx():
        from pipeline.schedulers.kubeflow import execution
    paths = {"inputs": dict(arguments.input), "outputs": dict(arguments.output)}
    gate = execution.run(config, arguments.node, run_id, request, paths)
    if gate and not gate.passed:
        print("\n".join(gate.in_words()), file=sys.stderr)
        return gate.exit_code
    logger.info("%s is done", arguments.node)
    return 0


def _compiled(config: str) -> Config:
    """Reads the config that was compiled; an image older than it may not know all of its keys."""
    return checked(json.loads(config), "the compiled config", check_data=False, check_schema=False)


def _log_to_stderr() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # its notes about GPUs that are not there look like errors
    warnings.simplefilter("ignore")  # our libraries', about one another
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname).1s %(name)s: %(message)s")
    logging.getLogger("turnstile").setLevel(logging.INFO)
    for handler in logging.getLogger().handlers:  # not by the loggers' levels, which absl's flags set back
        handler.addFilter(lambda record: record.levelno >= logging.ERROR or not record.name.startswith(_NOISY))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m pipeline.schedulers.kubeflow.task", description=__doc__)
    parser.add_argument("--node", required=True, help="The node's id.")
    parser.add_argument("--config", required=True, help="The compiled config, as JSON.")
    parser.add_argument("--executor-input", required=True, help="Kubeflow's ExecutorInput, as JSON.")
    for kind in ("input", "output"):
        parser.add_argument(
            f"--{kind}", nargs=2, action="append", default=[], metavar=("NAME", "PATH"), help=f"Where an {kind} is."
        )
    return parser.parse_args()


if __name__ == "__main__":
    main()
