"""Two arms compared: what is said of them, by which metrics, and that JSON has all of it."""

from __future__ import annotations

import json

import pytest

from serving.ab import comparing
from serving.ab.arms import CANARY, STABLE
from tests import made_logs
from tests.made_logs import asked
from turnstile.errors import UsageError


@pytest.fixture
def compare(tmp_path):
    """Compares arms given as lists of (outputs, outcome)."""

    def comparison(stable, canary, *metrics, **options):
        pairs = [(STABLE, *pair) for pair in stable] + [(CANARY, *pair) for pair in canary]
        (tmp_path / "log").unlink(missing_ok=True)
        log = made_logs.log(tmp_path / "log", [asked(str(i), arm, found) for i, (arm, found, _) in enumerate(pairs)])
        rows = [{"id": i, "paid": outcome} for i, (_, _, outcome) in enumerate(pairs)]
        path = made_logs.outcomes(tmp_path / "outcomes.jsonl", rows)
        return comparing.compare(log, path, "id", "paid", metrics, **options)

    return comparison


@pytest.fixture
def one(compare):
    """The same, of one metric."""

    def only(stable, canary, metric="outcome", **options):
        (found,) = compare(stable, canary, metric, **options).metrics
        return found

    return only


def shares(hits, count, outputs=None):
    """An arm of which so many outcomes are 1."""
    return [(outputs or {}, int(i < hits)) for i in range(count)]


def values(count, mean, deviation=1.0):
    """An arm of outcomes as far above a mean as below it."""
    return [({}, mean + deviation * (-1) ** i) for i in range(count)]


# Verdicts on shares.


def test_a_share_that_differs(one):
    found = one(shares(100, 1000), shares(200, 1000))
    assert (found.proportion, found.differs) == (True, True)
    assert found.difference.value == pytest.approx(0.1)
    assert comparing.verdict(found) == "canary is higher than stable, by 0.06895 to 0.131"
    other_way = one(shares(200, 1000), shares(100, 1000))
    assert comparing.verdict(other_way) == "canary is lower than stable, by 0.06895 to 0.131"


def test_a_share_that_does_not_differ_with_enough_keys_to_tell(one):
    found = one(shares(500, 1000), shares(500, 1000), difference=0.1)
    assert (found.differs, found.enough, found.needed) == (False, True, 388)
    assert comparing.verdict(found) == "no difference shown: canary - stable lies between -0.04374 and +0.04374"


def test_a_share_of_too_few_keys_says_how_many_it_takes(one):
    found = one(shares(20, 100), shares(10, 50))
    assert (found.differs, found.enough, found.to_see) == (False, False, pytest.approx(0.02))
    assert comparing.verdict(found).endswith(
        ". Not enough data: 100 keys in stable, 50 keys in canary. "
        "To see a difference of 0.02 with 80% power takes about 6,510 in each"
    )


@pytest.mark.parametrize(("stable", "canary", "enough"), [(388, 388, True), (2000, 215, True), (2000, 214, False)])
def test_unequal_arms_tell_as_much_as_the_harmonic_mean_of_their_sizes(one, stable, canary, enough):
    found = one(shares(stable // 2, stable), shares(canary // 2, canary), difference=0.1)
    assert found.enough == enough


def test_an_arm_without_keys(one):
    found = one(shares(3, 5), [])
    assert (found.arms[CANARY], found.difference, found.differs) == (None, None, False)
    assert comparing.verdict(found) == "not enough data: 5 keys in stable, 0 keys in canary."


def test_a_share_of_none_has_no_tenth(one):
    found = one(shares(0, 50), shares(0, 50))
    assert (found.to_see, found.needed, found.enough) == (None, None, False)
    assert comparing.verdict(found).endswith("Not enough data: 50 keys in stable, 50 keys in canary.")
    assert one(shares(0, 50), shares(0, 50), difference=0.2).enough


@pytest.mark.parametrize("outcomes", [(0, 1), ("0", "1"), (0.0, 1.0), (False, True), ("false", "TRUE"), ("0.0", "1.0")])
def test_zero_and_one_in_any_spelling(one, outcomes):
    found = one([({}, outcomes[0]), ({}, outcomes[1])], [({}, outcomes[1])])
    assert found.proportion
    assert (found.arms[STABLE].value, found.arms[CANARY].value) == (0.5, 1)


# Verdicts on means.


def test_a_mean_that_differs(one):
    found = one(values(100, 5.0), values(100, 8.0))
    assert (found.proportion, found.differs, found.better) == (False, True, "")
    assert comparing.verdict(found) == "canary is higher than stable, by 2.72 to 3.28"


def test_a_mean_that_does_not_differ_with_enough_keys_to_tell(one):
    found = one(values(400, 5.0), values(400, 5.0))
    assert (found.differs, found.enough, found.to_see) == (False, True, pytest.approx(0.5))
    assert comparing.verdict(found) == "no difference shown: canary - stable lies between -0.139 and +0.139"


def test_a_mean_that_does_not_differ_with_too_few_keys_to_tell(one):
    found = one(values(40, 5.0), values(40, 5.0), difference=0.1)
    assert (found.differs, found.enough) == (False, False)
    assert comparing.verdict(found).endswith(
        ". Not enough data: 40 keys in stable, 40 keys in canary. "
        "To see a difference of 0.1 with 80% power takes about 1,611 in each"
    )


def test_a_mean_of_few_keys_is_not_relied_on_however_far_it_is(one):
    found = one(values(29, 5.0), values(100, 50.0))
    assert (found.few, found.differs, found.enough) == (True, False, False)
    assert comparing.verdict(found).startswith("not enough data: 29 keys in stable, 100 keys in canary")


def test_few_keys_are_never_told_to_be_more_than_it_takes(one):
    """Values that hardly vary: by their variance alone, three keys would be enough."""
    found = one(values(12, 100.0), values(12, 100.0))
    assert comparing.verdict(found) == (
        "not enough data: 12 keys in stable, 12 keys in canary. "
        "To see a difference of 10 with 80% power takes about 30 in each"
    )


@pytest.mark.parametrize(("canary", "keys"), [(0, "0 keys"), (1, "1 key")])
def test_an_arm_with_too_few_keys_for_any_interval(one, canary, keys):
    found = one(values(40, 5.0), values(canary, 5.0))
    assert (found.arms[CANARY], found.difference) == (None, None)
    assert comparing.verdict(found) == f"not enough data: 40 keys in stable, {keys} in canary."


def test_values_that_are_all_the_same_do_not_differ(one):
    """Whose sums are rounded differently: 0.1 has no exact double."""
    found = one([({}, 0.1)] * 30, [({}, 0.1)] * 41)
    assert (found.differs, found.enough) == (False, True)
    assert comparing.verdict(found) == "no difference shown: canary - stable lies between +0 and +0"


@pytest.mark.parametrize("arm", [shares(20, 40), values(40, 5.0)], ids=["share", "mean"])
def test_a_difference_that_no_number_of_keys_shows(one, arm):
    found = one(arm, arm, difference=1e-300)
    assert (found.needed, found.enough) == (None, False)


# Metrics.

BINARY = {"probability": 0.8, "label": 1}


def names(comparison):
    return [found.metric for found in comparison.metrics]


@pytest.mark.parametrize(
    ("outputs", "outcomes", "expected"),
    [
        (BINARY, (0, 1), ["outcome", "log_loss"]),
        ({"label": 1}, (0, 1), ["outcome", "accuracy"]),
        ({"value": 3.5}, (4.0, 2.5), ["outcome", "absolute_error"]),
        ({"value": 3.5}, (0, 1), ["outcome"]),
        ({"probabilities": [0.5, 0.5], "label": "rose"}, ("rose", "tulip"), ["accuracy"]),
        ({"probabilities": [0.5, 0.5], "label": 3}, (3, 2), ["outcome", "accuracy"]),
        ({"label": None, "value": None}, (4.0, 2.5), ["outcome"]),
    ],
    ids=["binary", "only labels", "regression", "regression of 0 and 1", "classes", "numbers as classes", "nothing"],
)
def test_what_suits_is_compared(compare, outputs, outcomes, expected):
    arm = [(outputs, outcome) for outcome in outcomes]
    assert names(compare(arm, arm)) == expected


def test_a_log_loss(one):
    found = one([({"probability": 0.8}, 1), ({"probability": 0.8}, 0)], [({"probability": 1.0}, 0)] * 2, "log_loss")
    assert (found.better, found.proportion) == ("lower", False)
    assert found.arms[STABLE].value == pytest.approx((0.22314 + 1.60944) / 2, abs=1e-5)
    assert found.arms[CANARY].value == pytest.approx(16.1181, abs=1e-4), "sure and wrong is bad, but not infinitely so"


def test_an_absolute_error_says_who_does_better(one):
    stable = [({"value": outcome + 1}, outcome) for outcome in range(2, 42)]
    canary = [({"value": outcome - 3 - outcome % 2}, outcome) for outcome in range(2, 42)]
    found = one(stable, canary, "absolute_error")
    assert (found.arms[STABLE].value, found.arms[CANARY].value) == (1, 3.5)
    assert comparing.verdict(found).endswith(", which is worse")
    assert comparing.verdict(one(canary, stable, "absolute_error")).endswith(", which is better")


@pytest.mark.parametrize(
    ("label", "right", "wrong"), [("rose", "rose", "tulip"), (3, 3.0, 4), (1, "true", 0), (1, "1.0", False)]
)
def test_an_accuracy(one, label, right, wrong):
    pairs = [({"label": label}, right)] * 30 + [({"label": label}, wrong)] * 10
    found = one(pairs, pairs[:20], "accuracy")
    assert (found.better, found.proportion) == ("higher", True)
    assert (found.arms[STABLE].value, found.arms[CANARY].value) == (0.75, 1)
    assert comparing.verdict(found).endswith(", which is better")


def test_metrics_that_are_wanted_come_in_their_order(compare):
    arm = [(BINARY, 1), (BINARY, 0)]
    assert names(compare(arm, arm, "accuracy", "outcome")) == ["accuracy", "outcome"]


@pytest.mark.parametrize(
    ("outputs", "outcome", "metric", "suiting"),
    [
        (BINARY, 1, "absolute_error", "outcome, log_loss, accuracy"),
        ({"value": 3.5}, 4.0, "log_loss", "outcome, absolute_error"),
        ({"label": "rose"}, "tulip", "outcome", "accuracy"),
        ({"value": 3.5}, "tulip", "accuracy", "none"),
        (BINARY, 1, "auc", "outcome, log_loss, accuracy"),
    ],
)
def test_a_metric_that_does_not_suit_is_refused_with_those_that_do(compare, outputs, outcome, metric, suiting):
    with pytest.raises(UsageError) as caught:
        compare([(outputs, outcome)], [], metric)
    assert str(caught.value) == (
        f"--metric {metric}: does not suit these outcomes and this model's outputs; suiting: {suiting}"
    )


def test_outcomes_that_nothing_suits_are_shown(compare):
    with pytest.raises(
        UsageError, match="outcome 'n/a' is neither 0 or 1 nor a number, and the answers have no 'label"
    ):
        compare([({"value": 3.5}, 4.0), ({"value": 3.5}, "n/a")], [])


# What is handed out.


@pytest.mark.parametrize(
    ("stable", "canary"),
    [
        (shares(3, 40, BINARY), shares(9, 40, BINARY)),
        (shares(0, 5), []),
        (values(40, 5.0), values(35, 6.0)),
        (values(40, 0.0, deviation=0.0), values(1, 6.0)),
    ],
    ids=["shares", "an arm without keys", "means", "no variance"],
)
def test_json_has_all_of_it(compare, stable, canary):
    text = json.dumps(compare(stable, canary).as_dict(), allow_nan=False)
    found = json.loads(text)
    assert list(found) == ["confidence", "power", "counts", "metrics"]
    assert (found["confidence"], found["power"], found["counts"]["rows"]) == (0.95, 0.8, len(stable) + len(canary))
    for metric in found["metrics"]:
        assert set(metric) == {
            "metric", "better", "proportion", "keys", "arms", "difference", "to_see", "needed", "differs", "enough",
            "verdict",
        }  # fmt: skip
        assert metric["keys"] == {STABLE: len(stable), CANARY: len(canary)}
        assert set(metric["arms"]) == {STABLE, CANARY}
        assert set(metric["arms"][STABLE]) == {"value", "low", "high"}


def test_more_confidence_is_less_sure(one):
    arms = shares(100, 1000), shares(130, 1000)
    assert one(*arms).differs
    assert not one(*arms, confidence=0.9999).differs


def test_lines_for_people(compare):
    arms = shares(100, 1000, BINARY), shares(200, 1000, BINARY)
    assert comparing.lines(compare(*arms, "outcome", confidence=0.9)) == [
        "2,000 rows in the log",
        "",
        "outcome (share of 1, 90% intervals)",
        "  stable              0.1000  (   0.0855 to    0.1167)  1,000 keys",
        "  canary              0.2000  (   0.1800 to    0.2216)  1,000 keys",
        "  canary - stable    +0.1000  (  +0.0740 to   +0.1260)",
        "  canary is higher than stable, by 0.07396 to 0.126",
    ]
    assert comparing.lines(compare([({}, 1)], []))[-4:] == [
        "  stable              1.0000  (   0.2065 to    1.0000)  1 key",
        "  canary           -  0 keys",
        "  canary - stable  -",
        "  not enough data: 1 key in stable, 0 keys in canary.",
    ]
