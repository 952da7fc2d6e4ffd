"""The command line: every flag is documented, help is instant, results on stdout, messages on stderr."""

import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from pipeline.commands.main import main
from tests.english import faults

ROOT = Path(__file__).parents[3]
TURNSTILE = Path(sys.executable).parent / "turnstile"

# Invokes the help of every command, then prints which of the slow libraries that has imported.
_HELP_OF_ALL = """
import sys
from click.testing import CliRunner
from pipeline.commands.main import main
from tests.english import faults
for command in ("", "run", "node", "compile ir", "compile airflow", "predict", "version", "schema", "schema diff"):
    assert CliRunner().invoke(main, [*command.split(), "--help"]).exit_code == 0
print(*sorted({"tensorflow", "tfx", "apache_beam", "pyarrow", "pydantic"} & set(sys.modules)))
"""


def turnstile(*arguments):
    return subprocess.run([TURNSTILE, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)


def commands(command=main, path=()):
    """Every command and group, as (its words, the click object)."""
    yield path, command
    for name, sub in getattr(command, "commands", {}).items():
        yield from commands(sub, (*path, name))


ALL = dict(commands())
OPTIONS = [(path, p) for path, command in ALL.items() for p in command.params if isinstance(p, click.Option)]
UNITS = "how often|rows|seconds|microseconds|minutes|megabytes|percent|share|number|port|level|difference"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (None, "ends with a full stop"),
        ("[default: the config's]", "has enough words"),
        ("Of the intervals.", "is no fragment"),
        ("Seconds to wait for an answer by REST", "ends with a full stop"),
        ("file to write to.", "starts with a capital letter"),
        (f"Seconds to wait {'and wait ' * 20}for an answer.", "is short"),
    ],
)
def test_a_help_text_that_cannot_be_read_once_is_found(text, fault):
    assert fault in faults(text)
    assert faults("Seconds to wait for an answer by REST.  [default: the config's]") == []


@pytest.mark.parametrize("command", ALL.values(), ids=[" ".join(path) or "turnstile" for path in ALL])
def test_every_command_says_what_it_does(command):
    paragraphs = [" ".join(paragraph.split()) for paragraph in (command.help or "").split("\n\n")]
    assert faults(paragraphs[0]) == []
    assert [paragraph for paragraph in paragraphs if not paragraph.endswith(".")] == []
    if command is not main:  # its line in the list of commands, on 80 columns
        assert "..." not in command.get_short_help_str(60)


@pytest.mark.parametrize(
    "option", [option for _, option in OPTIONS], ids=[" ".join([*path, option.opts[-1]]) for path, option in OPTIONS]
)
def test_every_option_says_what_its_value_is(option):
    assert faults(option.help) == []
    assert option.is_flag or option.metavar or isinstance(option.type, click.Choice), "--option TEXT says little"
    if isinstance(option.type, click.types.IntParamType | click.types.FloatParamType):
        assert re.search(rf"\b({UNITS})\b", option.help, re.IGNORECASE), option.help


@pytest.mark.parametrize(
    "path", [path for path, command in ALL.items() if not hasattr(command, "commands")], ids=" ".join
)
def test_a_command_has_an_option_for_each_argument_of_its_function(path):
    command = ALL[path]
    takes = inspect.signature(command.callback).parameters
    given = {parameter.name for parameter in command.params}
    rest = {name for name, parameter in takes.items() if parameter.kind is parameter.VAR_KEYWORD}
    assert takes.keys() - rest <= given
    assert rest or given <= takes.keys()


def test_help_lists_every_command_in_a_section():
    done = turnstile("--help")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert [line.removesuffix(":") for line in lines if re.fullmatch(r"\S.*:", line)] == ["Options", *main.sections]
    assert {line.split()[0] for line in lines if line.startswith("  ")} >= set(main.commands)


def test_help_imports_no_slow_library():
    done = subprocess.run([sys.executable, "-c", _HELP_OF_ALL], cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout.split()) == (0, [])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--config", "nope.toml"], "nope.toml: no such config file"),
        (["--data", "absent.csv"], "absent.csv: no such file or folder"),
        (["--data", "LICENSE"], "LICENSE: expected a .csv or .parquet file"),
        (["--data", "configs/{SPAN}.csv"], "configs/{SPAN}.csv: there is no file of that name"),
        (["--span", "3"], "span 3: path 'data/taxi/trips.csv' has no {SPAN}"),
        (["--no-such-flag"], "--no-such-flag"),
    ],
)
def test_wrong_usage_exits_2_with_its_message_on_stderr(arguments, words):
    done = turnstile("run", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["compile", "ir", "--config", "nope.toml"], "nope.toml: no such config file"),
        (["node", "Trainer"], "--run-id"),
        (["node", "Trainer", "--run-id", "r", "--ir", "nope.json"], "turnstile compile ir -o nope.json"),
        (["node", "Trainer", "--run-id", "r", "--ir", "README.md"], "README.md: is not a compiled pipeline"),
    ],
)
def test_wrong_usage_of_what_schedulers_use(arguments, words):
    done = turnstile(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_usage_with_json_prints_one_object():
    done = turnstile("run", "--json", "--config", "nope.toml")
    assert done.returncode == 2
    found = json.loads(done.stdout)
    assert (found["exit_code"], "nope.toml" in found["error"]) == (2, True)
    assert "nope.toml" in done.stderr


def test_version_with_json_prints_one_object():
    done = turnstile("version", "--json")
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert found["tfx"] != "absent"
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))


def test_version_prints_a_line_for_each_part_of_the_stack():
    lines = dict(line.split() for line in turnstile("version").stdout.splitlines())
    assert lines == json.loads(turnstile("version", "--json").stdout)
