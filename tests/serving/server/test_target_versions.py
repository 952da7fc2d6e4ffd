"""Which versions a config asks for, and what it is refused for."""

from __future__ import annotations

import pytest
from google.protobuf import text_format

from serving.model.request_error import FAILED_PRECONDITION, INVALID_ARGUMENT, RequestError
from serving.server.target_versions import ModelServerConfig, check, one_model, read_config, target_versions


@pytest.fixture
def folder(tmp_path):
    for number in (1, 2, 10):
        (tmp_path / "m" / str(number)).mkdir(parents=True)
    (tmp_path / "m" / ".staging" / "11").mkdir(parents=True)
    (tmp_path / "m" / "notes").mkdir()
    return tmp_path


def config(folder, policy="", name="m", more=""):
    text = f'config {{ name: "{name}" base_path: "{folder}/{name}" model_platform: "tensorflow" {policy} }}{more}'
    return text_format.Parse(f"model_config_list {{ {text} }}", ModelServerConfig())


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("", (10,)),
        ("model_version_policy { latest { num_versions: 2 } }", (2, 10)),
        ("model_version_policy { all {} }", (1, 2, 10)),
        ("model_version_policy { specific { versions: 10 versions: 1 versions: 99 } }", (1, 10)),  # 99 is not there
    ],
)
def test_the_policies(folder, policy, expected):
    assert target_versions(config(folder, policy), folder)["m"].versions == expected


def test_labels_are_kept(folder):
    labels = 'version_labels { key: "stable" value: 1 } version_labels { key: "canary" value: 10 }'
    assert target_versions(config(folder, labels), folder)["m"].labels == {"stable": 1, "canary": 10}


def test_a_base_path_of_a_container_is_found_beside_the_config(folder):
    assert target_versions(config("/models"), folder)["m"].folder == folder / "m"


def test_without_a_config_the_newest_version_serves(folder):
    assert target_versions(one_model("m", folder / "m"), folder)["m"].versions == (10,)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda f: config(f, more=f' config {{ name: "m" base_path: "{f}/m" model_platform: "tensorflow" }}'),
         "Illegal to list model m multiple times in config list"),
        (lambda f: config("models"),
         "Expected model m to have an absolute path or URI; got base_path()=models/m"),
        (lambda f: text_format.Parse(f'model_config_list {{ config {{ name: "m" base_path: "{f}/m" }} }}',
                                     ModelServerConfig()),
         "model m: expected model_platform 'tensorflow', got ''"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused(folder, made, message):
    with pytest.raises(RequestError) as error:
        check(made(folder))
    assert (error.value.code, error.value.message) == (INVALID_ARGUMENT, message)


def of_type(*lines):
    text = " ".join(['name: "m" base_path: "/m"', *lines])
    return text_format.Parse(f"model_config_list {{ config {{ {text} }} }}", ModelServerConfig())


def test_the_platform_may_be_given_the_old_way():
    check(of_type("model_type: TENSORFLOW"))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            ["model_type: TENSORFLOW", 'model_platform: "tensorflow"'],
            "Illegal setting both ModelServerConfig::model_type (deprecated) and ModelServerConfig::model_platform.",
        ),
        (["model_type: OTHER"], "ModelServerConfig::model_type choice OTHER not supported."),
    ],
)
def test_the_old_way_is_held_to_its_rules(lines, message):
    with pytest.raises(RequestError) as error:
        check(of_type(*lines))
    assert (error.value.code, error.value.message) == (INVALID_ARGUMENT, message)


@pytest.mark.parametrize("text", ["", 'custom_model_config { type_url: "x" }'], ids=["empty", "custom"])
def test_what_is_no_list_of_models_is_refused(text):
    with pytest.raises(RequestError) as error:
        check(text_format.Parse(text, ModelServerConfig()))
    assert error.value.code == FAILED_PRECONDITION
    assert "It is only legal to transition from one ModelConfigList to another." in error.value.message


def test_a_model_without_a_folder_is_an_error_not_an_empty_model(folder):
    with pytest.raises(OSError, match="Could not find base path /models/m for servable m"):
        target_versions(config("/models"), folder / "elsewhere")


def test_a_config_that_does_not_parse_says_where(tmp_path):
    file = tmp_path / "models.config"
    file.write_text("model_config_list {\n  confg {}\n}")
    with pytest.raises(ValueError, match=r"models.config: not a ModelServerConfig in text format \(2:3 .*confg"):
        read_config(file)
