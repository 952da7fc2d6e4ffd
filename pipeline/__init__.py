"""What runs, in which order, where."""

DEFAULT_CONFIG = "configs/taxi.toml"  # what the commands work on unless told otherwise
