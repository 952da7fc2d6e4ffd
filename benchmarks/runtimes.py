"""The same model in other runtimes: how far their answers are from TensorFlow's, what they weigh, what a row takes.

python -m benchmarks.runtimes [--model serving_model/taxi/VERSION] [--rows 10000] [--small FOLDER] [--no-page]

The taxi model answers so many trips and every edge case, and small models of every kind of label and feature theirs.
Node, cc, Chromium, and LiteRT (`make litert`) have to be installed.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks import pages, runtime_litert, runtime_models
from benchmarks.local_server import newest_model
from benchmarks.machine import machine
from benchmarks.trips import resampled
from serving.litert import files, limits
from serving.litert.tensors import DENSE, MODEL, dense_rows, model_rows
from serving.model.saved_model import SavedModel
from serving.plain import code as plain_code
from serving.plain import edge_cases, proof
from serving.plain.edge_cases import Row
from serving.plain.export import export
from serving.rows.reading import open_rows

PAGE = Path("docs/other-runtimes.md")
_TENSORFLOW = "TensorFlow, C++"
_OTHERS = ("JavaScript, Node", "JavaScript, Chromium", "C", "LiteRT", "LiteRT, network")
_TURNS = 5  # of all rows, of which the one with the least CPU time counts
# Answers all rows twice, and then times them. Ten rows are so short that most turns are not interrupted by other
# programs, and long enough for a browser's clock: the first quartile is the time of the rows alone, in microseconds.
_IN_JAVASCRIPT = """
const timed = ({ predict }, rows) => {
  const answers = rows.map(predict);
  rows.forEach(predict);
  const took = [];
  for (let i = 0; i + 10 <= rows.length; i += 10) {
    const begun = performance.now();
    for (let row = i; row < i + 10; row++) predict(rows[row]);
    took.push((1000 * (performance.now() - begun)) / 10);
  }
  return { answers, microseconds: took.sort((a, b) => a - b)[took.length >> 2] };
};
"""


@dataclass(frozen=True)
class Found:
    """What came of a runtime: its answers, the microseconds of a row, and the bytes of what it needs, gzipped."""

    answers: proof.Answers
    microseconds: float
    size: int


def main() -> None:
    """Measures, and writes the tables between the marks of the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a version of the taxi model; the newest by default")
    parser.add_argument("--rows", type=int, default=10_000, help="trips to ask about (default: 10000)")
    parser.add_argument("--no-page", action="store_true", help="print the tables instead of writing them into the page")
    parser.add_argument("--small", type=Path, help="folder to keep the small models in; a temporary one by default")
    options = parser.parse_args()
    model = (options.model or newest_model()).absolute()
    with tempfile.TemporaryDirectory() as folder, _chromium() as browser:
        text = measured(Path(folder), model, options.rows, browser, (options.small or Path(folder)).absolute())
    if options.no_page:
        print(text)
    else:
        pages.write(PAGE, "python -m benchmarks.runtimes", text)


def measured(folder: Path, taxi: Path, rows: int, browser: Any, small: Path) -> str:
    """Returns both tables: of all models the differences, and of the taxi model sizes and times."""
    trips = folder / "trips.csv"
    resampled(trips, rows)
    models = {"taxi": (taxi, trips)}
    models |= {name: (version, small / "rows.csv") for name, version in runtime_models.models(small).items()}
    differences, costs = [], []
    for name, (version, data) in models.items():
        code = folder / "code" / name
        export(version, code, plain_code.write)
        preprocess, network = (json.loads((code / f"{part}.json").read_text()) for part in ("preprocess", "network"))
        asked = edge_cases.rows(_rows(data, preprocess["columns"]), preprocess)
        found = _asked(version, code, preprocess["columns"], asked, browser)
        found |= _litert(version, folder / "litert" / name, preprocess, asked)
        differences.append([name, f"{len(asked):,}", *_differences(network["answer"], asked, found)])
        print(f"{name}: {differences[-1]}", file=sys.stderr, flush=True)
        if name == "taxi":
            costs = [[key, f"{one.size / 1000:,.0f}", f"{one.microseconds:.1f}"] for key, one in found.items()]
    used = f"Node {_version('node')}, Chromium {browser.version}, gcc {_version('cc', '-dumpfullversion')}"
    used += f", ai-edge-litert {runtime_litert.version()}"
    return "\n\n".join(
        (
            f"{machine()}; {used}.",
            pages.table(["model", "rows", *_OTHERS], differences),
            pages.table(["runtime, taxi model", "kB, gzipped", "us a row"], costs),
        )
    )


def _differences(answer: dict[str, Any], rows: Sequence[Row], found: dict[str, Found]) -> Iterator[str]:
    raw = found[_TENSORFLOW].answers
    for name in _OTHERS:
        one = found.get(name)
        yield f"{proof.largest_difference(name, answer, rows, raw, one.answers):.1e}" if one else "-"


def _asked(version: Path, code: Path, columns: Any, rows: Sequence[Row], browser: Any) -> dict[str, Found]:
    modules = (file for file in code.glob("js/*.mjs") if file.name != "rows.mjs")  # which only Node needs
    javascript = sum(map(_gzipped, (*code.glob("*.json"), *modules)))
    return {
        _TENSORFLOW: _tensorflow(version, columns, rows),
        "JavaScript, Node": _node(code, rows, javascript),
        "JavaScript, Chromium": _in_browser(code, rows, browser, javascript),
        "C": _c(code, rows),
    }


def _tensorflow(version: Path, columns: Any, rows: Sequence[Row]) -> Found:
    """Asks about all rows in one request, which is the fastest way."""
    model = SavedModel(version)
    answers = proof.raw_answers(model, columns, rows)
    inputs = proof.raw_inputs(columns, rows)
    took = _cpu_microseconds(lambda: model("raw", inputs)) / len(rows)
    return Found(answers, took, sum(_gzipped(file) for file in version.rglob("*") if file.is_file()))


def _node(code: Path, rows: Sequence[Row], size: int) -> Found:
    script = f"""
        import {{ readFileSync }} from "node:fs";
        import {{ load }} from "{code}/js/runner.mjs";
        {_IN_JAVASCRIPT}
        const read = (name) => JSON.parse(readFileSync(name === "rows" ? 0 : `{code}/${{name}}.json`));
        console.log(JSON.stringify(timed(load(read("preprocess"), read("network")), read("rows"))));
    """
    command = ["node", "--input-type=module", "-e", script]
    given = json.dumps([proof.in_json(row) for row in rows])
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    return Found(found["answers"], found["microseconds"], size)


def _in_browser(code: Path, rows: Sequence[Row], browser: Any, size: int) -> Found:
    script = f"""async (rows) => {{
        const {{ load }} = await import("./js/runner.mjs");
        {_IN_JAVASCRIPT}
        const read = async (name) => (await fetch(`./${{name}}.json`)).json();
        return JSON.stringify(timed(load(await read("preprocess"), await read("network")), rows));
    }}"""
    with _served(code) as address:
        page = browser.new_page()
        page.goto(address)
        found = json.loads(page.evaluate(script, [proof.in_json(row) for row in rows]))
        page.close()
    return Found(found["answers"], found["microseconds"], size)


def _c(code: Path, rows: Sequence[Row]) -> Found:
    """Times whole processes, which also read the rows and print the answers."""
    with tempfile.TemporaryDirectory() as scratch:
        program, given = proof.compiled(code, Path(scratch)), proof.table(rows).encode()
        ask = functools.partial(subprocess.run, [program], input=given, stdout=subprocess.DEVNULL, check=True)
        return Found(proof.c(code, rows), _cpu_microseconds(ask) / len(rows), _gzipped(Path(program)))


def _litert(version: Path, to: Path, preprocess: dict[str, Any], rows: Sequence[Row]) -> dict[str, Found]:
    """Asks the whole model, unless LiteRT cannot prepare its columns, and the network alone."""
    whole = not limits.faults(preprocess)
    export(version, to, files.write if whole else files.write_dense)
    asked = {"LiteRT": (MODEL, model_rows(preprocess, rows))} if whole else {}
    asked["LiteRT, network"] = (DENSE, dense_rows(SavedModel(version), preprocess, rows))
    return {name: Found(*runtime_litert.asked(to / file, r), _gzipped(to / file)) for name, (file, r) in asked.items()}


def _cpu_microseconds(work: Callable[[], object]) -> float:
    """Returns the CPU time of this process and of those that it has waited for; the least of some turns."""
    took = []
    for _ in range(_TURNS):
        begun = os.times()
        work()
        took.append(1e6 * sum(after - before for after, before in zip(os.times()[:4], begun[:4], strict=True)))
    return min(took)


def _gzipped(file: Path) -> int:
    return len(gzip.compress(file.read_bytes(), mtime=0))


def _rows(file: Path, columns: Any) -> list[Row]:
    """The rows of a CSV file, as values by column."""
    types = {column["name"]: {"text": str, "integer": int, "number": float}[column["type"]] for column in columns}
    with open_rows(str(file)) as rows:
        return [{name: kind(row[name]) if row[name] != "" else None for name, kind in types.items()} for row in rows]


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    handler = functools.partial(_Files, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@contextmanager
def _chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


def _version(program: str, option: str = "--version") -> str:
    done = subprocess.run([program, option], capture_output=True, text=True, check=True)
    return done.stdout.strip().removeprefix("v")


if __name__ == "__main__":
    main()
