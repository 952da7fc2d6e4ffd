"""`turnstile dashboard`: one page about all runs of a pipeline."""

from __future__ import annotations

import contextlib
import json
import webbrowser

import click

from pipeline.commands.options import json_option, load_past, past_options


@click.command()
@past_options
@click.option("--serve", "serve_it", is_flag=True, help="Serve the page and the reports, until Ctrl-C stops it.")
@click.option(
    "--port",
    metavar="PORT",
    type=click.IntRange(0, 65_535),
    default=8090,
    show_default=True,
    help="Port to serve on, with --serve; 0 takes a free one.",
)
@click.option("--open", "open_it", is_flag=True, help="Open the page in the browser.")
@json_option
def dashboard(
    config_file: str,
    output: str | None,
    serving_dir: str | None,
    serve_it: bool,
    port: int,
    open_it: bool,
    as_json: bool,
) -> None:
    """Write one page about all runs, and print its path.

    It shows the metric of each run, the versions, and how the data has moved. It is `<output>/<name>/dashboard.html`, a
    file that needs no network, and links to the report of each run. With --serve, it is served on this machine, and
    made anew whenever it is loaded.
    """
    from pipeline.run.importing_tfx import without_a_log

    config = load_past(config_file, output, serving_dir)
    with without_a_log():
        from pipeline.dashboard import collecting, page, server
        from pipeline.run import folder, report_finding

        file = page.write(config)
    serving = None
    if serve_it:
        serving = server.server(
            folder.root(config),
            port,
            lambda: page.html(collecting.collect(config)),
            lambda run_id: report_finding.page_of(config, report_finding.find(config, config_file, run_id)),
        )
    address = f"http://{server.HOST}:{serving.server_port}/" if serving else ""
    if open_it:
        webbrowser.open(address or file.resolve().as_uri())
    click.echo(json.dumps({"dashboard": str(file), "address": address or None}) if as_json else address or file)
    if serving:
        with serving, contextlib.suppress(KeyboardInterrupt):
            serving.serve_forever()
