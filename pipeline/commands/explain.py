"""`turnstile explain`: why a version answers the rows of a file as it does."""

from __future__ import annotations

from typing import Any

import click

from pipeline.commands.options import DataPath, LocalPath, json_option, load_served
from pipeline.commands.predict import how_data_is_written, model_options, server_options
from serving.explain.settings import Settings


@click.command()
@click.argument("input_file", metavar="INPUT", type=DataPath())
@model_options
@click.option(
    "--background",
    metavar="FILE",
    type=LocalPath(),
    help="File of typical rows to compare with.  [default: rows of the eval split that the version carries]",
)
@click.option(
    "--compared",
    metavar="N",
    type=click.IntRange(1, 10_000),
    default=Settings.compared,
    show_default=True,
    help="Number of rows of the background to compare with, if it has so many.",
)
@click.option(
    "--pairs",
    metavar="N",
    type=click.IntRange(2, 10_000),
    default=Settings.pairs,
    show_default=True,
    help="Number of pairs of orders to try with each of these; four times as many halve the errors.",
)
@click.option(
    "--seed",
    metavar="N",
    type=click.IntRange(0, 2**32 - 2),
    default=Settings.seed,
    show_default=True,
    help="Number that the orders are drawn by; another one draws others.",
)
@click.option(
    "--rows", metavar="N", type=click.IntRange(1), help="Number of rows to explain, from the first on.  [default: all]"
)
@click.option(
    "--pictures",
    metavar="N",
    type=click.IntRange(0),
    default=3,
    show_default=True,
    help="Number of rows to draw a picture of, from the first on.",
)
@server_options
@json_option
def explain(
    input_file: str,
    config_file: str,
    serving_dir: str | None,
    background: str | None,
    compared: int,
    pairs: int,
    seed: int,
    rows: int | None,
    pictures: int,
    retries: int,
    batch: int | None,
    as_json: bool,
    **whom: Any,
) -> None:
    """Tell why a version answers rows as it does.

    INPUT is a file as `turnstile predict` takes it. Each answer is compared with those to typical rows, and the
    difference is divided among the features: their contributions (Shapley values) add up to it. They are in log-odds,
    or in the unit of the label if that is a number. After ± stand two standard errors.

    Of several rows, the mean size of each feature's contributions is told, too.
    """
    from serving.asking.job import Job
    from serving.client.connect import Options
    from serving.explain import asking, in_words
    from serving.rows.answer_formats import json_text
    from turnstile import printing

    written = how_data_is_written(config_file, whom["name"], whom["model"])
    job = Job(path=input_file, retries=retries, batch=batch, **written)
    settings = Settings(compared=compared, pairs=pairs, seed=seed, background=background)
    found = asking.explain(job, settings, Options(**whom), lambda: load_served(config_file, serving_dir), rows)
    if as_json:
        click.echo(json_text(found.as_dict()))
    else:
        printing.show(in_words.pictures(found, pictures), in_words.WIDTH)
