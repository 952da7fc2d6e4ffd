"""Which files data.path stands for: one, those of a folder, or those of a span.

Hidden files, folders that are named like files, and files of no bytes are skipped where a path stands for several.
"""

from __future__ import annotations

import glob
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from components.example_gen import span_pattern
from components.example_gen.span_pattern import Span

_SUFFIXES = (".csv", ".parquet")
# Skipped files that a note names.
_NAMED = 5


@dataclass(frozen=True)
class Listed:
    """The files of a folder that a pattern stands for.

    Attributes:
        files: in name order.
        skipped: the others of such names, each with the reason.
    """

    files: tuple[Path, ...]
    skipped: tuple[tuple[Path, str], ...] = ()

    def note(self) -> str | None:
        """Says in one line which files were skipped; None if none were."""
        if not self.skipped:
            return None
        named = ", ".join(f"{path} ({reason})" for path, reason in self.skipped[:_NAMED])
        more = f" and {len(self.skipped) - _NAMED:,} more" if len(self.skipped) > _NAMED else ""
        return f"skipped {named}{more}"


def matching(folder: str | Path, pattern: str, hidden: bool = False) -> list[Path]:
    """Returns what has a name of a pattern, in name order.

    Args:
        folder: whose name may have any character in it.
        pattern: of paths below the folder, with * and ?; other characters that mean something to `glob` are escaped.
        hidden: whether hidden files count.
    """
    # Not pathlib's: it has no root_dir, and its * matches hidden files.
    names = glob.glob(pattern, root_dir=folder, include_hidden=hidden)  # noqa: PTH207
    return [Path(folder, name) for name in sorted(names)]


def listed(folder: str | Path, pattern: str) -> Listed:
    """Lists the files of a folder on this machine; arguments as of `matching`."""
    found = {path: "a folder" if path.is_dir() else "" for path in matching(folder, pattern)}
    empty = [path for path, reason in found.items() if not reason and not path.stat().st_size]
    if len(empty) < len([path for path, reason in found.items() if not reason]):
        found |= dict.fromkeys(empty, "empty")  # where all are, none is skipped, and the first is told
    reasons = dict.fromkeys(matching(folder, pattern, hidden=True), "hidden") | found
    skipped = tuple((path, reason) for path, reason in sorted(reasons.items()) if reason)
    return Listed(tuple(path for path, reason in found.items() if not reason), skipped)


def escaped(path: str) -> str:
    """Returns a path with placeholders, * and ? as a pattern in which no other character means anything."""
    return path.replace("[", "[[]")


def input_files(path: str | Path, span: Span | None = None) -> list[Path]:
    """Returns the .csv or .parquet files that a path stands for, in name order.

    Args:
        path: a file, a folder, or a pattern of spans.
        span: which span of a pattern; by default the latest there is.

    Raises:
        UsageError: a pattern has no file for the span, or none at all.
    """
    return list(of_path(path, span).files)


def of_path(path: str | Path, span: Span | None = None) -> Listed:
    """Returns the same, and what was skipped; arguments and errors as of input_files."""
    from components.example_gen import spans

    if span_pattern.is_pattern(str(path)):
        return spans.select(str(path), span).listed
    if (file := Path(path)).is_file():
        return Listed((file,))
    return listed(file, f"*{suffix_of(file)}")


def suffix_of(folder: Path) -> str:
    """Returns the suffix of the files in a folder: .csv if there is any such file, or else .parquet."""
    return ".csv" if ".csv" in suffixes(folder) else ".parquet"


def suffixes(folder: Path) -> Sequence[str]:
    """Returns which of the suffixes of input files are in a folder."""
    return [suffix for suffix in _SUFFIXES if listed(folder, f"*{suffix}").files]


def folder_and_pattern(path: str) -> tuple[str, str]:
    """Returns the same as ExampleGen takes it: an absolute folder, and the pattern of the files in it."""
    if span_pattern.is_pattern(path):
        folder, pattern = span_pattern.folder_and_pattern(path)
        return str(folder.resolve()), escaped(pattern)
    absolute = Path(path).resolve()
    if absolute.is_dir():
        return str(absolute), f"*{suffix_of(absolute)}"
    if absolute.is_file():
        return str(absolute.parent), glob.escape(absolute.name)
    return str(absolute), "*.csv" if absolute.suffix == ".csv" else "*.parquet"
