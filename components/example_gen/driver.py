"""Says which files a run of ExampleGen reads, and whether they are those of an earlier run."""

from __future__ import annotations

import json
import logging
import posixpath
from collections.abc import Iterable, Mapping
from typing import Any

from tfx.components.example_gen import driver, input_processor, utils
from tfx.dsl.io import fileio
from tfx.orchestration import data_types
from tfx.proto import example_gen_pb2, range_config_pb2
from tfx.types import standard_component_specs
from tfx.utils import proto_utils

from components.example_gen import file_listing, packed_settings, spans, window
from components.example_gen.fingerprint import fingerprint
from components.example_gen.spans_read import SPANS
from turnstile import span_pattern
from turnstile.span_pattern import Span

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
        if others and span_pattern.is_pattern(first.pattern):
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
    """TFX's, but for the fingerprint, and for a window of more than one span."""

    def get_input_processor(
        self,
        splits: Iterable[example_gen_pb2.Input.Split],
        range_config: range_config_pb2.RangeConfig | None = None,
        input_base_uri: str | None = None,
    ) -> InputProcessor:
        """Returns what looks at the files; arguments as in TFX's Driver."""
        return InputProcessor(input_base_uri, splits, range_config)

    def resolve_exec_properties(
        self,
        exec_properties: dict[str, Any],
        pipeline_info: data_types.PipelineInfo,
        component_info: data_types.ComponentInfo,
    ) -> dict[str, Any]:
        """Adds the newest span, as TFX does, and the others of the window; arguments as in TFX's Driver."""
        pattern = _pattern(exec_properties)
        found = super().resolve_exec_properties(exec_properties, pipeline_info, component_info)
        asked = packed_settings.unpacked(exec_properties).window
        if asked.spans > 1:
            base = exec_properties[standard_component_specs.INPUT_BASE_KEY]
            newest = span_pattern.of_number(pattern, found[utils.SPAN_PROPERTY_NAME])
            there = _of_window(base, pattern, newest, asked)
            found[SPANS] = json.dumps(there)
            found[utils.FINGERPRINT_PROPERTY_NAME] = "\n".join(
                fingerprint(f"span-{each['span']}", paths(base, each["pattern"], True), fileio.open) for each in there
            )
        return found


def _pattern(exec_properties: Mapping[str, Any]) -> str:
    """The pattern of the first input split, with its placeholders."""
    config = example_gen_pb2.Input()
    proto_utils.json_to_proto(exec_properties[standard_component_specs.INPUT_CONFIG_KEY], config)
    return config.splits[0].pattern


def _of_window(base: str, pattern: str, newest: Span | None, asked: window.Window) -> list[dict[str, Any]]:
    """The spans of a window, oldest first: number, name and version of each, and the pattern of its files."""
    found = window.select_in(base, pattern, newest, asked, posixpath.join(base, pattern))
    return [
        {
            "span": span_pattern.number(each.span),
            "name": str(each.span),
            "version": each.version,
            "pattern": span_pattern.as_glob(span_pattern.filled(pattern, each.span, each.version)),
        }
        for each in found
    ]
