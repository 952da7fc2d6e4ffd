"""Makes hostile tables: columns and a label, written to files in one of many ways, with a config that fits or not."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.hostile.case import Case, Parquet
from tests.hostile.columns import FEATURES, PLAIN, Column, column, rarely, row_number, toml_string
from tests.hostile.labels import label

_FEATURE_NAME = re.compile("[A-Za-z][A-Za-z0-9_]*")


def mostly(usual: Any, *others: Any) -> st.SearchStrategy:
    """Draws `usual` five times in six, for one oddity at a time is what most people have."""
    return st.sampled_from((usual,) * 5 * len(others) + others)


_ROWS = mostly(60, 200, 13, 2, 1, 0)
_ENCODINGS = mostly("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1", "cp1252")
_LINE_ENDS = mostly("\n", "\r\n", "\r\n", "\r", "\n\r")
_SEPARATORS = mostly(",", ";", "\t", "|")
_QUOTING = st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC))

# What befalls a CSV file on its way, from its bytes to its bytes.
FLAWS: dict[str, Callable[[bytes], bytes]] = {
    "blank first line": lambda raw: b"\n" + raw,
    "blank first lines of blanks": lambda raw: b"  \r\n" + raw,
    "blank last lines": lambda raw: raw + b"\n\r\n\n",
    "blank line in the middle": lambda raw: _after_line(raw, 2, b"\n"),
    "line of separators": lambda raw: _after_line(raw, 2, b",,\n"),
    "row too long": lambda raw: _after_line(raw, 2, b"1," * 40 + b"1\n"),
    "row too short": lambda raw: _after_line(raw, 2, b"1\n"),
    "lone quote": lambda raw: _after_line(raw, 2, b'"\n'),
    "lone quote at the end": lambda raw: raw + b'"',
    "quote inside a value": lambda raw: raw.replace(b",", b'x"y,', 1),
    "no last line end": lambda raw: raw.rstrip(b"\r\n"),
    "cut off": lambda raw: raw[: len(raw) * 2 // 3],
    "cut off in the header": lambda raw: raw[:3],
    "two byte order marks": lambda raw: b"\xef\xbb\xbf\xef\xbb\xbf" + raw,
    "byte order mark and quote": lambda raw: b'\xef\xbb\xbf"' + raw.replace(b",", b'",', 1),
    "zero byte": lambda raw: _after_line(raw, 2, b"\x00"),
    "byte that is not UTF-8": lambda raw: _after_line(raw, 2, b"\xff\xfe,"),
    "control-Z at the end": lambda raw: raw + b"\x1a",
    "comment first": lambda raw: b"# exported 2026-11-28\n" + raw,
    "sep= first": lambda raw: b"sep=,\r\n" + raw,
    "header twice": lambda raw: raw[: raw.find(b"\n") + 1] + raw,
    "separator at each line's end": lambda raw: raw.replace(b"\n", b",\n"),
    "mixed line ends": lambda raw: raw.replace(b"\n", b"\r\n", 3),
    "one carriage return": lambda raw: raw.replace(b"\n", b"\r", 1),
    "gzip": lambda raw: gzip.compress(raw, mtime=0),
    "Parquet's first bytes": lambda raw: b"PAR1" + raw,
    "nothing": lambda raw: b"",
    "only line ends": lambda raw: b"\n\n\r\n",
    "no header": lambda raw: raw[raw.find(b"\n") + 1 :],
}


def _after_line(raw: bytes, number: int, what: bytes) -> bytes:
    lines = raw.split(b"\n")
    return b"\n".join(lines[:number]) + b"\n" + what + b"\n".join(lines[number:])


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draws a table, the files it is in, and a config; about half are what a careful user could have."""
    parquet, rows = draw(st.sampled_from((False, False, False, True))), draw(_ROWS)
    columns = [draw(column(name, rows, parquet)) for name in PLAIN[: draw(st.sampled_from((1, 2, 2, 3, 3, 4, 4, 0)))]]
    wanted, made = draw(label(columns, rows, parquet))
    traits = [f"{rows} rows", wanted]
    features = draw(_features(columns, wanted, traits))
    columns += made if draw(rarely) else [*made, row_number(rows, parquet)]
    path, files = draw(_files(columns, rows, parquet, traits))
    config = draw(_config(path, [c.name for c in columns], wanted, features, traits))
    return Case(files, config, draw(mostly(False, True)), tuple(dict.fromkeys(traits)))


@st.composite
def _features(draw: st.DrawFn, columns: list[Column], wanted: str, traits: list[str]) -> str:
    """Draws [features]: mostly such columns as may be features, and mostly kinds that fit them."""
    lines = []
    for drawn in columns:
        traits.append(drawn.kind if drawn.name in PLAIN else f"{drawn.kind} named {drawn.name!r:.20}")
        may_be = _FEATURE_NAME.fullmatch(drawn.name) and f" = {toml_string(drawn.name)}\n" not in wanted
        if (not may_be or draw(rarely)) and not draw(rarely):
            continue
        kind = draw(st.sampled_from(FEATURES if draw(rarely) or not drawn.fits else drawn.fits))
        traits[-1] += f" as {kind}"
        lines.append(f"{toml_string(drawn.name)} = {kind}\n")
    return "[features]\n" + "".join(dict.fromkeys(lines))


@st.composite
def _config(draw: st.DrawFn, path: str, names: list[str], wanted: str, features: str, traits: list[str]) -> str:
    parts = [f'name = "hostile"\n[data]\npath = {toml_string(path)}\n']
    separator = next((trait for trait in traits if trait.startswith("separator ")), "separator ','")
    if separator != "separator ','" and draw(mostly(True, False)):
        parts.append(f"{separator.replace(' ', ' = ')}\n")
    for line in ('decimal = ","\n', "drop_missing_labels = true\n"):
        if draw(rarely):
            parts.append(line)
            traits.append(line.strip())
    if draw(mostly(False, True)):
        parts.append('schema_path = "schema.pbtxt"\n')
        traits.append("reviewed")
    parts += [f"[label]\n{wanted}", features]
    parts.append("[training]\nhidden_units = [4]\nmax_epochs = 1\nbatch_size = 16\n")
    for text in ("[split]\nby = {}\n", "[release]\nmin_slice_size = 1\nslices = [{}]\n"):
        if draw(rarely):
            parts.append(text.format(toml_string(draw(st.sampled_from([*names, "a"])))))
            traits.append(parts[-1])
    return "".join(parts)


@st.composite
def _files(
    draw: st.DrawFn, columns: list[Column], rows: int, parquet: bool, traits: list[str]
) -> tuple[str, dict[str, Any]]:
    """Draws data.path, and the files below it."""
    suffix = ".parquet" if parquet else ".csv"
    write = Parquet if parquet else draw(_as_csv(traits))
    layout = draw(_LAYOUTS)
    if layout == "one file":
        name = draw(_FILE_NAMES) + suffix
        content = draw(_written(_part(columns, 0, rows), write, traits))
        if not parquet and draw(rarely):
            name, content = f"{name}.gz", gzip.compress(content, mtime=0)
        traits.append(name)
        return name, {name: content}
    folder = draw(_FOLDER_NAMES)
    traits.append(f"{layout} in {folder}")
    first, second = _part(columns, 0, rows // 2), _part(columns, rows // 2, rows)
    files = {f"{folder}/1{suffix}": draw(_written(first, write, traits)), f"{folder}/2{suffix}": write(second)}
    beside = _beside(layout, suffix, write(first), write(_part(columns, 0, 0)))
    return folder, files | {f"{folder}/{name}": content for name, content in beside.items()}


_LAYOUTS = st.sampled_from(
    ("one file",) * 12
    + ("parts", "parts", "hidden", "empty part", "header only", "sub folder", "other kind")
    + ("other columns", "strange names")
)
_FILE_NAMES = mostly("t", "my table", "t[1]", "a*b?", "größe", "'t'", "t.csv", "-t", "t{SPAN}", "~t", "t;x")
_FOLDER_NAMES = mostly("t", "my folder", "t[1]", "a*b?", "t.csv", "{SPAN}", "t.parquet")


def _beside(layout: str, suffix: str, some: Any, no_rows: Any) -> dict[str, Any]:
    """The files that a folder has beside its two parts."""
    return {
        "parts": {},
        "hidden": {f".3{suffix}": b"\x00", f"_3{suffix}": b"", "_SUCCESS": b"", ".DS_Store": b"\x00"},
        "empty part": {f"3{suffix}": b""},
        "header only": {f"0{suffix}": no_rows},
        "sub folder": {f"3{suffix}": None},
        "other kind": {"3.csv" if suffix == ".parquet" else "3.parquet": b"x"},
        "other columns": {f"3{suffix}": b"q,r\n1,2\n"},
        "strange names": {f"3 [x]{suffix}": some, f"a*{suffix}": some},
    }[layout]


def _part(columns: list[Column], start: int, end: int) -> tuple:
    return tuple((c.name, c.type, c.values[start:end]) for c in columns)


@st.composite
def _written(draw: st.DrawFn, part: tuple, write: Callable[[tuple], Any], traits: list[str]) -> Any:
    content = write(part)
    if isinstance(content, Parquet):
        return b"PAR1 and no more" if draw(rarely) else content
    for flaw in draw(_FLAWS):
        traits.append(flaw)
        content = FLAWS[flaw](content)
    return content


_FLAWS = mostly(0, 1, 1, 2).flatmap(
    lambda number: st.lists(st.sampled_from(sorted(FLAWS)), min_size=number, max_size=number, unique=True)
)


@st.composite
def _as_csv(draw: st.DrawFn, traits: list[str]) -> Callable[[tuple], bytes]:
    """Draws how a program writes CSV."""
    separator, line_end = draw(_SEPARATORS), draw(_LINE_ENDS)
    quoting, encoding = draw(_QUOTING), draw(_ENCODINGS)
    traits += [f"separator {separator!r}", f"line end {line_end!r}", f"quoting {quoting}", encoding]

    def write(part: tuple) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=separator, lineterminator=line_end, quoting=quoting)
        writer.writerow([name for name, _, _ in part])
        writer.writerows(zip(*(values for _, _, values in part), strict=True))
        return text.getvalue().encode(encoding, errors="replace")

    return write
