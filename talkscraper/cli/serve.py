"""``talkscraper serve``."""

from __future__ import annotations

import click

from talkscraper.cli.options import folder_of


@click.command("serve")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="The reading room's port.")
@click.option("--replay-port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="Replay's port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--allow-remote", is_flag=True, help="Let --host be reachable from other machines; nobody is asked for a password."
)
@click.option(
    "--host-name",
    "host_names",
    multiple=True,
    metavar="NAME",
    help="A name by which browsers may ask, beside localhost and IP addresses.",
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
    """The reading room and replay, in a browser, until Ctrl-C. Reads only; a crawl may run beside it.

    Archived pages are served on a port of their own, so that they never share an origin with the reading room.
    Port 0 takes a free one; both addresses are printed.

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
        open_reader(folder.database).close()  # a database that can't be read is told here, not in every page
    options = ServeOptions(
        folder=folder,
        host=host,
        port=port,
        replay_port=replay_port,
        allow_remote=allow_remote,
        host_names=host_names,
        replay_url=replay_url,
    )

    def say(room: str, replay: str) -> None:
        click.echo(f"reading room  {room}")
        click.echo(f"replay        {replay}")

    serve(options, say)
    return 0
