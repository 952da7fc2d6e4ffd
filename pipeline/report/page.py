"""Puts the page together: each section from the record, and from the artifacts that are still there."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components import distributions
from pipeline.report import (
    comparison,
    curves,
    features,
    importance,
    lineage,
    metrics,
    reproduce,
    slices,
    training,
    verdict,
    words,
)
from pipeline.report.features import Series
from pipeline.report.record import Record
from pipeline.report.sources import Sources
from turnstile import span_pattern
from turnstile.folders import on_this_machine
from turnstile.gates import PASSED, SERVING_VALIDATOR
from turnstile.places import Place
from turnstile.templating import filled

logger = logging.getLogger("report")

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes:
        id: its anchor, and the name of its template.
        title: its heading.
        found: what the template is filled with; None where there is nothing to show.
        why_not: why there is nothing, as a sentence.
    """

    id: str
    title: str
    found: Mapping[str, Any] | None
    why_not: str = ""


def html(record: Record, sources: Sources, other: Record | None = None) -> str:
    """Returns the page of a run.

    Args:
        record: the record of the run.
        sources: its artifacts.
        other: the record of another run, to compare with.
    """
    found = {"record": record, "sections": sections(record, sources, other), "other": other}
    return filled("page.html.j2", [TEMPLATES], words.FILTERS, found)


def sections(record: Record, sources: Sources, other: Record | None) -> list[Section]:
    """Returns the sections in their order."""
    places, no_model = sources.places, _why_no_model(record, sources)
    measured = "" if record.overall.metrics else "No model was evaluated in this run."
    asked = _Asked(record, sources)
    return [
        _section("verdict", "Verdict", lambda: verdict.context(record)),
        *([_section("comparison", "What differs", lambda: comparison.context(record, other))] if other else []),
        _section("metrics", "Metrics", lambda: metrics.context(record, other), measured),
        _section("slices", "Slices", lambda: slices.context(record), measured or _why_no_slices(record)),
        _section("curves", "Curves", asked.curves, no_model),
        _section("training", "Training", lambda: training.context(record), _why_no_training(record)),
        _section("importance", "What the model leans on", asked.importance, no_model),
        _section("features", "Features", lambda: _features(record, sources, asked.order), _gone(places.statistics)),
        _section("anomalies", "Anomalies", lambda: {"anomalies": record.anomalies, "distances": record.distances}),
        _section("lineage", "Lineage", lambda: lineage.context(record.components, sources.graph, sources.artifacts),
                 "" if record.components else "The record does not name the components of the run."),
        _section("reproduce", "How to reproduce it", lambda: reproduce.context(record)),
    ]  # fmt: skip


def _section(id_: str, title: str, make: Callable[[], Mapping[str, Any]], why_not: str = "") -> Section:
    """A section that cannot be made leaves the others as they are, and says so."""
    if why_not:
        return Section(id_, title, None, why_not)
    try:
        return Section(id_, title, make())
    except Exception as error:
        logger.exception("the section '%s' of the report could not be made", id_)
        return Section(id_, title, None, f"This section could not be made: {type(error).__name__}: {error}")


class _Asked:
    """The model's answers, asked for once by the sections that need them."""

    def __init__(self, record: Record, sources: Sources):
        self._record, self._places = record, sources.places
        self._answers: Any = None
        self.order: list[str] = []  # the features, the one that matters most first

    def curves(self) -> dict[str, Any]:
        """Returns the section of the curves."""
        answers, record = self._ask(), self._record
        classes = record.config.get("label", {}).get("classes") or ()
        sample = {"rows": len(answers.labels), "of": record.rows.get("eval", len(answers.labels))}
        return curves.context(answers, classes, record.confidence) | sample

    def importance(self) -> dict[str, Any]:
        """Returns the section of what the model leans on."""
        found = importance.of(self._ask(), list(self._record.features), self._record.confidence)
        self.order = [each.feature for each in found.features]
        return importance.context(found, self._record.task)

    def _ask(self) -> Any:
        if self._answers is None:
            from pipeline.report import answers
            from serving.model.saved_model import SavedModel

            assert (
                self._places.model is not None and self._places.examples is not None
            )  # else there is a reason why not
            with on_this_machine(self._places.model) as folder:
                model = SavedModel(folder)
            self._answers = answers.of_eval_rows(model, self._record.task, self._places.examples)
        return self._answers


def _features(record: Record, sources: Sources, order: list[str]) -> dict[str, Any]:
    assert sources.places.statistics is not None
    series = [Series(name, found) for name, found in distributions.read(sources.places.statistics).items()]
    if sources.before:
        span = span_pattern.of_number(str(record.data.get("path", "")), sources.before.span)
        train = distributions.read(sources.before.statistics).get("train", {})
        series.append(Series(f"{span} train" if isinstance(span, datetime.date) else f"span {span} train", train))
    return features.context(record, series, order)


def _why_no_model(record: Record, sources: Sources) -> str:
    if not (sources.places.model or record.overall.metrics or record.training):
        return "No model was trained in this run."
    proof = next((gate for gate in record.gates if gate.name == SERVING_VALIDATOR.id), None)
    if proof is None or proof.verdict != PASSED:
        return "The model was not asked, since ServingValidator did not let it through."
    return _gone(sources.places.model) or _gone(sources.places.examples)


def _why_no_slices(record: Record) -> str:
    return "" if record.slices else "The config names no slices; write slices under [release] of the config."


def _why_no_training(record: Record) -> str:
    return "" if record.training.get("epochs") else "The record has no losses: nothing was trained in this run."


def _gone(place: Place | None) -> str:
    return (
        "" if place and place.exists() else "The artifact that this is made from was not made, or is no longer there."
    )
