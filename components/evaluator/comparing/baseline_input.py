"""The model that serves, as TFMA gets it: converted for today's rows, or left out if it cannot be compared with."""

from __future__ import annotations

import copy
from pathlib import Path

from tfx import types
from tfx.types import artifact_utils, standard_component_specs
from tfx.utils import path_utils

from components.baseline.component import is_empty, number
from components.evaluator.comparing.comparability import IncomparableError, check
from turnstile.places import place

_KEY = standard_component_specs.BASELINE_MODEL_KEY
_SPLIT = "eval"

# What the gate says of a baseline that cannot be compared with, by what the config wants done about it.
REFUSED = (
    "{}, so nobody can tell whether this model is worse. To judge it without that comparison, as the first model is, "
    'write under [release] of the config: incomparable = "first"'
)
FIRST = '{}; this model was judged without that comparison, for release.incomparable is "first"'


def compared(inputs: dict[str, list[types.Artifact]], prediction: str, scratch: str) -> tuple[dict, str]:
    """Returns Evaluator's inputs as TFMA can take them, and why the baseline is not among them; "" if none serves.

    TFMA ignores bounds on changes only if there is no such input, so that it is left out when it is empty, too.

    Args:
        inputs: examples, the candidate, and perhaps a baseline, which may be empty.
        prediction: the output that is evaluated.
        scratch: a folder for what is only needed until the evaluation ends.
    """
    if not inputs.get(_KEY):
        return inputs, ""
    (baseline,) = inputs[_KEY]
    without = {name: artifacts for name, artifacts in inputs.items() if name != _KEY}
    if is_empty(baseline):
        return without, ""
    candidate = artifact_utils.get_single_uri(inputs[standard_component_specs.MODEL_KEY])
    folders = [place(path_utils.serving_model_path(uri)) for uri in (candidate, baseline.uri)]
    splits = artifact_utils.get_split_uris(inputs[standard_component_specs.EXAMPLES_KEY], _SPLIT)
    try:
        served = check(folders[0], folders[1], [f"{uri}/*" for uri in splits], prediction)
    except IncomparableError as error:
        return without, f"version {number(baseline)}, which serves, cannot be compared with this model: {error}"
    if not served.types:
        return inputs, ""
    converting = copy.deepcopy(baseline)
    converting.uri = str(Path(scratch) / "baseline")
    served.export(path_utils.serving_model_dir(converting.uri))
    return without | {_KEY: [converting]}, ""
