"""``talkscraper wacz``."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from talkscraper.cli.filters import require_source
from talkscraper.cli.options import console, folder_of, json_option, print_json

if TYPE_CHECKING:
    from collections.abc import Callable


@click.command("wacz")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("query", nargs=-1)
@click.option("--source", metavar="SOURCE", help="Only this source.")
@click.option("--since", metavar="DAY", help="Only articles published on or after this day.")
@click.option("--until", metavar="DAY", help="Only articles published on or before this day.")
@click.option("--lang", "language", metavar="CODE", help="Only articles in this language.")
@click.option("--limit", type=click.IntRange(1), help="At most so many articles, newest first.")
@click.option("--title", metavar="TEXT", help="The package's title.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    out: Path,
    query: tuple[str, ...],
    source: str | None,
    since: str | None,
    until: str | None,
    language: str | None,
    limit: int | None,
    title: str | None,
    as_json: bool,
) -> int:
    """Write one WACZ file that ReplayWeb.page opens: pages, what they need, and the articles' texts to search.

    QUERY and the filters choose articles as 'search' does; without any, the whole archive goes in.

    \b
    Example:
      talkscraper wacz harbour.wacz "harbour wall" --since 2025-10-01
    """
    from talkscraper.replay.packing import article_ids
    from talkscraper.replay.wacz import write_wacz
    from talkscraper.store.database import open_reader
    from talkscraper.store.search import SearchRequest

    folder = folder_of(ctx).require()
    request = SearchRequest(text=" ".join(query), source=source, since=since, until=until, language=language)
    connection = open_reader(folder.database)
    try:
        require_source(folder, connection, source)
        report = write_wacz(
            connection,
            folder,
            islice(article_ids(connection, request), limit),
            out,
            title=title
            or (f"{' '.join(query)} – {folder.root.absolute().name}" if query else folder.root.absolute().name),
            made_at=datetime.now(UTC),
            progress=_progress(),
        )
    finally:
        connection.close()
    if as_json:
        print_json(report)
    else:
        click.echo(f"{report.path}: {report.pages} pages, {report.records} records, {report.size / 2**20:.1f} MiB")
    return 0


def _progress() -> Callable[[int, int], None]:
    """Lines on stderr, on a terminal or not: one for each tenth of the work, none where there is little."""
    screen = console(err=True)

    def tell(done: int, total: int) -> None:
        if total >= 1000 and done % max(1, total // 10) == 0:
            screen.print(f"{done} of {total} records", markup=False)

    return tell
