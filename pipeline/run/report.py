"""Writes the report of a run, from its record and from what ML Metadata knows of its artifacts."""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.metadata import Database
from pipeline.report import page
from pipeline.report.record import Record
from pipeline.report.sources import Before, Sources
from pipeline.run import metadata_store, record
from turnstile import files
from turnstile.places import place


def write(root: Path, database: Database, run: Record, file: Path, other: Record | None = None) -> Path:
    """Writes a report; returns its file.

    Args:
        root: the pipeline's folder.
        database: where the metadata of its runs are.
        run: the record of the run.
        file: the file to write.
        other: the record of another run, to compare with.
    """
    files.write(file, page.html(run, sources(root, database, run.run_id), other))
    return file


def sources(root: Path, database: Database, run_id: str) -> Sources:
    """Returns what is left of a run.

    Args:
        root: the pipeline's folder.
        database: where the metadata of its runs are.
        run_id: the run's name.
    """
    executions = metadata_store.executions(database, run_id)
    found = record.places(executions)
    artifacts = {
        id_: [f"{type_name.rpartition('.')[2]} {place(made.uri).name}" for type_name, made in each.outputs.items()]
        for id_, each in executions.items()
    }
    graph_file = root / "runs" / run_id / "ir.graph.json"
    graph = json.loads(graph_file.read_text()) if graph_file.exists() else {}
    examples = executions["ExampleGen"].output("Examples") if "ExampleGen" in executions else None
    span = examples.properties.get("span", 0) if examples else 0
    return Sources(found, artifacts, graph, _before(database, span))


def _before(database: Database, span: int) -> Before | None:
    """Data that is not in spans has the number 0, and nothing before it, so that nothing is looked up."""
    statistics = metadata_store.statistics_by_span(database) if span else {}
    earlier = [each for each, uri in statistics.items() if each < span and place(uri).exists()]
    return Before(max(earlier), place(statistics[max(earlier)])) if earlier else None
