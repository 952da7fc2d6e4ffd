"""The `turnstile` command: a module for each command or group, which calls one function elsewhere."""
