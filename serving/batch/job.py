"""A whole job of `turnstile batch`: it is begun, or gone on with, and its manifest says what came of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from serving.asking.routed_rows import absent_inputs
from serving.batch import manifest, plan, records, shard_answers
from serving.batch.plan import Shard
from serving.batch.shard_answers import Work
from serving.client.base import ModelSpec
from serving.client.connect import Options
from serving.client.offline import in_serving_folder
from serving.explain.settings import Settings
from serving.releases import digests
from serving.releases.version_folders import is_version
from serving.rows.request_log import now
from serving.rows.rows_progress import RowsProgress
from serving.settings import Served
from serving.tables.files import open_table
from turnstile import csv_dialect
from turnstile.csv_dialect import Dialect
from turnstile.errors import TurnstileError, UsageError
from turnstile.files import locked

# Rows from which on a shard is full: a few seconds' work, which is what a kill can cost, and files of some MB. To
# explain a row costs some two thousand times as much, so that a hundredth of the rows is about a minute's work.
SHARD_ROWS, EXPLAINED_SHARD_ROWS = 250_000, 2_500
FORMATS = ("csv", "parquet")


class Engine(Protocol):
    """Answers shards: in this process, or elsewhere."""

    def __call__(self, work: Work, shards: Sequence[Shard], progress: RowsProgress) -> None:
        """Returns when all shards are done.

        Raises:
            TurnstileError: one of them cannot be done.
        """


@dataclass(frozen=True, kw_only=True)
class Job:
    """What to do.

    Attributes:
        paths: .csv or .parquet files, in the order of their rows.
        out: the folder for the answers.
        form: their format, one of FORMATS; that of the input if None.
        keep: the columns of the input that stand in front of the answers; see kept_columns.
        shard_rows: from how many rows on a shard is full; None for what suits.
        explain: how to explain the answers; None to leave that out.
        null_values: text that stands for a missing value.
        dialect: how CSV is written.
    """

    paths: Sequence[str]
    out: str
    form: str | None = None
    keep: tuple[str, ...] = ()
    shard_rows: int | None = None
    explain: Settings | None = None
    null_values: tuple[str, ...] = ()
    dialect: Dialect = csv_dialect.PLAIN

    @property
    def format(self) -> str:
        """The format of the answers."""
        return self.form or ("parquet" if csv_dialect.ending(self.paths[0]) == csv_dialect.PARQUET else "csv")

    @property
    def full_shard(self) -> int:
        """From how many rows on a shard is full."""
        return self.shard_rows or (EXPLAINED_SHARD_ROWS if self.explain else SHARD_ROWS)


def in_this_process(work: Work, shards: Sequence[Shard], progress: RowsProgress) -> None:
    """Answers one shard after another; see Engine."""
    for shard in shards:
        shard_answers.answer(work, shard, progress.done)


def batch(job: Job, options: Options, config: Callable[[], Served], engine: Engine = in_this_process) -> dict[str, Any]:
    """Answers all rows of the input; of a job that was begun, those whose shards are not done.

    Args:
        job: the input, and what to write.
        options: which model to ask, without a server.
        config: reads the pipeline's config.
        engine: answers the shards.

    Returns:
        The manifest.

    Raises:
        UsageError: the input, an option or the model is wrong, or the folder holds something else.
        TurnstileError: another process works in the folder.
        RefusedError: the model refused to answer.
    """
    options.check()
    with _held(Path(job.out)) as out:
        earlier = manifest.read(out)
        asked = _asked(job, options)
        if earlier:
            manifest.check_same(out, earlier, asked)
            if earlier["state"] == manifest.DONE:
                return earlier
        model = earlier["model"] if earlier else _pinned(options, config)
        begun = earlier or {"state": manifest.UNFINISHED, "begun": now(), "ended": None, "asked": asked, "model": model}
        work = _work(job, model, None if options.model else config().serving.verify_with)
        with RowsProgress(sys.stderr) as progress:
            _tell_absent(work, job.paths[0], progress)
            shards = plan.shards([open_table(path, job.null_values, job.dialect) for path in job.paths], job.full_shard)
            manifest.write(out, begun | _sums(shards, []))  # only now that all is known to be right
            _go_on(work, shards, engine, progress)
        done = begun | _sums(shards, [records.read(work.out, shard.number) for shard in shards])
        manifest.write(out, done | {"state": manifest.DONE, "ended": now()})
        records.forget(work.out)
        return manifest.read(out)


def _go_on(work: Work, shards: Sequence[Shard], engine: Engine, progress: RowsProgress) -> None:
    """Answers the shards that are not answered yet."""
    to_do = [shard for shard in shards if not records.read(work.out, shard.number)]
    if to_do and len(to_do) < len(shards):
        progress.note(f"{len(shards) - len(to_do)} of {len(shards)} shards are done already; goes on with the others")
    total = sum(shard.rows for shard in to_do)
    progress.portion = lambda rows: rows / total
    if to_do:
        engine(work, to_do, progress)


def _sums(shards: Sequence[Shard], done: Sequence[dict[str, Any] | None]) -> dict[str, Any]:
    """Returns what the manifest says of the shards, and of all rows."""
    found = [record for record in done if record]
    return {
        "rows": sum(shard.rows for shard in shards),
        "answered": sum(record["answered"] for record in found),
        "rejected": sum(record["rejected"] for record in found),
        "shards": found,
    }


@contextmanager
def _held(out: Path) -> Iterator[Path]:
    """Makes the folder, and keeps other processes from working in it."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{out}: cannot be made ({error.strerror}). Choose another folder: --out") from error
    strange = sorted(path.name for path in out.glob("[!.]*"))  # hidden is what a kill may have left, before all else
    if strange and not (out / manifest.NAME).exists():
        raise UsageError(
            f"{out}: holds {strange[0]}, and no {manifest.NAME}. The answers need a folder of their own: --out"
        )
    busy = TurnstileError(f"{out}: another turnstile batch works in this folder. Wait for it, or choose another: --out")
    with locked(out / _LOCK, busy):
        yield out


_LOCK = ".lock"


def _asked(job: Job, options: Options) -> dict[str, Any]:
    """Returns what may not change between the beginning of a job and its end."""
    return {
        "input": [manifest.digest(path) for path in job.paths],
        "model": {key: getattr(options, key) for key in ("name", "model", "version", "label")},
        "keep": list(job.keep),
        "format": job.format,
        "shard_rows": job.full_shard,
        "explain": job.explain and asdict(job.explain),
        "reading": {"null_values": list(job.null_values), **asdict(job.dialect)},
    }


def _pinned(options: Options, config: Callable[[], Served]) -> dict[str, Any]:
    """Returns the version that answers from the beginning to the end, whatever labels do meanwhile."""
    if options.model is not None:
        folder = Path(options.model)
        name = folder.parent.name if is_version(folder.name) else folder.name
    else:
        read = config()
        name = options.name or read.name
        folder = in_serving_folder(Path(read.serving.dir), ModelSpec(name, options.version, options.label))
    version = int(folder.name) if is_version(folder.name) else None
    return {"name": name, "version": version, "folder": str(folder), "sha256": digests.of_model(folder)}


def _work(job: Job, model: dict[str, Any], verify_with: str | None) -> Work:
    """Raises UsageError if the pinned version is not what it was at the beginning."""
    folder = Path(model["folder"])
    if not folder.is_dir() or digests.of_model(folder) != model["sha256"]:
        what = "was changed" if folder.is_dir() else "is not there any more"
        raise UsageError(
            f"{job.out}: was begun with {folder}, which {what}. Put it back; or answer all rows by another version, "
            "into another folder: --out"
        )
    return Work(
        out=job.out,
        form=job.format,
        model=model["folder"],
        name=model["name"],
        verify_with=verify_with,
        keep=tuple(job.keep),
        null_values=tuple(job.null_values),
        dialect=job.dialect,
        explain=job.explain,
    )


def _tell_absent(work: Work, path: str, progress: RowsProgress) -> None:
    """Tells which inputs the input has no column for.

    Raises:
        UsageError: it has a column for none of them.
    """
    asker, _ = shard_answers.asking(work, path)
    absent = absent_inputs(dict.fromkeys(asker.names), asker.signature)
    if absent:
        progress.note(f"not in the input, taken as missing: {', '.join(absent)}")
