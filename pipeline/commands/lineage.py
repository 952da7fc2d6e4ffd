"""`turnstile lineage`: what made a version, and which versions a file of data went into."""

from __future__ import annotations

import json

import click

from pipeline.commands.options import json_option, load_past, past_options


@click.command()
@click.argument("asked", metavar="VERSION|MODEL_DIR|FILE")
@past_options
@json_option
def lineage(asked: str, config_file: str, output: str | None, serving_dir: str | None, as_json: bool) -> None:
    """Tell what a version was made of, or where a file went.

    For VERSION, a number that `turnstile models` lists, or MODEL_DIR, the folder of a version or of a copy of it, it
    tells which model was pushed, and which transform graph, schema, examples and files of data it was made of. For
    FILE, a file of data, it tells which versions were trained on it, which labels they have, and which of them were
    removed. A file is found by its content, whatever it is called now; one that is no longer there, by its path.
    """
    from pipeline.lineage import asking, graph, text, versions
    from pipeline.run import folder, metadata_store
    from serving.releases.state import read, release_folder
    from turnstile.errors import UsageError

    config = load_past(config_file, output, serving_dir)
    store = metadata_store.opened(folder.database(config))
    if store is None:
        raise UsageError(f"{folder.database(config)}: is not there; no run has been made with this config and --output")
    recorded, where = graph.read(store), release_folder(config.serving, config.name)
    known = versions.versions(recorded, where, read(where), config.data.path)
    if version := asking.version(asked, known):
        click.echo(json.dumps({"asked": asked, **version.as_dict()})) if as_json else text.show_version(version)
        return
    trained = asking.file(asked, known, recorded, config.data.path)
    click.echo(json.dumps({"asked": asked, **trained.as_dict()})) if as_json else text.show_trained(trained)
