"""Makes the pictures of a terminal in docs/: `python -m tools.terminal_pictures`.

`turnstile init` and `turnstile run` are typed into a terminal of 80 columns, in a folder that has only the data. What
is on the screen at their end becomes an SVG file.
"""

from __future__ import annotations

import argparse
import io
import os
import pty
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS = 80
DOCS = Path("docs")
TAXI = ("taxi", "data/taxi/trips.csv", "tips")
# Fonts to download, which a picture in a page may not; one of the reader's own is taken then.
_FONTS = re.compile(r"@font-face \{.*?\}\s*|<!--.*?-->\s*", re.DOTALL)
# The codes by which rich moves the cursor: they redraw the lines of a display.
_CODES = re.compile(r"\x1b\[(\d*)A|\x1b\[2K|\x1b\[\?25[lh]|\r|\n")


def typed(words: str, folder: Path) -> str:
    """Runs `turnstile` in a terminal; returns what it printed, with the codes of the terminal.

    Args:
        words: its arguments, separated by blanks.
        folder: where it runs.
    """
    leader, follower = pty.openpty()
    size = {"COLUMNS": str(COLUMNS), "LINES": "100", "TERM": "xterm-256color"}
    command = [sys.executable, "-c", "from pipeline.commands.main import entry; entry()", *words.split()]
    environment = os.environ | size | {"PYTHONPATH": str(Path.cwd())}
    process = subprocess.Popen(command, cwd=folder, env=environment, stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)
    parts = []
    while True:
        try:
            part = os.read(leader, 1 << 16)
        except OSError:  # on Linux, the end of what a terminal shows is an error
            break
        if not part:
            break
        parts.append(part)
    process.wait()
    os.close(leader)
    return b"".join(parts).decode()


def screen(printed: str) -> str:
    """Returns the lines that are left on the screen, with their colours."""
    lines, row, start = [""], 0, 0
    for code in _CODES.finditer(printed):
        lines[row] += printed[start : code.start()]
        start = code.end()
        if code[0] == "\n":
            row += 1
            lines += [""] * (row == len(lines))
        elif code[0].endswith("A"):
            row = max(0, row - int(code[1] or 1))
        elif code[0].endswith("2K"):
            lines[row] = ""
    return "\n".join([*lines[:row], lines[row] + printed[start:]]).strip("\n")


def picture(title: str, shown: list[tuple[str, str]], path: Path) -> None:
    """Draws a terminal.

    Args:
        title: stands above it.
        shown: each command, and what it left on the screen.
        path: the SVG file.
    """
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, highlight=False)
    for words, text in shown:
        console.print(Text(f"$ turnstile {words}", style="bold"))
        console.print(Text.from_ansi(text))
        console.print()
    svg = _FONTS.sub("", console.export_svg(title=title, unique_id=path.stem))
    path.write_text(svg.replace("<svg ", '<svg xml:space="preserve" ', 1))


def main() -> None:
    """Types the commands, and writes the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", metavar="NAME=CSV=LABEL", help="other tables to make a picture of")
    tables = [TAXI, *(text.split("=") for text in parser.parse_args().tables)]
    for name, data, label in tables:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, Path(data).name)
            file.write_bytes(Path(data).read_bytes())
            commands = [f"init {file.name} --label {label}", f"run --config configs/{file.stem}.toml"]
            shown = [(words, screen(typed(words, Path(folder)))) for words in commands]
        for (words, text), what in zip(shown, ("init", "run"), strict=True):
            picture(f"turnstile {what}", [(words, text)], DOCS / f"{what}-{name}.svg")


if __name__ == "__main__":
    main()
