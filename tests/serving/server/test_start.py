"""How the local server starts: a config file that can never do ends it; connections may be kept."""

import logging

import pytest

from serving.server.apart import Apart
from serving.server.rest import RestApi
from serving.server.serve import ServerOptions, _check_config, _rest_server, serve
from turnstile.errors import UsageError

MODEL = 'config { name: "m" base_path: "/m" model_platform: "tensorflow" }'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("model_config_list {", "not a ModelServerConfig in text format .1:"),
        (b"\xff\xfe", "not a ModelServerConfig"),
        (f"model_config_list {{ {MODEL} {MODEL} }}", "models.config: Illegal to list model m multiple times"),
        ('custom_model_config { type_url: "x" }', "models.config: Cannot transition to requested config"),
        (None, "Is a directory"),
    ],
)
def test_a_config_file_that_can_never_do_ends_it(tmp_path, text, words):
    file = tmp_path / "models.config"
    if text is None:
        file.mkdir()
    else:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsageError, match=words) as error:
        serve(ServerOptions("m", tmp_path, file, grpc_port=0, rest_port=0))
    assert str(file) in str(error.value)
    assert str(error.value).endswith("Correct it, or give another one: --model-config-file FILE")


@pytest.mark.parametrize("text", [None, "", f"model_config_list {{ {MODEL} }}"])
def test_one_that_may_become_right_does_not(tmp_path, text):
    file = tmp_path / "models.config"
    if text is not None:
        file.write_text(text)
    _check_config(file)


def test_a_connection_waits_fifty_seconds_for_its_next_request(tmp_path):
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    options = ServerOptions("m", tmp_path, tmp_path / "models.config")
    server = _rest_server(RestApi(None, Apart(), 1, 1), options)
    assert server.config.timeout_keep_alive == 50
