"""Where `turnstile monitor` leaves what serving has seen, for the skew gate of the next run."""

from __future__ import annotations

from pathlib import Path


def statistics_file(output: str, name: str) -> Path:
    """Returns the file of the statistics of the requests: a DatasetFeatureStatisticsList, in binary.

    Beside it is monitor.json, which says when they were made, of which version's requests, and what was found.

    Args:
        output: the config's folder for artifacts.
        name: the pipeline's.
    """
    return Path(output) / name / "monitoring" / "FeatureStats.pb"
