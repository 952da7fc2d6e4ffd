"""Finds what a run's data is compared with, before the cache is asked: so the answer is part of the cache's key."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from tfx import types
from tfx.components.example_gen import utils
from tfx.dsl.components.base import base_driver
from tfx.orchestration import metadata
from tfx.orchestration.portable import base_driver as portable_driver
from tfx.orchestration.portable import data_types
from tfx.proto.orchestration import driver_output_pb2
from tfx.types import artifact_utils

from components.data_gate import agreed, references
from components.data_gate.comparators import comparators
from components.data_gate.references import Passed
from components.data_gate.settings import DataGateSettings
from components.distributions import STATISTICS
from turnstile import span_pattern

# The parameter in which the driver tells the executor: {"drift": [{"name", "statistics"}], "skew": {"statistics",
# "digest"}}, in JSON. `drift` has what has passed before, the nearest first; null where no records can be asked.
COMPARED = "compared_with"


class Driver(base_driver.BaseDriver, portable_driver.BaseDriver):
    """Looks for the data that has passed before, and for the statistics of requests."""

    def __init__(self, connection: metadata.Metadata | None):
        base_driver.BaseDriver.__init__(self, connection)
        portable_driver.BaseDriver.__init__(self, connection)
        self._connection = connection

    def run(self, execution_info: data_types.ExecutionInfo) -> driver_output_pb2.DriverOutput:
        """Returns what was found as a parameter; nothing is looked for that the schema has no comparator for."""
        inputs, output = execution_info.input_dict, driver_output_pb2.DriverOutput()
        settings = DataGateSettings.model_validate_json(execution_info.exec_properties["settings"])
        schema, found = agreed.schema(inputs["schema"]), dict[str, Any]()
        if comparators(schema, "drift"):
            node = f"{execution_info.pipeline_info.id}.{execution_info.pipeline_node.node_info.id}"
            examples = artifact_utils.get_single_instance(inputs["examples"])
            found["drift"] = self._passed(node, examples, settings)
        if comparators(schema, "skew") and settings.served:
            found["skew"] = _served(Path(settings.served))
        output.exec_properties[COMPARED].string_value = json.dumps(found)
        return output

    def _passed(self, node: str, examples: types.Artifact, by: DataGateSettings) -> list[dict[str, str]] | None:
        if self._connection is None:  # in a task of Kubeflow
            return None
        span = examples.get_int_custom_property(utils.SPAN_PROPERTY_NAME)
        fingerprint = examples.get_string_custom_property(utils.FINGERPRINT_PROPERTY_NAME)
        with self._connection as handle:
            known = references.passed(handle.store, node)
        found = references.earlier(known, span, fingerprint, by.by_span)
        near_and_far = zip(references.reach(found), _WITHOUT_SPANS, strict=False)
        return [
            {"name": _name(each, by.data_path) or name, "statistics": each.statistics} for each, name in near_and_far
        ]


# What the data that passed is called, where it has no spans: the nearest, and the farthest in reach.
_WITHOUT_SPANS = ("the data before", "the oldest data in reach")


def _name(passed: Passed, path: str) -> str | None:
    span = span_pattern.of_number(path, passed.span)
    return None if span is None else f"span {span}"


def _served(folder: Path) -> dict[str, str] | None:
    """The statistics that `turnstile monitor` has made of requests, if it has made some."""
    file = folder / STATISTICS
    if not file.exists():
        return None
    return {"statistics": str(folder), "digest": hashlib.blake2b(file.read_bytes(), digest_size=32).hexdigest()}
