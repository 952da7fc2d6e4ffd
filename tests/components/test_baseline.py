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


def infra_blessing(id_, model_id, blessed):
    artifact = standard_artifacts.InfraBlessing()
    artifact.id = id_
    artifact.set_int_custom_property("current_model_id", model_id)
    artifact.set_int_custom_property("blessed", int(blessed))
    return artifact


def resolve(models, blessings, infra_blessings, candidate):
    return LatestOtherBlessedModel().resolve_artifacts(
        None,
        {
            "model": [model(id_) for id_ in models],
            "model_blessing": [blessing(*fields) for fields in blessings],
            "infra_blessing": [infra_blessing(*fields) for fields in infra_blessings],
            "candidate": [model(candidate)],
        },
    )


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
    found = resolve(models, blessings, [], candidate)
    assert [artifact.id for artifact in found["model"]] == ([] if expected is None else [expected])
    assert [a.get_int_custom_property("current_model_id") for a in found["model_blessing"]] == (
        [] if expected is None else [expected]
    )
    assert [artifact.id for artifact in found["candidate"]] == [candidate]


@pytest.mark.parametrize(
    ("infra_blessings", "expected"),
    [
        ([(21, 1, True), (22, 2, True)], 2),
        ([(21, 1, True), (22, 2, False)], 1),  # good enough, but it could not be served
        ([(21, 1, False), (22, 2, False)], None),
        ([(22, 2, False), (23, 2, True)], 2),  # refused under a budget that was raised
        ([(22, 2, True), (23, 2, False)], 2),  # proven under a budget that was lowered: it is what was released
        ([(21, 1, True)], 2),  # from before there was a ServingValidator
    ],
)
def test_a_model_that_cannot_be_served_is_no_baseline(infra_blessings, expected):
    found = resolve([1, 2, 3], [(11, 1, True), (12, 2, True)], infra_blessings, 3)
    assert [artifact.id for artifact in found["model"]] == ([] if expected is None else [expected])
    proof = [artifact.get_int_custom_property("current_model_id") for artifact in found["infra_blessing"]]
    assert proof in ([], [expected])
