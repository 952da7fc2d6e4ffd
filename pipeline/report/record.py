"""Reads a release.json: the one place of the report that knows the names of its keys.

A record of a version that was pushed long ago has fewer keys. What a record does not have is empty or None here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from components.evaluator.metrics.slices import OVERALL
from pipeline.report.measured import Bound, Gate, Measured, Numbers, measured
from turnstile.errors import UsageError
from turnstile.labels import TASKS
from turnstile.outcomes import PUSHED

_T = TypeVar("_T")


class Record:
    """A release.json.

    Args:
        plain: what json.loads has made of it.
    """

    def __init__(self, plain: Mapping[str, Any]):
        self.plain = plain

    def _at(self, *keys: str, default: _T) -> Any | _T:
        """Returns what is there; the default for what is absent, or null."""
        found: Any = self.plain
        for key in keys:
            found = found.get(key) if isinstance(found, Mapping) else None
        return default if found is None else found

    @property
    def pipeline(self) -> str:
        """The name of the pipeline."""
        return str(self._at("pipeline", default="model"))

    @property
    def run_id(self) -> str:
        """The name of the run."""
        return str(self._at("run_id", default=""))

    @property
    def time(self) -> str:
        """When the record was made, as ISO 8601."""
        return str(self._at("time", default=""))

    @property
    def outcome(self) -> str:
        """How the run ended; a record of before there were outcomes is that of a pushed version."""
        return str(self._at("outcome", default=PUSHED))

    @property
    def version(self) -> str | None:
        """The version that was pushed; None if none was."""
        found = self._at("push", "version", default=None)
        return None if found is None else str(found)

    @property
    def push(self) -> Mapping[str, Any]:
        """Where the version is, and its labels at the time."""
        return self._at("push", default={})

    @property
    def error(self) -> str | None:
        """What a run failed with."""
        return self._at("error", default=None)

    @property
    def seconds(self) -> float | None:
        """How long the run took."""
        return self._at("seconds", default=None)

    @property
    def task(self) -> str:
        """What kind of label it is: "binary", "multiclass" or "regression"."""
        kind = str(self._at("config", "label", "kind", default="binary"))
        return TASKS.get(kind, kind)

    @property
    def config(self) -> Mapping[str, Any]:
        """The whole config, as plain values."""
        return self._at("config", default={})

    @property
    def features(self) -> dict[str, str]:
        """The features in the order of the config, each with its kind."""
        return {
            name: str(feature.get("kind", "")) for name, feature in self._at("config", "features", default={}).items()
        }

    @property
    def label_columns(self) -> list[str]:
        """The columns that the label is made of."""
        label: Mapping[str, Any] = self._at("config", "label", default={})
        return [label[key] for key in ("column", "numerator", "denominator") if label.get(key)]

    @property
    def overall(self) -> Measured:
        """What was measured on the whole eval split."""
        rows = self._at("metrics", "example_count", default=0)
        return measured(OVERALL, int(rows), self.plain)

    @property
    def slices(self) -> list[Measured]:
        """What was measured of each slice."""
        return [measured(each["slice"], each["rows"], each) for each in self._at("slices", default=[])]

    @property
    def bounds(self) -> list[Bound]:
        """What each bound said."""
        names = Bound.__dataclass_fields__
        return [Bound(**{name: each.get(name) for name in names}) for each in self._at("bounds", default=[])]

    @property
    def confidence(self) -> float:
        """The confidence of all intervals."""
        return next((gate["confidence"] for gate in self._at("gates", default=[]) if "confidence" in gate), 0.95)

    @property
    def gates(self) -> list[Gate]:
        """What each gate said, in their order."""
        return [
            Gate(
                each["gate"],
                each.get("verdict", ""),
                *(tuple(each.get(k, ())) for k in ("reasons", "warnings", "notes")),
            )
            for each in self._at("gates", default=[])
        ]

    @property
    def baseline_version(self) -> str | None:
        """The version that the model was compared with; None if none served."""
        found = self._at("baseline_version", default=None)
        return None if found is None else str(found)

    @property
    def simple_models(self) -> Mapping[str, Numbers]:
        """The metrics of boosting and of a linear model on the same rows."""
        return self._at("simple_models", default={})

    @property
    def data(self) -> Mapping[str, Any]:
        """What is known of the data: path, rows, span, files."""
        return self._at("data", default={})

    @property
    def rows(self) -> Mapping[str, int]:
        """The number of rows of each split."""
        return self._at("data", "rows", default={})

    @property
    def anomalies(self) -> list[Mapping[str, Any]]:
        """What TFDV found odd: split, column, types and description of each."""
        return self._at("data_gate", "anomalies", default=[])

    @property
    def distances(self) -> list[Mapping[str, Any]]:
        """How far columns have moved, by the data gate: split, column, kind, measure, value and limit of each."""
        return self._at("data_gate", "distances", default=[])

    @property
    def training(self) -> Mapping[str, Any]:
        """The losses of each epoch, the best epoch, and the seconds."""
        return self._at("training", default={})

    @property
    def serving_proof(self) -> Mapping[str, Any]:
        """What ServingValidator measured."""
        return self._at("serving_proof", default={})

    @property
    def versions(self) -> Mapping[str, str]:
        """The versions of the stack."""
        return self._at("versions", default={})

    @property
    def code(self) -> Mapping[str, Any]:
        """The commit, and whether the source differed from it."""
        return self._at("code", default={})

    @property
    def components(self) -> list[Mapping[str, Any]]:
        """Each component's id, state and seconds."""
        return self._at("components", default=[])

    @property
    def override(self) -> Mapping[str, Any]:
        """Who overruled Evaluator, and why."""
        return self._at("override", default={})

    @property
    def needs_approval(self) -> bool:
        """Whether a person has to approve the version."""
        return self._at("thresholds", "approval", default="none") == "required"


def read(file: Path) -> Record:
    """Reads a release.json.

    Raises:
        UsageError: it is not there, or holds something else.
    """
    try:
        found = json.loads(file.read_text())
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise UsageError(f"{file}: expected the record of a run as JSON; {error}") from error
    if not isinstance(found, dict):
        raise UsageError(f"{file}: expected the record of a run as a JSON object")
    return Record(found)
