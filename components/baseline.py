"""Which model a candidate is compared with: the latest blessed one that is not the candidate itself.

TFX's LatestBlessedModelStrategy would, in an unchanged second run, find the candidate of the first run: the
Evaluator would have a new input, run again, and push the same model once more.
"""

from __future__ import annotations

from tfx import types
from tfx.dsl.components.common import resolver
from tfx.types import standard_artifacts

ArtifactMap = dict[str, list[types.Artifact]]


class LatestOtherBlessedModel(resolver.ResolverStrategy):
    """Resolves `model`, `model_blessing` and `candidate` to the baseline, its blessing and the candidate."""

    def resolve_artifacts(self, store: object, input_dict: ArtifactMap) -> ArtifactMap:
        """Returns the same keys; `model` and `model_blessing` are empty when there is no baseline yet.

        Args:
            store: the metadata store, unused: the inputs hold all that is needed.
            input_dict: every live model and blessing of the pipeline, and this run's candidate.
        """
        candidates = {artifact.id for artifact in input_dict["candidate"]}
        blessings = {
            blessing.get_int_custom_property("current_model_id"): blessing
            for blessing in sorted(input_dict["model_blessing"], key=lambda a: a.id)
            if blessing.get_int_custom_property("blessed") == 1
        }
        others = [m for m in input_dict["model"] if m.id in blessings and m.id not in candidates]
        latest = sorted(others, key=lambda m: m.id)[-1:]
        return {
            "model": latest,
            "model_blessing": [blessings[m.id] for m in latest],
            "candidate": input_dict["candidate"],
        }


def baseline_resolver(candidate: types.BaseChannel) -> resolver.Resolver:
    """The node that finds the baseline for `candidate`, Trainer's model."""
    return resolver.Resolver(
        strategy_class=LatestOtherBlessedModel,
        model=types.Channel(type=standard_artifacts.Model),
        model_blessing=types.Channel(type=standard_artifacts.ModelBlessing),
        candidate=candidate,
    ).with_id("Baseline")
