"""The bundled taxi trips in any number."""

from __future__ import annotations

import random
from pathlib import Path

_TRIPS = Path("data/taxi/trips.csv")
_SEED = 7


def resampled(file: Path, rows: int) -> None:
    """Writes so many trips: all of them if that is their number, otherwise drawn with a fixed seed."""
    header, *trips = _TRIPS.read_text().splitlines(keepends=True)
    drawn = trips if rows == len(trips) else random.Random(_SEED).choices(trips, k=rows)
    with file.open("w") as written:
        written.write(header)
        written.writelines(drawn)
