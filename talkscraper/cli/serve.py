"""``talkscraper serve``."""

from __future__ import annotations

import click

from talkscraper.cli.options import folder_of


@click.command("serve")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="The reading room's port.")
@click.option("--replay-port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="Replay's port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--allow-remote", is_flag=True, help="Allow a --host that other machines can reach; there is no authentication."
)
@click.option(
    "--host-name",
    "host_names",
    multiple=True,
    metavar="NAME",
    help="A host name that requests may use, besides localhost and IP addresses.",
)
@click.option("--replay-url", metavar="URL", help="The replay origin as browsers reach it, behind a reverse proxy.")
@click.pass_context
def command(
    ctx: click.Context,
    *,
    port: int,
    replay_port: int,
    host: str,
    allow_remote: bool,
    host_names: tuple[str, ...],
    replay_url: str | None,
) -> int:
    """Serve the reading room and replay to a browser, until Ctrl-C. Read-only; a crawl may be running.

    Archived pages are served on a separate port, so that they never share an origin with the reading room. Port 0
    chooses a free one; both addresses are printed.

    \b
    Examples:
      talkscraper serve
      talkscraper serve --port 0 --replay-port 0
    """
    from talkscraper.store.database import open_reader
    from talkscraper.web.serve_options import ServeOptions
    from talkscraper.web.server import serve

    folder = folder_of(ctx).require()
    if folder.database.exists():
        open_reader(folder.database).close()  # report an unreadable database here, not on every page
    options = ServeOptions(
        folder=folder,
        host=host,
        port=port,
        replay_port=replay_port,
        allow_remote=allow_remote,
        host_names=host_names,
        replay_url=replay_url,
    )

    def print_addresses(room: str, replay: str) -> None:
        click.echo(f"reading room  {room}")
        click.echo(f"replay        {replay}")

    serve(options, print_addresses)
    return 0
