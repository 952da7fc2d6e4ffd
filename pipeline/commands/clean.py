"""`turnstile clean`: removes what old runs have left."""

from __future__ import annotations

import json

import click

from pipeline.commands.options import json_option, load_past, past_options


@click.command()
@click.option("--keep-runs", metavar="N", type=click.IntRange(1), help="Number of newest runs to keep.  [default: 1]")
@click.option(
    "--older-than",
    metavar="DAYS",
    type=click.FloatRange(min=0),
    help="Number of days; younger runs are kept, too.  [default: no limit]",
)
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and how many bytes, and remove nothing.")
@past_options
@json_option
def clean(
    keep_runs: int | None,
    older_than: float | None,
    dry_run: bool,
    config_file: str,
    output: str | None,
    serving_dir: str | None,
    as_json: bool,
) -> None:
    """Remove the artifacts, logs and records of old runs.

    Give --keep-runs, --older-than or both. What a version in the serving folder was made of stays, labelled or not, and
    so does the run that pushed it, with its log and record; remove old versions first, with `turnstile gc`. What a kept
    run has read or made stays too, even if an older run made it, so that its cache goes on answering. A command that
    was stopped half way can be typed again. While a run is going on, nothing is removed.
    """
    from pipeline.past import cleaning

    if keep_runs is None and older_than is None:
        raise click.UsageError("Say which runs to keep, with --keep-runs N, --older-than DAYS or both.")
    config = load_past(config_file, output, serving_dir)
    found = cleaning.clean(config, keep_runs or 1, older_than, dry_run)
    if as_json:
        kept = [{"run_id": run, "why": why} for run, why in found.kept.items()]
        removed = {"dry_run": dry_run, "removed": list(found.removed), "bytes": found.bytes, "kept": kept}
        click.echo(json.dumps({"pipeline": config.name, **removed}))
        return
    for run in found.removed:
        click.echo(f"{run}: {'would be removed' if dry_run else 'removed'}")
    for run, why in found.kept.items():
        click.echo(f"{run}: kept ({why})")
    click.echo(f"{found.bytes:,} bytes {'would be' if dry_run else 'are'} freed")
