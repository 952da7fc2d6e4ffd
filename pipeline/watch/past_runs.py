"""What the records say of the spans that were run, and whether what a span was run on has changed since."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.example_gen.arrivals import Arrival
from components.example_gen.fingerprint import of_files
from components.example_gen.input_record import InputFile, input_file
from pipeline.past.finished import finished
from turnstile.places import Place
from turnstile.span_pattern import Span, number


@dataclass(frozen=True)
class Past:
    """The latest finished run of a span.

    Attributes:
        run_id: its name.
        outcome: one of the words of turnstile/outcomes.py.
        began: when, in seconds since 1970.
        fingerprint: of the files that it read, as ExampleGen makes it; "" if it could not read them.
        version: the version that it pushed, or that was pushed before; None if there is none.
    """

    run_id: str
    outcome: str
    began: float
    fingerprint: str
    version: int | None

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Past:
        """Takes from a record what matters here: the whole of it is large."""
        ended = datetime.datetime.fromisoformat(record["time"]).timestamp()  # to the second, and never too late
        return cls(
            run_id=record["run_id"],
            outcome=record["outcome"],
            began=ended - (record.get("seconds") or 0.0),
            fingerprint=(record.get("data") or {}).get("fingerprint") or "",
            version=(record.get("push") or {}).get("version"),
        )


class PastRuns:
    """The finished runs of a pipeline, and the content of the files that the newest of them would read now.

    Args:
        root: the pipeline's folder.
    """

    def __init__(self, root: Path):
        self._root = root
        self._seen: frozenset[tuple[str, int]] | None = None
        self._by_span: dict[Span, Past] = {}
        self._digests: dict[tuple[Place, int, int], InputFile] = {}

    def by_span(self) -> Mapping[Span, Past]:
        """Returns the latest finished run of each span; records are read again only if there are others."""
        files = (self._root / "runs").glob("*/release.json")
        seen = frozenset((file.parent.name, file.stat().st_mtime_ns) for file in files)
        if seen != self._seen:
            self._by_span = {span: Past.of(record) for span, record in finished(self._root).items()}
            self._seen = seen
        return self._by_span

    def changed(self, span: Span, window: Sequence[Arrival]) -> bool:
        """Says whether files of a span that was run have changed since, or others have come in their place.

        Files that nobody has touched since the run began are not read; others are, once.

        Args:
            span: which.
            window: the spans that a run of it reads, itself the last.
        """
        past = self._by_span[span]
        touched = max(path.stat().st_ctime for each in window for path in each.files)
        if touched < past.began:
            return False
        return not past.fingerprint or past.fingerprint != self._fingerprint(window)

    def _fingerprint(self, window: Sequence[Arrival]) -> str:
        """Returns what ExampleGen's driver would."""
        known, self._digests = self._digests, {}
        for path in (path for each in window for path in each.files):
            key = (path, path.stat().st_size, path.stat().st_mtime_ns)
            self._digests[key] = known.get(key) or input_file(str(path), open)
        digests = {key[0]: file for key, file in self._digests.items()}
        names = ["all"] if len(window) == 1 else [f"span-{number(each.span)}" for each in window]
        return "\n".join(
            of_files(name, [digests[path] for path in each.files]) for name, each in zip(names, window, strict=True)
        )
