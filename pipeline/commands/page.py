"""`turnstile page`: a version as one HTML file, in which a person tries it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pipeline.commands.options import LocalPath, config_option, json_option, serving_dir_option, version_folder


@click.command()
@click.argument("version", metavar="VERSION|MODEL_DIR")
@click.option(
    "-o",
    "--out",
    "out",
    metavar="FILE",
    type=LocalPath(),
    help="File to write; one that is there is replaced.  [default: page-VERSION.html in this folder]",
)
@click.option(
    "--background",
    metavar="FILE",
    type=LocalPath(),
    help="File of typical rows for the page to begin with, and to compare others with.  [default: rows of the eval "
    "split that the version carries]",
)
@click.option(
    "--server",
    "servers",
    metavar="URL",
    multiple=True,
    help="Address of a server that the page may ask; may be given several times. It may always ask this machine's.",
)
@config_option
@serving_dir_option
@json_option
def page(
    version: str,
    out: str | None,
    background: str | None,
    servers: tuple[str, ...],
    config_file: str,
    serving_dir: str | None,
    as_json: bool,
) -> None:
    """Write one HTML file in which a person tries a version.

    VERSION is a number that `turnstile models` lists, and MODEL_DIR the folder of a version. The file has the whole
    model in it, and needs no server and no network: a form for a row, the answer, what each value contributed to it,
    how the answer moves with each value, and a place to drop a CSV file.

    Whoever has the file can read the rows that it begins with: 32 of the eval split, unless --background names others.
    """
    from serving.page.page import html
    from turnstile import files

    folder = version_folder(version, config_file, serving_dir)
    file = Path(out or f"page-{folder.name}.html")
    text = html(folder, background, servers)
    file.parent.mkdir(parents=True, exist_ok=True)
    files.write(file, text)
    size = len(text.encode())
    if as_json:
        click.echo(json.dumps({"file": str(file), "model": str(folder), "bytes": size}))
    else:
        click.echo(f"written to {file} ({size / 1000:,.0f} kB); open it in a browser")
