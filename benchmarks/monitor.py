"""What `turnstile monitor` finds in the requests of a real server when some are wrong on purpose, and in what memory.

    python -m benchmarks.monitor
    python -m benchmarks.monitor --requests 1000 --lines 100000 --no-page

It takes the newest taxi model of serving_model and the run that made it, in output (make run). Clients that ask without
pause send one trip a request to `turnstile serve --log-requests`; then the log is looked at. Logs of many lines repeat
the lines of such a log.
"""

from __future__ import annotations

import argparse
import csv
import http.client
import itertools
import json
import math
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import pages
from benchmarks.local_server import local_server, newest_model
from benchmarks.machine import machine
from benchmarks.pages import table
from pipeline import config_file
from serving.model import dtypes
from serving.model.saved_model import SavedModel
from serving.rows import reading

PAGE = Path("docs/monitoring.md")
_CLIENTS = 8
_TENTH = 10
_DIFFERENT = 5_000  # lines that longer logs repeat
# Runs a command, and prints its peak memory in KiB. A small process of its own: a child is charged with what its parent
# has, until it is a program of its own.
_PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
_MISSING = {"float": math.nan, "int64": -(2**63), "string": ""}

Row = dict[str, Any]
Wrong = Callable[[Row], Row]


def _without(column: str) -> Wrong:
    return lambda row: {name: value for name, value in row.items() if name != column}


_SWAPPED = {"Cash": "Credit Card", "Credit Card": "Cash"}

# What is wrong with a request, by what is said of it.
KINDS: dict[str, Wrong] = {
    "nothing": lambda row: row,
    "fares in cents": lambda row: row | {"fare": row["fare"] * 100},
    "an unknown payment type": lambda row: row | {"payment_type": "Bitcoin"},
    "payment types swapped": lambda row: row | {"payment_type": _SWAPPED.get(row["payment_type"], row["payment_type"])},
    "a column left out": _without("trip_miles"),
    "a number as text": lambda row: row | {"fare": f"{row['fare']} USD"},
    "no value in a column that must have one": lambda row: row | {"trip_miles": math.nan},
    "no value in a column that may lack it": lambda row: row | {"company": ""},
    "hours shifted by 8": lambda row: row | {"trip_start_hour": (row["trip_start_hour"] + 8) % 24},
    "hours from 1 to 24": lambda row: row | {"trip_start_hour": row["trip_start_hour"] + 1},
    "trip_seconds in minutes": lambda row: row | {"trip_seconds": max(row["trip_seconds"], 0) // 60},
    "latitude and longitude swapped": lambda row: (
        row | {"pickup_latitude": row["pickup_longitude"], "pickup_longitude": row["pickup_latitude"]}
    ),
    "companies in capital letters": lambda row: row | {"company": row["company"].upper()},
}


@dataclass(frozen=True)
class Place:
    """Where the runs and the versions are."""

    output: str
    serving_dir: str

    @property
    def options(self) -> list[str]:
        """The options that say so."""
        return ["--output", self.output, "--serving-dir", self.serving_dir]


def trips(model: Path, count: int) -> list[Row]:
    """Returns trips of the bundled data as requests have them, drawn with a fixed seed."""
    infos = SavedModel(model).signature("raw").inputs
    names = {name: dtypes.NAMES[info.dtype] for name, info in infos.items()}
    with Path("data/taxi/trips.csv").open(newline="") as file:
        drawn = random.Random(7).choices(list(csv.DictReader(file)), k=count)
    rows = reading.to_rows(reading.to_arrays(drawn, names, first_row=1))
    return [{name: _MISSING[names[name]] if v is None else v for name, v in row.items()} for row in rows]


@dataclass(frozen=True)
class Logged:
    """A real server that logs what it is asked.

    Attributes:
        url: of the model.
        log: the log.
    """

    url: str
    log: Path

    def ask(self, rows: Iterable[Row], to: Path) -> Path:
        """Asks about rows, one a request, by clients that do not pause; returns the file with the log of just these."""
        bodies = [json.dumps({"signature_name": "raw", "instances": [row]}).encode() for row in rows]
        host, path = re.fullmatch(r"http://([^/]+)(/.*)", self.url).groups()  # type: ignore[union-attr]
        before = self.log.stat().st_size if self.log.exists() else 0
        with ThreadPoolExecutor(_CLIENTS) as clients:
            parts = [bodies[n::_CLIENTS] for n in range(_CLIENTS)]
            list(clients.map(lambda part: _ask(host, f"{path}:predict", part), parts))
        while True:  # the server writes its log beside answering
            new = self.log.read_bytes()[before:]
            if new.count(b"\n") == len(bodies):
                break
            time.sleep(0.1)
        to.write_bytes(new)
        return to


@contextmanager
def server(place: Place, folder: Path) -> Iterator[Logged]:
    """Serves the newest version."""
    log = folder / "requests.jsonl"
    with local_server(Path(place.serving_dir), "--log-requests", str(log)) as (url, _):
        yield Logged(url, log)


def _ask(host: str, path: str, bodies: list[bytes]) -> None:
    connection = http.client.HTTPConnection(host)
    for body in bodies:
        connection.request("POST", path, body)
        response = connection.getresponse()
        response.read()
        if response.status not in (200, 400):
            raise SystemExit(f"the server answered {response.status}")
    connection.close()


def looked_at(place: Place, log: Path) -> dict[str, Any]:
    """Looks at a log as `turnstile monitor` does; returns what it prints."""
    from pipeline.monitor import in_words, looking

    config = config_file.load(
        "configs/taxi.toml", check_data=False, output=place.output, serving__dir=place.serving_dir
    )
    return in_words.as_dict(looking.look(config, looking.Question([str(log)])))


def in_words(looked: dict[str, Any]) -> str:
    """What was found, by column."""
    parts = [f"`{each['column']}`: {_type(each)}" for each in looked["findings"]]
    return "; ".join(parts) or "nothing"


_TYPES = {
    "REFUSED": "refused",
    "SKEW": "skew",
    "MISSING": "missing",
    "ENUM_TYPE_UNEXPECTED_STRING_VALUES": "unknown values",
    "FLOAT_TYPE_BIG_FLOAT": "too large",
    "FLOAT_TYPE_SMALL_FLOAT": "too small",
    "INT_TYPE_BIG_INT": "too large",
    "FEATURE_TYPE_LOW_NUMBER_VALUES": "no value",
}


def _type(finding: dict[str, Any]) -> str:
    return " and ".join(dict.fromkeys(_TYPES.get(kind, kind) for kind in finding["types"]))


def corrupted(place: Place, requests: int, folder: Path) -> str:
    """Returns the table of what is found of each kind of wrong requests, where a tenth are wrong, and where all are."""
    rows, lines = trips(newest(place), requests), []
    with server(place, folder) as asked:
        for name, wrong in KINDS.items():
            line = [name]
            for every in (_TENTH, 1):
                sent = (wrong(row) if number % every == 0 else row for number, row in enumerate(rows))
                looked = looked_at(place, asked.ask(sent, folder / "part.jsonl"))
                line += [in_words(looked), _shift(looked)]
            lines.append(line)
            print(line, file=sys.stderr)
    return table(["what is wrong", "found in a tenth", "answers", "found in all", "answers"], lines)


def _shift(looked: dict[str, Any]) -> str:
    shift = looked["shift"]
    return "-" if not shift or shift["distance"] is None else f"{shift['distance']:.2g}"


def newest(place: Place) -> Path:
    """Returns the newest version."""
    return newest_model(Path(place.serving_dir) / "taxi")


def memory(place: Place, lines: list[int], folder: Path) -> str:
    """Returns the table of what a look at so many lines takes."""
    (folder / "requests.jsonl").unlink(missing_ok=True)
    with server(place, folder) as asked:
        few = asked.ask(trips(newest(place), _DIFFERENT), folder / "few.jsonl")
    known, found_lines = few.read_bytes().splitlines(keepends=True), []
    for count in lines:
        log = folder / "many.jsonl"
        with log.open("wb") as file:
            file.writelines(itertools.islice(itertools.cycle(known), count))
        command = [sys.executable, "-m", "pipeline.commands.main", "monitor", "--requests", str(log), *place.options]
        began = time.monotonic()
        peak = subprocess.run([sys.executable, "-c", _PEAK, *command], capture_output=True, text=True, check=True)
        took, size = time.monotonic() - began, log.stat().st_size / 2**20
        found_lines.append([f"{count:,}", f"{size:,.0f}", f"{took:.0f}", f"{int(peak.stdout) / 1024:,.0f}"])
        print(found_lines[-1], file=sys.stderr)
        log.unlink()
    return table(["lines", "size of the log, MB", "seconds", "peak memory, MB"], found_lines)


def measured(place: Place, requests: int, lines: list[int]) -> str:
    """Measures, and returns the tables with what they are of."""
    with tempfile.TemporaryDirectory() as folder:
        wrong, many = corrupted(place, requests, Path(folder)), memory(place, lines, Path(folder))
    return f"""{machine()}. {requests:,} requests of one trip for each cell, sent by {_CLIENTS} clients without pause.
`answers` is the distance of the answers from those to the eval split, from 0 to 1.

{wrong}

What a look takes, from the start of the command to its end:

{many}"""


def main() -> None:
    """Measures, and writes the tables between the marks of the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=4000, help="requests for each cell (default: 4000)")
    parser.add_argument("--lines", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="lines of logs")
    parser.add_argument("--output", default="output", help="folder of the runs (default: output)")
    parser.add_argument(
        "--serving-dir", default="serving_model", help="folder of the versions (default: serving_model)"
    )
    parser.add_argument("--no-page", action="store_true", help="print the tables instead of writing them into the page")
    arguments = parser.parse_args()
    text = measured(Place(arguments.output, arguments.serving_dir), arguments.requests, arguments.lines)
    if arguments.no_page:
        print(text)
    else:
        pages.write(PAGE, "python -m benchmarks.monitor", text)


if __name__ == "__main__":
    main()
