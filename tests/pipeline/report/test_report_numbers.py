"""What the report computes itself: curves, calibration, distances, and what the model leans on."""

import numpy as np
import pytest
from tensorflow.core.example import example_pb2

from components.distributions import Distribution
from pipeline.report import curves, features, importance
from pipeline.report.answers import Answers
from pipeline.report.features import Series, drawn_edges
from pipeline.report.record import Record
from tests import made_reports
from tests.made_distributions import numbers

POSITIVE = np.array([True, True, False, True, False])
SCORES = np.array([0.9, 0.8, 0.8, 0.4, 0.1])


def test_curves_take_rows_of_the_same_score_together():
    assert curves.roc(POSITIVE, SCORES) == [(0, 0), (0, 0.3333), (0.5, 0.6667), (0.5, 1), (1, 1)]
    assert curves.precision_recall(POSITIVE, SCORES) == [(0.3333, 1), (0.6667, 0.6667), (1, 0.75), (1, 0.6)]


def test_of_one_class_only_there_is_a_curve_too():
    assert curves.roc(np.array([True, True]), np.array([0.2, 0.3]))[-1] == (0, 1)
    assert curves.precision_recall(np.array([False]), np.array([0.2])) == [(0, 0)]


def test_calibration_compares_what_was_predicted_with_what_was_true():
    generator = np.random.default_rng(0)
    scores = generator.uniform(size=20_000)
    bins = curves.calibration_bins(generator.uniform(size=20_000) < scores, scores, 0.999)
    assert [each["rows"] for each in bins] == [2000] * 10
    assert all(each["low"] < each["predicted"] < each["high"] for each in bins)
    bins = curves.regression_bins(scores + generator.normal(size=20_000), scores, 0.999)
    assert all(each["low"] < each["predicted"] < each["high"] for each in bins)


@pytest.mark.parametrize(
    ("task", "classes"), [("binary", ()), ("multiclass", ("a", "<b>", "c" * 100)), ("regression", ())]
)
def test_every_task_has_curves(task, classes):
    labels = np.array([0.0, 1.0, 1.0, 0.0] * 5)
    predicted = np.full((20, 3), 1 / 3) if task == "multiclass" else np.linspace(0.1, 0.9, 20)
    found = curves.context(Answers(None, task, [], labels, predicted), classes, 0.95)
    assert [title for title, _ in found["charts"]][-1] == "Calibration"
    assert all(chart.startswith("<svg") and "<b>" not in chart for _, chart in found["charts"])


def test_a_long_tail_is_left_out_of_what_is_drawn():
    edges = drawn_edges([numbers(np.append(np.arange(100.0), 1e9))])
    assert (edges[0], edges[-1]) == (0, pytest.approx(210, abs=1))
    assert numbers(np.append(np.arange(100.0), 1e9)).shares(edges).sum() == pytest.approx(1)
    assert len(drawn_edges([numbers(np.zeros(5))])) == 21


def test_a_card_has_each_set_of_rows():
    text = Distribution(0.25, {f"v{n}": 20 - n for n in range(20)})
    series = [
        Series("train", {"fare": numbers(np.arange(9.0)), "company": text}),
        Series("eval", {"fare": numbers([1])}),
    ]
    fare, company, label = features.context(Record(made_reports.plain()), series, ["fare"])["cards"]
    assert (fare["name"], len(fare["numbers"]["paths"]), fare["missing"]) == ("fare", 2, [0, 0])
    assert (company["missing"], company["distances"]) == ([0.25, None], [None])
    assert [bar["value"] for bar in company["bars"]] == [*(f"v{n}" for n in range(7)), None]
    assert sum(bar["shares"][0] for bar in company["bars"]) == pytest.approx(1)
    assert (label["kind"], label["numbers"], label["bars"]) == ("label", None, None)


class Model:
    """Says the sigmoid of a row's fare, whatever else is in the row."""

    def __call__(self, signature, inputs, outputs):
        rows = [example_pb2.Example.FromString(row).features.feature for row in inputs["examples"]]
        fares = np.array([row["fare"].float_list.value[0] if "fare" in row else 0.0 for row in rows])
        return {"probability": 1 / (1 + np.exp(-fares))}


def test_the_model_leans_on_what_its_answers_come_from():
    fares = np.random.default_rng(0).normal(size=300) * 3
    rows = []
    for number, fare in enumerate(fares):
        row = example_pb2.Example()
        row.features.feature["miles"].float_list.value.append(fare)
        if number % 10:
            row.features.feature["fare"].float_list.value.append(fare)
        rows.append(row.SerializeToString())
    labels = (fares > 0).astype(float)
    answers = Answers(Model(), "binary", rows, labels, Model()("", {"examples": rows}, [])["probability"])
    found = importance.of(answers, ["miles", "fare"], 0.95)
    fare, miles = found.features
    assert (fare.feature, miles.feature, found.rows) == ("fare", "miles", 300)
    assert fare.rise > 1
    assert fare.low < fare.rise < fare.high
    assert (miles.rise, miles.low, miles.high) == (0, 0, 0)


def test_losses():
    assert importance.loss("binary", np.array([1, 0]), np.array([0.5, 0.5])) == pytest.approx(np.log(2))
    assert importance.loss("multiclass", np.array([2.0]), np.array([[0.1, 0.1, 0.8]])) == pytest.approx(-np.log(0.8))
    assert importance.loss("regression", np.array([1.0, 3.0]), np.array([2.0, 2.0])) == 1
