"""What is looked at before a run is what ExampleGen's driver takes in it: the same span, version and files."""

from __future__ import annotations

import datetime
import random

import pytest
from tfx.components.example_gen.input_processor import FileBasedInputProcessor
from tfx.dsl.io import fileio
from tfx.proto import example_gen_pb2, range_config_pb2

from components.example_gen.input_files import folder_and_pattern
from components.example_gen.spans import select
from turnstile import span_pattern
from turnstile.errors import UsageError


def of_tfx(path, span):
    """The span's number, its version and the files that TFX takes; None if it fails or finds no file."""
    folder, pattern = folder_and_pattern(path)
    only = span if span is None else span_pattern.number(span)
    static = range_config_pb2.StaticRange(start_span_number=only, end_span_number=only)
    range_config = None if span is None else range_config_pb2.RangeConfig(static_range=static)
    split = example_gen_pb2.Input.Split(name="all", pattern=pattern)
    processor = FileBasedInputProcessor(folder, [split], range_config)
    try:
        found, version = processor.resolve_span_and_version()
        chosen = processor.get_pattern_for_span_version(pattern, found, version)
    except ValueError:
        return None
    files = sorted(fileio.glob(f"{folder}/{chosen}"))
    return (found, version, files) if files else None


def of_ours(path, span):
    """The same of ours; None if it is refused."""
    if span_pattern.fault(path, span):
        return None
    try:
        found = select(path, span)
    except UsageError:
        return None
    return span_pattern.number(found.span), found.version, sorted(map(str, found.files))


_DAY, _NO_DAY = datetime.date(2026, 11, 22), datetime.date(2024, 1, 1)
# Patterns, and names of which some fit and some do not.
_CASES = [
    ("{YYYY}-{MM}-{DD}.csv", "{year}-{month}-{day}.csv"),
    ("{YYYY}{MM}{DD}.csv", "{year}{month}{day}.csv"),
    ("{YYYY}/{MM}/{DD}/*.csv", "{year}/{month}/{day}/{n}.csv"),
    ("d{DD}.{MM}.{YYYY}-v{VERSION}.csv", "d{day}.{month}.{year}-v{n}.csv"),
    ("{SPAN}.csv", "{n}.csv"),
    ("span-{SPAN}/trips.csv", "span-{n}/trips.csv"),
    ("span-{SPAN}/*.csv", "span-{n}/{m}.csv"),
    ("{SPAN:2}.csv", "{n}.csv"),
    ("{SPAN}-{VERSION}.csv", "{n}-{m}.csv"),
    ("{SPAN:2}/{VERSION:2}.csv", "{n}/{m}.csv"),
    ("{SPAN:2}{VERSION:2}.csv", "{n}{m}.csv"),
    ("{SPAN}{VERSION}.csv", "{n}{m}.csv"),
    ("*{SPAN:1}.csv", "{n}{m}.csv"),
    ("?/{SPAN}(+).csv", "{n}/{m}(+).csv"),
]


def _name(template, rng, wild):
    """A file's name; of 20 wild ones, about one is not as the pattern asks."""
    odd = wild and rng.random() < 0.05
    return template.format(
        year=rng.choice(["26", "year"]) if odd else rng.choice(["2025", "2026"]),
        month=rng.choice(["1", "13"]) if odd else rng.choice(["01", "11", "12"]),
        day=rng.choice(["00", "9"]) if odd else rng.choice(["01", "22", "30"]),
        n="x1" if odd else rng.choice(["0", "1", "2", "10"] if rng.random() < 0.8 else ["01", "02", "11"]),
        m=rng.choice(["1", "2", "10", "03"]),
    )


@pytest.mark.parametrize(("pattern", "template"), _CASES, ids=[pattern for pattern, _ in _CASES])
def test_the_same_as_tfx_takes(tmp_path, pattern, template):
    rng, taken = random.Random(7), 0
    for trial in range(60):
        folder = tmp_path / str(trial)
        for _ in range(rng.randrange(1, 6)):
            file = folder / _name(template, rng, wild=trial % 2)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        path = f"{folder}/{pattern}"
        asked = [None, 1, 2, 10] if "SPAN" in pattern else [None, _DAY, _NO_DAY]
        for span in asked:
            expected = of_tfx(path, span)
            assert of_ours(path, span) == expected
            taken += expected is not None
    assert taken > (0 if pattern == "{SPAN}{VERSION}.csv" else 20)
