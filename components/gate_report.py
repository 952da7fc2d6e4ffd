"""What a gate has to say, in the same form for every gate and every orchestrator.

A gate that judges a model says it in a small JSON file in its blessing: `reasons` says why not, and is empty for a yes;
the rest is what was measured, or let through with a warning. A refusal of data is a failed execution instead, so that
nothing downstream runs.
"""

from __future__ import annotations

import json
from typing import Any

from google.protobuf import json_format, struct_pb2
from tfx.proto.orchestration import execution_result_pb2

from turnstile.places import Place, place

FILE = "report.json"
# First line of a refusal's message.
HEADLINE = "The data was refused; nothing was trained."
# google.rpc.Code.FAILED_PRECONDITION: what a refusal of data is recorded as, to tell it from a crash.
REFUSED = 9


def write(blessing: str | Place, reasons: list[str], **rest: Any) -> None:
    """Writes the report into the folder of a blessing."""
    place(blessing).mkdir(parents=True, exist_ok=True)
    (place(blessing) / FILE).write_text(json.dumps({"reasons": reasons, **rest}, indent=2) + "\n")


def refusal(reasons: list[str], **rest: Any) -> execution_result_pb2.ExecutorOutput:
    """Returns what an executor answers to refuse its data: TFX keeps the words, and records the execution as failed.

    Args:
        reasons: why not.
        **rest: what was measured, as JSON can hold it; it is kept too.
    """
    words = "\n".join([HEADLINE, *reasons])
    result = execution_result_pb2.ExecutionResult(code=REFUSED, result_message=words)
    if rest:
        result.metadata_details.add().Pack(json_format.ParseDict(rest, struct_pb2.Struct()))
    return execution_result_pb2.ExecutorOutput(execution_result=result)


def measured(result: execution_result_pb2.ExecutionResult) -> dict[str, Any]:
    """Returns what a refusal says that was measured."""
    found = struct_pb2.Struct()
    unpacked = (json_format.MessageToDict(found) for each in result.metadata_details if each.Unpack(found))
    return {name: value for one in unpacked for name, value in one.items()}


def read(blessing: str | Place) -> dict[str, Any]:
    """Reads the report in the folder of a blessing; without one, as of a gate that is not ours, there is no reason."""
    file = place(blessing) / FILE
    return json.loads(file.read_text()) if file.exists() else {"reasons": []}


def rest(blessing: str | Place) -> dict[str, Any]:
    """Reads what a report has beside the reasons: what was measured, or let through with a warning."""
    return {name: value for name, value in read(blessing).items() if name != "reasons"}
