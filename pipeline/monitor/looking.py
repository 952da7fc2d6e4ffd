"""A look at what serving sees: one pass over the requests, and what it shows of data, answers and quality."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tensorflow_metadata.proto.v0 import statistics_pb2

from components.data_gate.distances import Moved
from pipeline.config import Config
from pipeline.monitor import answers, findings, quality, released
from pipeline.monitor.answers import Answers, Shift
from pipeline.monitor.columns import Columns
from pipeline.monitor.findings import Data, Finding, Refusals
from pipeline.monitor.quality import Asked, Outcomes, Quality
from pipeline.monitor.released import Released
from pipeline.monitor.statistics import Statistics
from serving.rows import logged_files
from serving.rows.request_log import Logged
from turnstile.errors import UsageError

_ROWS = 8_192  # of a batch, as everywhere: some megabytes, and little to do in Python for each
_NAMED = 5  # damaged lines, and versions of others


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes:
        requests: logs of requests, or folders of them.
        version: whose requests; by default the one that is stable.
        outcomes: what came true; None if nobody knows yet.
    """

    requests: Sequence[str]
    version: int | None = None
    outcomes: Asked | None = None


@dataclass
class Read:
    """What was read.

    Attributes:
        files: the paths.
        rows: how many rows of the version were answered.
        first, last: the times of the first and of the last of them, where the log says so.
        damaged: how many lines or records were none.
        damaged_at: where the first of them are.
        others: how many rows were of other models or versions, by their name.
    """

    files: list[str] = field(default_factory=list)
    rows: int = 0
    first: str = ""
    last: str = ""
    damaged: int = 0
    damaged_at: list[str] = field(default_factory=list)
    others: dict[str, int] = field(default_factory=dict)

    def damage(self, path: Path, number: int) -> None:
        """Notes a line that is none."""
        self.damaged += 1
        if len(self.damaged_at) < _NAMED:
            self.damaged_at.append(f"{path}: {number}")

    def has(self, row: Logged, of: Released) -> bool:
        """Says whether a row is about a version, and counts those that are not; a format may not say whose a row is."""
        if row.model in ("", of.model) and row.version in (None, of.version):
            return True
        name = f"{row.model} {row.version}"
        self.others[name] = self.others.get(name, 0) + 1
        return False

    def count(self, rows: Iterable[Logged]) -> None:
        """Counts answered rows."""
        times = [row.time for row in rows if row.time]
        if times:
            self.first, self.last = min(filter(None, (self.first, *times))), max(self.last, *times)


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a look shows.

    Attributes:
        released: the version.
        read: what was read.
        refused: how many requests were refused.
        statistics: those of the rows; None if there is none.
        findings: what is wrong with the data, reasons for exit code 11 first.
        distances: how far each column with a comparator is from training.
        shift: how the answers differ from those to the eval split; None of a log without answers.
        quality: None without outcomes.
    """

    released: Released
    read: Read
    refused: int
    statistics: statistics_pb2.DatasetFeatureStatisticsList | None
    findings: Sequence[Finding]
    distances: Sequence[Moved]
    shift: Shift | None
    quality: Quality | None

    @property
    def data_fault(self) -> bool:
        """Whether the data is a reason for exit code 11."""
        return any(finding.stops for finding in self.findings)

    @property
    def worse(self) -> bool:
        """Whether the version is worse than its bounds allow."""
        return self.quality is not None and self.quality.verdict == quality.WORSE


def look(config: Config, question: Question) -> Look:
    """Reads requests, and holds them against what the version was released with.

    Raises:
        UsageError: no row is about the version, a file cannot be read, or nothing tells what it was trained on.
    """
    version, read = released.find(config, question.version), Read()
    label = version.columns.label
    columns, statistics, refusals = Columns(version.schema, version.columns.aliases), Statistics(label), Refusals()
    said, outcomes = Answers(label), Outcomes(question.outcomes, label) if question.outcomes else None
    for rows in _batches(_asked(question.requests, version, read, refusals)):
        read.count(rows)
        statistics.add(columns.batch([row.inputs for row in rows]))
        said.add([row.outputs for row in rows])
        if outcomes:
            outcomes.add(rows)
    read.rows = statistics.rows
    if not read.rows and not refusals.count:
        raise UsageError(_nothing(question, version, read))
    made = statistics.result() if read.rows else None
    found, distances = findings.found(Data(made, columns, refusals), version, config.data_gate)
    return Look(
        released=version,
        read=read,
        refused=refusals.count,
        statistics=made,
        findings=found,
        distances=distances,
        shift=answers.shift(said, version),
        quality=quality.judged(outcomes, version) if outcomes else None,
    )


def _asked(paths: Sequence[str], version: Released, read: Read, refusals: Refusals) -> Iterator[Logged]:
    """Reads the rows of a version that were answered."""
    for path in (file for given in paths for file in logged_files.files(Path(given))):
        read.files.append(str(path))
        for row in logged_files.read(path, lambda number, path=path: read.damage(path, number)):  # type: ignore[misc]
            if not read.has(row, version):
                continue
            if row.error is None:
                yield row
            else:
                refusals.add(row.error)


def _batches(rows: Iterator[Logged]) -> Iterator[list[Logged]]:
    while batch := list(itertools.islice(rows, _ROWS)):
        yield batch


def _nothing(question: Question, version: Released, read: Read) -> str:
    named = ", ".join(question.requests)
    if read.others:
        most = ", ".join(sorted(read.others, key=lambda name: -read.others[name])[:_NAMED])
        return (
            f"{named}: no row is of version {version.version} of {version.model}. The rows are of: {most}. Name a "
            "version with --version"
        )
    return (
        f"{named}: no line is one of a request log ({read.damaged:,} are something else). Expected JSON lines of "
        "turnstile serve --log-requests or turnstile split --log, or TFRecords of tf.train.Examples or PredictionLogs"
    )
