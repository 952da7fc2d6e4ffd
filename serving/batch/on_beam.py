"""The shards of a job on Beam: each is one element, which a worker reads, answers and writes by itself.

No row passes between steps. What a worker needs is in the element and in the arguments of the step: absolute paths of
folders that all workers see, and nothing of the driver's own folder or environment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import apache_beam as beam

from serving.batch import records, shard_answers
from serving.batch.plan import Shard
from serving.batch.shard_answers import Work
from serving.rows.rows_progress import RowsProgress
from turnstile.errors import TurnstileError
from turnstile.places import place


class AnswerShards(beam.PTransform):
    """Answers shards of a job; gives the number of each that is done.

    Args:
        work: the job, with absolute paths.
    """

    def __init__(self, work: Work):
        super().__init__()
        self._work = work

    def expand(self, shards: beam.PCollection) -> beam.PCollection:
        """Adds the steps to a collection of shards."""
        return shards | "Share" >> beam.Reshuffle() | "Answer" >> beam.Map(_answered, self._work)


@dataclass(frozen=True)
class OnBeam:
    """An engine that runs a pipeline of AnswerShards; see serving.batch.job.Engine.

    Attributes:
        flags: Beam's options, those of the pipeline's stages.
    """

    flags: Sequence[str]

    def __call__(self, work: Work, shards: Sequence[Shard], progress: RowsProgress) -> None:
        """Runs the pipeline, and waits for it."""
        # One request at a time in each worker: how many workers there are is what Beam's options say.
        everywhere = replace(work.absolute(), threads=1)
        with beam.Pipeline(argv=list(self.flags)) as pipeline:
            _ = pipeline | "Shards" >> beam.Create([_absolute(s) for s in shards]) | AnswerShards(everywhere)
        for shard in shards:
            if fault := records.fault(work.out, shard.number):
                raise fault
            progress.done(shard.rows)


def _absolute(shard: Shard) -> Shard:
    pieces = (replace(piece, path=str(place(piece.path).absolute())) for piece in shard.pieces)
    return replace(shard, pieces=tuple(pieces))


def _answered(shard: Shard, work: Work) -> int:
    """Answers a shard; an error that is in words is written down, since trying again would not help."""
    try:
        shard_answers.answer(work, shard)
    except TurnstileError as error:
        records.write_fault(work.out, shard.number, error)
    return shard.number
