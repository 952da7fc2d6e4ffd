"""Which model a candidate is compared with."""

from __future__ import annotations

import pytest
from tfx.types import standard_artifacts

from components.baseline import LatestOtherBlessedModel


def model(id_):
    artifact = standard_artifacts.Model()
    artifact.id = id_
    return artifact


def blessing(id_, model_id, blessed):
    artifact = standard_artifacts.ModelBlessing()
    artifact.id = id_
    artifact.set_int_custom_property("current_model_id", model_id)
    artifact.set_int_custom_property("blessed", int(blessed))
    return artifact


@pytest.mark.parametrize(
    ("models", "blessings", "candidate", "expected"),
    [
        ([], [], 1, None),
        ([1], [], 1, None),
        ([1], [(11, 1, True)], 1, None),  # the same model again: not its own baseline
        ([1, 2], [(11, 1, True)], 2, 1),
        ([1, 2, 3], [(11, 1, True), (12, 2, False)], 3, 1),  # the latest blessed, not the latest
        ([3, 1, 2], [(11, 1, True), (12, 2, True)], 3, 2),
        ([1, 2], [(11, 1, True), (12, 2, True)], 1, 2),  # an older model, trained again: the newer is the baseline
    ],
)
def test_the_baseline_is_the_latest_other_blessed_model(models, blessings, candidate, expected):
    found = LatestOtherBlessedModel().resolve_artifacts(
        None,
        {
            "model": [model(id_) for id_ in models],
            "model_blessing": [blessing(*fields) for fields in blessings],
            "candidate": [model(candidate)],
        },
    )
    assert [artifact.id for artifact in found["model"]] == ([] if expected is None else [expected])
    assert [a.get_int_custom_property("current_model_id") for a in found["model_blessing"]] == (
        [] if expected is None else [expected]
    )
    assert [artifact.id for artifact in found["candidate"]] == [candidate]
