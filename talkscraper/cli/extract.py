"""``talkscraper extract``."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from talkscraper.cli.import_warcs import print_pages
from talkscraper.cli.options import folder_of, json_option, print_json
from talkscraper.cli.progress import count_progress


@click.command("extract")
@click.option("--source", metavar="SOURCE", help="Only captures of this source.")
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Processes that read pages.")
@json_option
@click.pass_context
def command(ctx: click.Context, *, source: str | None, workers: int | None, as_json: bool) -> int:
    """Derive the articles again from the captures, without the network.

    Exit codes: 0 done, 1 some page couldn't be read, 75 a run is going on.

    \b
    Example:
      talkscraper extract
      talkscraper extract --source talkofnations --json
    """
    from talkscraper.preserve.extracting import extract_again

    with count_progress(show=not as_json) as progress:
        pages = extract_again(
            folder_of(ctx), clock=lambda: datetime.now(UTC), source=source, workers=workers, progress=progress
        )
    if as_json:
        print_json({"ok": not pages.unread, "pages": pages})
    else:
        print_pages(pages)
    return 1 if pages.unread else 0
