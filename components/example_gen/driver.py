"""Says which files a run of ExampleGen reads, and whether they are those of an earlier run."""

from __future__ import annotations

import logging
import posixpath
from collections.abc import Iterable

from tfx.components.example_gen import driver, input_processor
from tfx.dsl.io import fileio
from tfx.proto import example_gen_pb2, range_config_pb2

from components.example_gen import file_listing, spans
from components.example_gen.fingerprint import fingerprint
from turnstile import span_pattern

logger = logging.getLogger("turnstile.example_gen")


def paths(base: str, pattern: str, tell_skipped: bool = False) -> tuple[str, ...]:
    """Lists the files of a split; whatever works on them is given the list, not the pattern.

    Args:
        base: the folder, with any character in its name.
        pattern: the pattern of the files in it; see file_listing.matching.
        tell_skipped: whether to log what is skipped.

    Raises:
        ValueError: there is no such file.
    """
    if "://" in base:
        found = tuple(sorted(fileio.glob(posixpath.join(base, pattern))))
    else:
        listed = file_listing.listed(base, pattern)
        found = tuple(map(str, listed.files))
        if tell_skipped and (note := listed.note()):
            logger.warning(note)
    if not found:
        whole = posixpath.join(base, pattern)
        raise ValueError(f"{whole}: matches no file; expected CSV or Parquet files. Check data.path")
    return found


class InputProcessor(input_processor.FileBasedInputProcessor):
    """Finds span and version as TFX does, in folders and files of any name; the fingerprint is of the content."""

    def resolve_span_and_version(self) -> tuple[int, int | None]:
        """Returns the span asked for, or the latest, and its latest version; 0 and None for a path without them."""
        (first, *others), base = self._splits, self._input_base_uri
        if "://" in base or (others and span_pattern.is_pattern(first.pattern)):
            return super().resolve_span_and_version()
        if not span_pattern.is_pattern(first.pattern):
            return 0, None
        only = self._range_config and self._range_config.HasField("static_range")
        asked = self._range_config.static_range.start_span_number if only else None
        span = None if asked is None else span_pattern.of_number(first.pattern, asked)
        found = spans.select_in(base, first.pattern, span, posixpath.join(base, first.pattern))
        return span_pattern.number(found.span), found.version

    def get_input_fingerprint(self, span: int, version: int | None) -> str:
        """Returns a line for each split; TFX makes it part of the cache key and of the artifact."""
        patterns = {s.name: self.get_pattern_for_span_version(s.pattern, span, version) for s in self._splits}
        files = {name: paths(self._input_base_uri, pattern, True) for name, pattern in patterns.items()}
        return "\n".join(fingerprint(name, paths, fileio.open) for name, paths in files.items())


class Driver(driver.FileBasedDriver):
    """TFX's, but for the fingerprint."""

    def get_input_processor(
        self,
        splits: Iterable[example_gen_pb2.Input.Split],
        range_config: range_config_pb2.RangeConfig | None = None,
        input_base_uri: str | None = None,
    ) -> InputProcessor:
        """Returns what looks at the files; arguments as in TFX's Driver."""
        return InputProcessor(input_base_uri, splits, range_config)
