"""Which model a candidate is compared with: the latest blessed one that is not the candidate itself.

Blessed by the Evaluator, and not refused by ServingValidator: what cannot be served was never released.

TFX's LatestBlessedModelStrategy would, in an unchanged second run, find the candidate of the first run: the
Evaluator would have a new input, run again, and push the same model once more.
"""

from __future__ import annotations

from tfx import types
from tfx.dsl.components.common import resolver
from tfx.types import standard_artifacts

ArtifactMap = dict[str, list[types.Artifact]]


class LatestOtherBlessedModel(resolver.ResolverStrategy):
    """Resolves `model` and its blessings to the baseline and its own, and leaves `candidate` as it is."""

    def resolve_artifacts(self, store: object, input_dict: ArtifactMap) -> ArtifactMap:
        """Returns the same keys; all but `candidate` are empty when there is no baseline yet.

        Args:
            store: the metadata store, unused: the inputs hold all that is needed.
            input_dict: every live model and blessing of the pipeline, and this run's candidate.
        """
        judged, proven = _by_model(input_dict["model_blessing"]), _by_model(input_dict["infra_blessing"])
        unproven = _by_model(input_dict["infra_blessing"], blessed=0).keys() - proven.keys()
        excluded = {artifact.id for artifact in input_dict["candidate"]} | unproven
        others = [m for m in input_dict["model"] if m.id in judged and m.id not in excluded]
        latest = sorted(others, key=lambda m: m.id)[-1:]
        return {
            "model": latest,
            "model_blessing": [judged[m.id] for m in latest],
            "infra_blessing": [proven[m.id] for m in latest if m.id in proven],
            "candidate": input_dict["candidate"],
        }


def _by_model(blessings: list[types.Artifact], blessed: int = 1) -> dict[int, types.Artifact]:
    """The latest of those blessings that say yes, or no, by the id of the model they are about."""
    return {
        blessing.get_int_custom_property("current_model_id"): blessing
        for blessing in sorted(blessings, key=lambda a: a.id)
        if blessing.get_int_custom_property("blessed") == blessed
    }


def baseline_resolver(candidate: types.BaseChannel) -> resolver.Resolver:
    """The node that finds the baseline for `candidate`, Trainer's model."""
    return resolver.Resolver(
        strategy_class=LatestOtherBlessedModel,
        model=types.Channel(type=standard_artifacts.Model),
        model_blessing=types.Channel(type=standard_artifacts.ModelBlessing),
        infra_blessing=types.Channel(type=standard_artifacts.InfraBlessing),
        candidate=candidate,
    ).with_id("Baseline")
