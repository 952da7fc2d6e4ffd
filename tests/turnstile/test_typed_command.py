"""The commands that messages tell a reader to type: they name the pipeline that was worked on, as a shell takes it."""

from click.testing import CliRunner

from pipeline.commands.main import main
from turnstile.typed_command import typed


def test_a_message_repeats_the_options_that_chose_the_versions(tmp_path):
    config = tmp_path / "my taxi.toml"
    config.write_text('name = "mine"\n')
    found = CliRunner().invoke(main, ["rollback", f"--config={config}", f"--serving-dir={tmp_path}"])
    assert found.exit_code == 2
    assert f"Push one: turnstile run --config '{config}' --serving-dir {tmp_path}" in found.output


def test_outside_a_command_there_is_nothing_to_repeat():
    assert typed("promote", "VERSION") == "turnstile promote VERSION"
