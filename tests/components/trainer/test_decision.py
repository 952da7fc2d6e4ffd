"""From which probability on a model says 1: as good on the held-out rows as any."""

from __future__ import annotations

import numpy as np
import pytest

from components.trainer.decision import choose


def f1(labels, said):
    return 2 * (labels & said).sum() / (labels.sum() + said.sum())


def balance(labels, said):
    return (said[labels].mean() + (~said)[~labels].mean()) / 2


@pytest.mark.parametrize(("by", "score"), [("f1", f1), ("balance", balance)])
def test_no_other_decision_is_better_on_these_rows(by, score):
    rng = np.random.default_rng(6)
    labels = rng.random(500) < 0.1
    probabilities = np.round(1 / (1 + np.exp(3 - rng.normal(2 * labels, 1))), 2).astype(np.float32)  # some are equal
    chosen = choose(by, labels.astype(np.int64), probabilities)
    best = max(score(labels, probabilities >= other) for other in np.unique(probabilities))
    assert score(labels, probabilities >= chosen) == pytest.approx(best)
    assert chosen < 0.5
    assert chosen not in probabilities  # so that rounding moves no row to the other side


@pytest.mark.parametrize(
    ("labels", "probabilities"), [([0, 0], [0.1, 0.2]), ([1, 1], [0.1, 0.2]), ([0, 1], [0.3, 0.3])]
)
def test_rows_that_do_not_tell_leave_it_at_one_half(labels, probabilities):
    assert choose("f1", np.array(labels), np.array(probabilities, np.float32)) == 0.5
