"""What a gate says that it can tell is what it tells of models whose truth is known."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks.gate import CONFIDENCE, judged
from benchmarks.gate_models import Model, drawn
from components import gate_report
from components.evaluator import bounds, power, power_in_words
from components.evaluator.bounds import MISSED, REACHED
from components.evaluator.metrics import jackknife
from components.evaluator.metrics.binary_sums import BinarySums
from components.evaluator.metrics.slices import Slice
from components.evaluator.settings import ReleaseConfig
from pipeline.commands.main import main

ROWS, BASE, CORRELATION, AUC = 600, 0.3, 0.9, 0.85
PAIRS = 100
TOLERANCE = 0.15  # three standard errors of a share near a half


def release(**bounds_of_auc):
    return ReleaseConfig.model_validate({"overall": {"auc": bounds_of_auc}, "confidence": CONFIDENCE})


def bound(metric, kind, limit, low, value, high, where="overall", examples=1000):
    return {"metric": metric, "bound": kind, "limit": limit, "slice": where, "value": value, "low": low, "high": high,
            "examples": examples, "verdict": "reached"}  # fmt: skip


def report(*of_bounds):
    return {"reasons": [], "verdict": "passed", "confidence": 0.95, "bounds": list(of_bounds)}


def measured_once(limit, kind, rng):
    """The report of one pair of equal models."""
    model = Model(BASE, AUC)
    candidate, served = (sums.measured() for sums in drawn(model, model, ROWS, CORRELATION, rng))
    metrics, differences = jackknife.of_models("binary", list(BinarySums.METRICS), candidate, served)
    found = bounds.answers(release(**{kind: limit}), {(): Slice(ROWS, metrics, differences)})
    return report(*(vars(each) for each in found))


def test_the_chances_that_are_told_are_those_of_many_pairs():
    """From the rows of one pair: how often an equal model passes, and how much worse one must be to be refused."""
    rng = np.random.default_rng(5)
    (told,) = power.powers(release(max_drop=0.018), measured_once(0.018, "max_drop", rng))
    of_drop = {
        drop: [judged(ROWS, BASE, CORRELATION, drop, AUC, rng, 0.018).answers["max_drop"][0] for _ in range(PAIRS)]
        for drop in (0.0, -told.caught)
    }
    assert np.mean([each == REACHED for each in of_drop[0.0]]) == pytest.approx(told.passed, abs=TOLERANCE)
    assert np.mean([each == MISSED for each in of_drop[0.0]]) <= 0.03
    assert np.mean([each == MISSED for each in of_drop[-told.caught]]) == pytest.approx(0.8, abs=TOLERANCE)


def test_with_as_many_rows_as_are_told_an_equal_model_passes_four_times_in_five():
    """An error of 0.005 on 1,000 rows; (1.96 + 0.84) * 0.005 is 0.014, and a max_drop of half that takes four times."""
    change = bound("auc", "max_drop", 0.007, -0.0098, 0.0, 0.0098)
    (told,) = power.powers(release(max_drop=0.007), report(change))
    assert told.error == pytest.approx(0.005, rel=0.001)
    assert told.rows == pytest.approx(4000, rel=0.01)
    more = change | {"low": -0.0049, "high": 0.0049, "examples": told.rows}
    assert power.powers(release(max_drop=0.007), report(more))[0].passed == pytest.approx(0.8, abs=0.01)


def test_bounds_are_those_of_the_config_and_measurements_those_of_the_report():
    was = report(bound("auc", "min", 0.8, 0.88, 0.9, 0.92), bound("accuracy", "min", 0.7, 0.7, 0.8, 0.9))
    (told,) = power.powers(release(min=0.89, max_drop=0.01), was)
    assert (told.metric, told.limit, told.value) == ("auc", 0.89, 0.9)
    assert told.refused + told.undecided + told.passed == pytest.approx(1)
    assert power.unjudged(release(min=0.89, max_drop=0.01), was) == ["auc max_drop"]


def test_of_many_slices_a_refusal_takes_more():
    config = ReleaseConfig.model_validate(
        {"overall": {}, "per_slice": [{"slice": "hour", "metric": "auc", "min": 0.8}]}
    )
    hours = [bound("auc", "min", 0.8, 0.85, 0.9, 0.95, f"hour={hour}", 100 + hour) for hour in range(24)]
    one, many = power.powers(config, report(hours[0]))[0], power.powers(config, report(*hours))
    assert len(many) == 24
    assert many[0].caught < one.caught < 0.8


@pytest.fixture
def judged_before(tmp_path):
    def write(some):
        folder = tmp_path / "output" / "taxi" / "Evaluator" / "blessing"
        gate_report.write(folder / "9", [])
        gate_report.write(folder / "10", **some)
        return ["gate", "--output", str(tmp_path / "output")]

    return write


def test_the_command_tells_people_and_programs(judged_before):
    arguments = judged_before(
        report(
            bound("auc", "min", 0.93, 0.943, 0.954, 0.965, examples=2983),
            bound("auc", "max_drop", 0.005, -0.009, 0.0003, 0.0096, examples=2983),
            bound("example_count", "min", 100, 2983, 2983, 2983, examples=2983),
        )
    )
    told = CliRunner().invoke(main, arguments)
    assert told.exit_code == 0
    assert max(len(line) for line in told.output.splitlines() if "turnstile run" not in line) <= 80
    words = " ".join(told.output.split())
    assert "A model that is worse by 0.0183 is refused 80 % of the time." in words
    assert "With about 21,000 eval rows, such a model would pass 80 % of the time" in words
    assert "example_count" not in words
    found = json.loads(CliRunner().invoke(main, [*arguments, "--json"]).output)
    assert [each["bound"] for each in found["bounds"] if each["metric"] == "auc"] == ["min", "max_drop"]


def test_without_a_model_to_compare_with_it_says_what_to_do(judged_before):
    told = CliRunner().invoke(main, judged_before(report(bound("auc", "min", 0.93, 0.943, 0.954, 0.965)))).output
    assert "has not judged: auc max_drop, " in told
    assert "turnstile run" in told


def test_rows_too_few_to_tell_are_no_numbers():
    lines = power_in_words.lines(power.powers(release(min=0.8), report(bound("auc", "min", 0.8, None, 0.9, None))))
    assert lines[-1] == "  Too few rows of the rarer class: every model is left undecided. Add rows."


@pytest.mark.parametrize("some", [None, {"reasons": []}])
def test_before_a_model_was_judged_it_says_so(judged_before, tmp_path, some):
    arguments = judged_before(some) if some else ["gate", "--output", str(tmp_path)]
    told = CliRunner().invoke(main, arguments)
    assert told.exit_code == 2
    assert "turnstile run" in told.output
