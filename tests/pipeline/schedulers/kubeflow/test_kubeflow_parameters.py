"""Which parameters a pipeline has, and what a run's values do to the config."""

from __future__ import annotations

import datetime

import pytest

from pipeline import config_file
from pipeline.schedulers.kubeflow.parameters import applied, defaults
from turnstile.errors import UsageError


@pytest.fixture
def config():
    return config_file.load("configs/taxi.toml")


@pytest.fixture
def by_day(tmp_path):
    (tmp_path / "trips-2026-11-23.csv").write_text("fare\n1\n")
    path = str(tmp_path / "trips-{YYYY}-{MM}-{DD}.csv")
    return config_file.load("configs/small.toml", check_data=False, data__path=path)


def test_data_and_every_overall_bound_are_parameters(config):
    found = defaults(config)
    assert found["data"] == "data/taxi/trips.csv"
    bounds = {
        f"{metric}_{bound}"
        for metric, threshold in config.release.overall.items()
        for bound in threshold.model_dump(exclude_none=True)
    }
    assert found.keys() == {"data"} | bounds
    assert found["auc_min"] == config.release.overall["auc"].min


def test_span_is_one_only_of_data_that_has_spans(config, by_day):
    assert "span" not in defaults(config)
    assert defaults(by_day)["span"] == ""


def test_the_defaults_leave_the_config_as_it_is(config, by_day):
    assert applied(config, defaults(config)) == config
    assert applied(by_day, defaults(by_day), check_data=False) == by_day


def test_values_take_the_place_of_the_configs(config):
    found = applied(config, {"auc_min": 0.99, "data": "elsewhere/trips.csv"}, check_data=False)
    assert found.release.overall["auc"].min == 0.99
    assert found.data.path == "elsewhere/trips.csv"
    assert found.training == config.training


def test_a_span_is_read_as_on_the_command_line(by_day):
    assert applied(by_day, {"span": "2026-11-23"}, check_data=False).data.span == datetime.date(2026, 11, 23)
    assert applied(by_day, {"span": ""}, check_data=False).data.span is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"auc_min": 2.0}, r"the run's parameters: release.overall.auc: min = 2 can never be met"),
        ({"auc_min": 0.4}, r"can never fail"),
        ({"span": "yesterday"}, r"data.span: expected an integer.* got 'yesterday'"),
        ({"span": "2026-11-24"}, r"there is no file for 2026-11-24"),
    ],
)
def test_a_wrong_value_is_refused_in_words(by_day, values, words):
    with pytest.raises(UsageError, match=words):
        applied(by_day, values)


def test_data_that_is_not_there_is_refused(config):
    with pytest.raises(UsageError, match=r"nowhere.csv: no such file"):
        applied(config, {"data": "nowhere.csv"})
