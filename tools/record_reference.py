"""Writes docs/release-record.md, the reference of every key of a record, from docs/release.schema.json: `make docs`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE, SCHEMA = Path("docs/release-record.md"), Path("docs/release.schema.json")

_INTRODUCTION = """# The record of a run

`release.json` says what was decided in a run, and by which numbers. It is for programs; a person reads the run's
[report](report.md), its summary, or `turnstile models`. It lies in two places:

- `output/<name>/runs/<run>/release.json` is the record of a run on this machine. It is written when the run ends,
  whatever it ended with.
- `serving_model/<name>/<version>/assets.extra/release.json` is the record of the run that pushed this version. Pusher
  writes it, on every orchestrator, and it goes wherever the version is copied. A model that is deployed to Vertex AI
  has none.

A run that was killed has no record. A run whose stages an orchestrator starts one by one (`turnstile node`) has one as
soon as a stage fails, a gate says no, or Pusher is done.

The record of a version is written before the version is there, so it lacks what only the end of a run can tell:
`components`, `seconds` and `push.labels` are null. A model that is the newest version already is not pushed again, and
keeps the record of its first push. `turnstile override` adds `override`.

[release.schema.json](release.schema.json) is the JSON Schema of both (draft 2020-12). With the Python package
`jsonschema`, a record is checked by:

```python
import json
import jsonschema

jsonschema.validate(json.load(open("release.json")), json.load(open("docs/release.schema.json")))
```

Versions that were pushed before there was a schema have fewer keys, and no `schema_version`. `turnstile models` and the
other commands read them as before.

Every number in a record comes from an artifact of the run, in `output/<name>/`: the metrics from
`Evaluator/evaluation`, the intervals, bounds and verdicts from each gate's `blessing`, the rows from
`StatisticsGen/statistics`, the files from `ExampleGen/examples`, the training curve from `Trainer/model_run`.

The table is made from the schema (`make docs`). In it, `[]` stands for each item of a list, and `<metric>` for a name.

## Keys

"""


def page() -> str:
    """Returns the text of docs/release-record.md."""
    schema = json.loads(SCHEMA.read_text())
    lines = [("key", "type", "what it is"), ("---", "---", "---"), *_rows(schema, schema, "")]
    return _INTRODUCTION + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _rows(schema: dict[str, Any], part: dict[str, Any], prefix: str) -> Iterator[tuple[str, str, str]]:
    """Yields a line for each key below a part of the schema, the keys of an interval or a difference only once."""
    for name, each in part.get("properties", {}).items():
        key = f"{prefix}{name}"
        yield f"`{key}`", _type(each), each["description"]
        yield from _inside(schema, each, key)


def _inside(schema: dict[str, Any], each: dict[str, Any], key: str) -> Iterator[tuple[str, str, str]]:
    yield from _rows(schema, each, f"{key}.")
    for inner, below in ((each.get("items"), "[]"), (each.get("additionalProperties"), ".<metric>")):
        if isinstance(inner, dict) and "$ref" in inner:
            yield from _rows(schema, schema["$defs"][inner["$ref"].rpartition("/")[2]], f"{key}{below}.")


def _type(each: dict[str, Any]) -> str:
    if "const" in each:
        return f"`{json.dumps(each['const'])}`"
    if "enum" in each:
        return ", ".join(f"`{json.dumps(value)}`" for value in each["enum"])
    types: list[str] = each["type"] if isinstance(each["type"], list) else [each["type"]]
    names = {"boolean": "true or false", "array": "list"}
    return " or ".join(names.get(name, name) for name in types)


if __name__ == "__main__":
    PAGE.write_text(page())
