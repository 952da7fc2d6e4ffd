"""Whom to ask, by the options of a command; what contradicts itself, or is no address, is told before any contact."""

from __future__ import annotations

import pytest

from pipeline import config_file
from serving.client.base import ModelSpec
from serving.client.connect import Options, connect
from serving.client.offline import OfflineClient, in_serving_folder
from serving.client.rest import RestClient
from serving.client.rpc import RpcClient
from tests import made_versions
from turnstile.errors import UsageError


def config():
    return config_file.load("configs/taxi.toml", check_data=False)


@pytest.mark.parametrize(
    ("options", "kind", "address", "spec"),
    [
        ({"server": "localhost:8500"}, RpcClient, "localhost:8500", ModelSpec("taxi")),
        ({"server": "[::1]:8500", "label": "canary"}, RpcClient, "[::1]:8500", ModelSpec("taxi", label="canary")),
        ({"url": "http://a:8501"}, RestClient, "http://a:8501", ModelSpec("taxi")),
        ({"url": "https://a/serving/", "version": 7}, RestClient, "https://a/serving", ModelSpec("taxi", version=7)),
        ({"url": "http://a:8501/v1/models/house"}, RestClient, "http://a:8501", ModelSpec("house")),
        ({"url": "http://a:8501/v1/models/house", "name": "b"}, RestClient, "http://a:8501", ModelSpec("b")),
        ({"name": "house"}, OfflineClient, "serving_model", ModelSpec("house")),
        ({"model": "some/taxi/7"}, OfflineClient, "some/taxi/7", ModelSpec("taxi")),
        ({"model": "some/export"}, OfflineClient, "some/export", ModelSpec("export")),
    ],
)
def test_a_client_for_the_options(options, kind, address, spec):
    client, asked = connect(Options(**options), config)
    client.close()
    assert (type(client), client.address, asked) == (kind, address, spec)


def test_no_config_is_read_when_the_options_say_everything():
    for options in (Options(server="a:1", name="taxi"), Options(url="http://a/v1/models/taxi"), Options(model="m")):
        client, _ = connect(options, lambda: pytest.fail("read"))
        client.close()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"server": "a:1", "url": "http://b"}, "--server and --url exclude each other"),
        ({"version": 1, "label": "canary"}, "--version and --label exclude each other"),
        ({"model": "m", "label": "canary"}, "--model and --label exclude each other"),
        ({"model": "m", "server": "a:1"}, "--model and --server exclude each other"),
        ({"server": "http://a:8500"}, "expected HOST:PORT"),
        ({"server": "localhost"}, "expected HOST:PORT"),
        ({"url": "localhost:8501"}, "expected a server's URL, such as http"),
        ({"url": ""}, "expected a server's URL"),
        ({"url": "http://a:8501/v1/models/taxi:predict"}, "expected a server's URL"),
    ],
)
def test_options_that_cannot_be_meant(options, words):
    with pytest.raises(UsageError, match=words):
        connect(Options(**options), config)


@pytest.mark.parametrize(
    ("labels", "spec", "expected"),
    [
        ({}, {}, 30),
        ({"stable": 20}, {}, 20),
        ({"stable": 20, "canary": 30}, {"label": "canary"}, 30),
        ({"stable": 20}, {"version": 10}, 10),
        ({"canary": 20}, {}, 30),
    ],
)
def test_offline_the_labels_are_those_of_the_serving_folder(tmp_path, labels, spec, expected):
    made_versions.versions(tmp_path, 10, 20, 30)
    label(tmp_path, labels)
    assert in_serving_folder(tmp_path, ModelSpec("taxi", **spec)).name == str(expected)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"label": "canary"}, "no label 'canary'; there are: stable. Set it: turnstile promote VERSION --label canary"),
        ({"version": 11}, "no such version. Choose one of these: 10, 20"),
        ({"name": "house"}, "house: no version has been pushed yet"),
    ],
)
def test_offline_what_is_not_there_is_told(tmp_path, spec, words):
    made_versions.versions(tmp_path, 10, 20)
    label(tmp_path, {"stable": 20})
    with pytest.raises(UsageError, match=words):
        in_serving_folder(tmp_path, ModelSpec(**{"name": "taxi"} | spec))


def label(serving_dir, labels):
    if labels:
        named = " ".join(f'version_labels {{ key: "{name}" value: {number} }}' for name, number in labels.items())
        text = f'model_config_list {{ config {{ name: "taxi" base_path: "{serving_dir / "taxi"}" {named} }} }}'
        (serving_dir / "models.config").write_text(text)
