"""The `turnstile` command: every command, by what it is for; each parses its flags and calls one function elsewhere."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from pipeline.commands import (
    ab_report,
    batch,
    canary,
    clean,
    compile,
    dashboard,
    data,
    explain,
    export,
    gate,
    history,
    init,
    key,
    lineage,
    monitor,
    node,
    page,
    predict,
    releases,
    replay,
    report,
    run,
    schema,
    serve,
    submit,
    tune,
    version,
    watch,
    worker,
)
from pipeline.commands.group import SectionedGroup


@click.group(cls=SectionedGroup, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Train models on tabular data, and push to serving those that pass every gate."""


main.add_sections(
    {
        "Train and release a model": (init.init, run.run, report.report),
        "Describe and watch the data": (schema.schema, data.data, monitor.monitor),
        "Look at runs, and improve them": (
            history.history,
            dashboard.dashboard,
            lineage.lineage,
            gate.gate,
            tune.tune,
            clean.clean,
        ),
        "Decide which version serves": (
            releases.models,
            releases.approve,
            releases.reject,
            releases.override,
            releases.promote,
            releases.rollback,
            releases.retire,
            releases.gc,
            key.key,
        ),
        "Serve, and ask": (
            serve.serve,
            predict.predict,
            batch.batch,
            export.export,
            explain.explain,
            page.page,
            predict.split,
            ab_report.ab_report,
            canary.canary,
        ),
        "Run on a schedule, or on other machines": (
            watch.watch,
            compile.compile_group,
            submit.submit,
            node.node,
            worker.worker,
            replay.replay,
        ),
        "About this installation": (version.version,),
    }
)


def entry() -> None:
    """The console script: leaves without interpreter shutdown, in which TensorFlow's destructors print tracebacks."""
    code: Any = 0
    try:
        main()
    except SystemExit as exit_:
        code = exit_.code
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    entry()
