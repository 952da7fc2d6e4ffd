"""`turnstile replay`: chooses the spans, runs them, and writes the page."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import config_file as configs
from pipeline.config import Config
from pipeline.replay import choosing, page, replaying
from pipeline.replay.replayed import FAILED, Replayed
from pipeline.run import folder
from turnstile.errors import DataRefusedError
from turnstile.span_pattern import Span


@dataclass(frozen=True)
class Replay:
    """What was done.

    Attributes:
        pipeline: its name.
        output: the folder of artifacts, metadata and logs.
        serving_dir: the folder that versions were pushed to.
        page: the page with the charts.
        spans: what came of each span, oldest first.
    """

    pipeline: str
    output: str
    serving_dir: str
    page: Path
    spans: Sequence[Replayed]

    @property
    def failed(self) -> bool:
        """Whether a run failed; then later spans were not run."""
        return any(each.verdict == FAILED for each in self.spans)

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values, ready for json.dumps."""
        return {
            "pipeline": self.pipeline,
            "output": self.output,
            "serving_dir": self.serving_dir,
            "page": str(self.page),
            "spans": [each.as_dict() for each in self.spans],
        }


def replay(
    config_file: str,
    first: str | None = None,
    last: str | None = None,
    output: str | None = None,
    serving_dir: str | None = None,
    to_page: str | None = None,
) -> Replay:
    """Runs span by span, and writes the page.

    Args:
        config_file: the TOML file.
        first: the span to begin with; by default the first with a whole window.
        last: the span to end with; by default the latest there is.
        output: the folder for artifacts; by default one in the config's.
        serving_dir: the folder for versions; by default one in the folder for artifacts.
        to_page: the page's file; by default one beside the runs.

    Raises:
        UsageError: there is nothing to replay, a span of a window is not there, or a folder is that of real runs, or of
            a replay with another config.
    """
    real = configs.load(config_file, check_data=False)
    output, serving_dir = choosing.places(real, output, serving_dir)

    def config_of(span: Span | str | None, check_data: bool = True) -> Config:
        """The real config, elsewhere; no server watches the versions, so that no label has to wait for one."""
        where: dict[str, Any] = {"output": output, "serving__dir": serving_dir, "serving__reload_seconds": 0}
        return configs.load(config_file, check_data, data__span=None if span is None else str(span), **where)

    ends = (None if text is None else config_of(text, check_data=False).data.span for text in (first, last))
    spans = choosing.spans(real, *ends)
    config = config_of(None, check_data=False)
    done = choosing.records(config, spans)
    for span in spans:  # whatever is wrong with the usage is told before the first run takes its time
        with contextlib.suppress(DataRefusedError):  # that is for the span's own run to say
            config_of(span)
    found = replaying.replay(spans, config_of, done)
    written = page.write(config, found, Path(to_page) if to_page else folder.root(config) / page.NAME)
    return Replay(config.name, output, serving_dir, written, found)
