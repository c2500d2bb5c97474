"""``talkscraper serve``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from talkscraper.cli.options import folders_of
from talkscraper.errors import UsageError

if TYPE_CHECKING:
    from talkscraper.web.credentials import Credentials

MIN_TOKEN = 16
"""Characters: a token is no password that a person remembers."""


@click.command("serve")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="The reading room's port.")
@click.option("--replay-port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="Replay's port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--allow-remote", is_flag=True, help="Allow a --host that other machines can reach without --auth or --token-env."
)
@click.option(
    "--host-name",
    "host_names",
    multiple=True,
    metavar="NAME",
    help="A host name that requests may use, besides localhost and IP addresses.",
)
@click.option(
    "--room-url", metavar="URL", help="The reading room's origin as browsers reach it, behind a reverse proxy."
)
@click.option("--base-path", default="", metavar="PATH", help="Serve the reading room under PATH, as /news.")
@click.option("--auth", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Let in only the users of FILE: lines 'user:hash', as 'htpasswd -B' writes them.")  # fmt: skip
@click.option("--token-env", metavar="NAME", help="Let in who sends the token in this environment variable.")
@click.option("--hash-password", metavar="USER", help="Ask for a password, print the line for FILE, and end.")
@click.option("--allow-collections", is_flag=True, help="Let readers change collections; see docs/collections.md.")
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
    room_url: str | None,
    base_path: str,
    auth: Path | None,
    token_env: str | None,
    hash_password: str | None,
    allow_collections: bool,
) -> int:
    """Serve the reading room and replay to a browser, until Ctrl-C. Read-only; a crawl may be running.

    Archived pages are served on a separate port, so that they never share an origin with the reading room. Port 0
    chooses a free one; both addresses are printed.

    \b
    Examples:
      talkscraper serve
      talkscraper serve --port 0 --replay-port 0
      talkscraper serve --auth readers.txt --base-path /news
    """
    from talkscraper.store.database import open_reader
    from talkscraper.web.serve_options import ServeOptions
    from talkscraper.web.server import serve

    if hash_password is not None:
        return _hash(hash_password)
    folder, *others = folders_of(ctx)
    for each in (folder, *others):
        if each.database.exists():
            open_reader(each.database).close()  # report an unreadable database here, not on every page
    options = ServeOptions(
        folder=folder,
        others=tuple(others),
        host=host,
        port=port,
        replay_port=replay_port,
        allow_remote=allow_remote,
        host_names=host_names,
        replay_url=replay_url,
        room_url=room_url,
        base_path=base_path.rstrip("/"),
        allow_collections=allow_collections,
        credentials=_credentials(folder.root, auth, token_env),
    )

    def print_addresses(room: str, replay: str) -> None:
        click.echo(f"reading room  {room}")
        click.echo(f"replay        {replay}")

    serve(options, print_addresses)
    return 0


def _credentials(folder: Path, auth: Path | None, token_env: str | None) -> Credentials | None:
    from talkscraper.sources.secrets import Secret
    from talkscraper.sources.values import ValueRefused
    from talkscraper.web.credentials import Credentials, read_users

    if auth is None and token_env is None:
        return None
    token = None
    if token_env is not None:
        try:
            token = Secret(env=token_env, where="--token-env").resolve(folder)
        except ValueRefused as e:
            raise UsageError(f"--token-env: {e}") from e
        if len(token) < MIN_TOKEN:
            raise UsageError(f"--token-env: the token in {token_env} has less than {MIN_TOKEN} characters")
    return Credentials(users={} if auth is None else read_users(auth), token=token)


def _hash(user: str) -> int:
    from talkscraper.web.credentials import hashed

    if not user or ":" in user or not user.isprintable():
        raise UsageError(f"--hash-password {user!r}: a user's name has no colon and no control character")
    password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    click.echo(f"{user}:{hashed(password)}")
    return 0
