"""What can go wrong in a way the user can mend, and the exit code that says so."""

from turnstile.visible import visible


class TurnstileError(Exception):
    """An error whose message is all the user needs: what was received, what was expected, what to do."""

    exit_code = 1

    def __str__(self) -> str:
        """The message; invisible characters, as in a column's name, can be seen."""
        return visible(super().__str__())


class UsageError(TurnstileError):
    """The command, the configuration or a path is wrong; nothing was run."""

    exit_code = 2


class DataRefusedError(TurnstileError):
    """The data gate said no; nothing was trained."""

    exit_code = 11


MODEL_REFUSED = 10  # exit code of a run that finished, but a model gate said no: nothing was pushed
