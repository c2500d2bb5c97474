"""``talkscraper replay``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from talkscraper.cli.options import folder_of, json_option, print_json, printable
from talkscraper.errors import NotFound, UsageError

if TYPE_CHECKING:
    from talkscraper.replay.payload import Replayed


@click.command("replay")
@click.argument("url")
@click.option(
    "--at",
    metavar="TIME",
    help="The capture nearest to this time: 2025-10-28, or 4 to 14 digits [default: the newest].",
)
@click.option("--headers", "with_headers", is_flag=True, help="Print the status line and headers first, as sent.")
@click.option("--decode", is_flag=True, help="Undo the content coding (gzip, br).")
@click.option("--open", "in_browser", is_flag=True, help="Serve the archive and open the page in a browser.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="With --open: replay's port [default: a free one]."
)
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    url: str,
    at: str | None,
    with_headers: bool,
    decode: bool,
    in_browser: bool,
    port: int,
    as_json: bool,
) -> int:
    """Print a capture as it was, or open it in a browser.

    The bytes are exactly those captured, content-coded; only the chunked framing is removed. On a terminal the text is
    printed decoded, without control characters. URL may also be a WARC-Record-ID.

    \b
    Examples:
      talkscraper replay https://www.talkofnations.com/posts/a --at 2025-10-28 --headers
      talkscraper replay https://www.talkofnations.com/posts/a --open
    """
    from talkscraper.replay import lookup
    from talkscraper.replay.payload import load
    from talkscraper.replay.replay_urls import absolute, memento
    from talkscraper.replay.timestamps import parse_time
    from talkscraper.store.database import open_reader

    folder = folder_of(ctx).require()
    connection = open_reader(folder.database)
    try:
        if url.startswith(("<urn:uuid:", "urn:uuid:")):
            capture = lookup.by_id(connection, url)
        else:
            wanted = absolute(url)
            if wanted is None:
                raise UsageError(f"{printable(url)} is no address")
            reason = lookup.taken_down(connection, wanted)
            if reason is not None:
                raise NotFound(f"{printable(wanted)} has been taken down: {printable(reason)}")
            found = lookup.closest(connection, wanted, parse_time(at) if at else None)
            if found is None:
                why = lookup.pruned(connection, wanted)
                raise NotFound(f"{printable(wanted)} is not archived" + (f": {printable(why)}" if why else ""))
            capture = found
        if in_browser:
            return _open(ctx, memento(capture.url, capture.captured_at), port)
        if as_json:
            print_json(capture)
            return 0
        shown = load(connection, folder, capture)
        try:
            if sys.stdout.isatty():
                _show(shown, with_headers=with_headers)
            else:
                _write(shown, with_headers=with_headers, decode=decode)
        finally:
            shown.close()
    finally:
        connection.close()
    return 0


MAX_DECODED = 256 * 1024 * 1024


def _write(shown: Replayed, *, with_headers: bool, decode: bool) -> None:
    out = sys.stdout.buffer
    if with_headers:
        out.write(shown.raw_head)
    if decode:
        from talkscraper.warc.content_coding import decode_content

        out.write(decode_content(shown.payload(), shown.headers, MAX_DECODED))
    else:
        for chunk in shown.chunks():
            out.write(chunk)
    out.flush()


def _show(shown: Replayed, *, with_headers: bool) -> None:
    """Make text safe for display: a page from the network must not control the terminal."""
    from talkscraper.html.charset import decode
    from talkscraper.warc.content_coding import decode_content

    body = decode_content(shown.payload(), shown.headers, MAX_DECODED)
    if b"\0" in body:
        raise UsageError(f"{len(body):,} bytes that are no text: send them to a file ('talkscraper replay … > FILE')")
    head = shown.raw_head.decode("latin-1") if with_headers else ""
    text = head + decode(body, shown.get("Content-Type")).text
    click.echo(printable(text.replace("\r\n", "\n")))


def _open(ctx: click.Context, path: str, port: int) -> int:
    from talkscraper.web.serve_options import ServeOptions
    from talkscraper.web.server import serve

    def print_address(_room: str, replay: str) -> None:
        address = replay.rstrip("/") + path
        click.echo(address)
        click.launch(address)

    serve(ServeOptions(folder=folder_of(ctx), port=0, replay_port=port), print_address)
    return 0
