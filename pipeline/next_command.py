"""The command to type next, as a shell takes it, for the pipeline that was just worked on."""

from __future__ import annotations

import shlex

from pipeline import DEFAULT_CONFIG
from pipeline.config import Config


def next_command(words: str, config: Config, config_file: str, *, data: str | None = None) -> str:
    """Returns a `turnstile` command with the options that choose the same pipeline.

    Args:
        words: the subcommand, such as "schema diff", with flags that are its own.
        config: what was worked on.
        config_file: the file it was read from; repeated where it is not the default.
        data: the data to name, with the config's span; None leaves both to the config.
    """
    options = [] if config_file == DEFAULT_CONFIG else ["--config", config_file]
    if config.output != Config.model_fields["output"].default:
        options += ["--output", config.output]
    if data is not None:
        options += ["--data", data]
        if config.data.span is not None:
            options += ["--span", str(config.data.span)]
    return shlex.join(["turnstile", *words.split(), *options])
