"""models.config: what is written is what TensorFlow Serving reads, and what others have written is kept."""

from __future__ import annotations

import pytest
from google.protobuf import text_format

from serving.releases import model_config
from serving.releases.model_config import ModelServerConfig, base_path, changed, labels, listed, read, write
from serving.server.target_versions import check, target_versions
from turnstile.errors import UsageError


@pytest.fixture
def file(tmp_path):
    return tmp_path / model_config.NAME


def taxi(config=None, versions=(1, 2), **by_label):
    return changed(config or ModelServerConfig(), "taxi", "/models/taxi", versions, by_label or {"stable": 2})


def test_no_file_lists_nothing(file):
    config = read(file)
    assert (labels(config, "taxi"), listed(config, "taxi"), base_path(config, "taxi")) == ({}, (), None)


def test_what_is_written_is_read(file):
    write(file, taxi(versions=(3, 1), stable=1, canary=3))
    config = read(file)
    assert labels(config, "taxi") == {"canary": 3, "stable": 1}
    assert listed(config, "taxi") == (1, 3)
    assert base_path(config, "taxi") == "/models/taxi"


def test_the_server_takes_what_is_written(file, tmp_path):
    write(file, taxi(versions=(1, 2), stable=2))
    config = text_format.Parse(file.read_text(), ModelServerConfig())
    check(config)
    for version in ("1", "2", "3"):
        (tmp_path / "taxi" / version).mkdir(parents=True)
    assert target_versions(config, tmp_path)["taxi"].versions == (1, 2)
    assert target_versions(config, tmp_path)["taxi"].labels == {"stable": 2}


def test_a_platform_that_was_given_the_old_way_is_given_the_new_one(file):
    """TensorFlow Serving refuses a file with both."""
    old = ModelServerConfig()
    old.model_config_list.config.add(name="taxi", base_path="/models/taxi", model_type="TENSORFLOW")
    write(file, taxi(old))
    check(read(file))
    assert "model_type" not in file.read_text()


def test_anyone_can_read_it(file):
    write(file, taxi())
    assert file.stat().st_mode & 0o777 == 0o644


def test_a_file_that_was_left_aside_does_not_matter(file):
    file.with_name(".models.config.new").write_text("half a fi")
    write(file, taxi())
    assert [path.name for path in file.parent.iterdir()] == [file.name]


OTHERS = """
model_config_list {
  config {
    name: "flowers" base_path: "/models/flowers" model_platform: "tensorflow"
    version_labels { key: "stable" value: 7 }
  }
  config {
    name: "taxi" base_path: "/old/taxi" model_platform: "tensorflow"
    model_version_policy { latest { num_versions: 3 } }
    version_labels { key: "gone" value: 1 }
    logging_config { sampling_config { sampling_rate: 0.5 } }
  }
}
"""


def test_other_models_and_other_settings_are_kept(file):
    file.write_text(OTHERS)
    old = read(file)
    new = taxi(old)
    assert labels(new, "flowers") == {"stable": 7}
    assert new.model_config_list.config[0] == old.model_config_list.config[0]
    assert new.model_config_list.config[1].logging_config == old.model_config_list.config[1].logging_config
    assert (labels(new, "taxi"), listed(new, "taxi"), base_path(new, "taxi")) == ({"stable": 2}, (1, 2), "/models/taxi")
    assert labels(old, "taxi") == {"gone": 1}  # a copy was changed


def test_an_empty_list_is_never_written():
    """TensorFlow Serving would take it for "the latest"."""
    with pytest.raises(ValueError, match="no version"):
        taxi(versions=())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'model_config_list {\n  config {\n    nam: "taxi"\n', [":3:", "nam"]),
        (b"\x00\xff", ["not a ModelServerConfig"]),
        (b'model_config_list { config { name: "a" } config { name: "a" } }', ["'a' twice"]),
        (b"custom_model_config { }", ["custom_model_config"]),
    ],
)
def test_another_file_is_refused(file, content, words):
    file.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        read(file)
    message = str(caught.value)
    assert message.startswith(str(file))
    assert [word for word in [*words, "nothing was changed", "turnstile promote"] if word not in message] == []
