"""``talkscraper pywb``."""

from __future__ import annotations

import click

from talkscraper.cli.options import folder_of


@click.command("pywb")
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="Port on 127.0.0.1.")
@click.option("--print-config", is_flag=True, help="Only print the config.yaml.")
@click.pass_context
def command(ctx: click.Context, *, port: int, print_config: bool) -> int:
    """Run pywb on this archive; nothing is copied or indexed again.

    Pywb needs an environment of its own: TALKSCRAPER_PYWB is the path of its 'wayback', else it is searched in
    .venv-pywb and PATH. Pages are at http://127.0.0.1:PORT/archive/URL.

    \b
    Example:
      talkscraper pywb --port 8080
    """
    from talkscraper.replay import pywb

    folder = folder_of(ctx).require()
    if print_config:
        click.echo(pywb.configuration(folder), nl=False)
        return 0
    pywb.find_wayback()
    click.echo(f"pywb  http://127.0.0.1:{port}/{pywb.COLLECTION}/")
    return pywb.run(folder, port=port)
