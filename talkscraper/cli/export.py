"""``talkscraper export``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from talkscraper.cli.filters import filter_options, require_source, since_indexed_option, since_moment
from talkscraper.cli.options import console, counted, folder_of, json_option, print_json, printable


@click.command("export")
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("query", nargs=-1)
@filter_options
@since_indexed_option
@click.option("--release", is_flag=True, help="OUT is a new folder: Parquet, schema, query, hashes and a README.")
@click.option("--no-guard", is_flag=True, help="CSV: leave texts that a spreadsheet would run as formulas as they are.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    out: Path,
    query: tuple[str, ...],
    since_indexed: str | None,
    release: bool,
    no_guard: bool,
    as_json: bool,
    **filters: Any,
) -> int:
    """Articles as CSV, JSON Lines or Parquet: the whole result, each with the record it came from.

    QUERY is written as for search; without it, everything that the filters leave. The form is that of OUT's ending:
    .csv, .jsonl (both also .gz), .parquet; .warc.gz has the captures instead, with what their pages need.

    \b
    Examples:
      talkscraper export harbour.csv '"harbour wall"' --since 2025-10
      talkscraper export next.jsonl --since-indexed 2025-10-28T06:00:00Z
      talkscraper export harbour.warc.gz harbour
      talkscraper export appendix/ --release --source talkofnations
    """
    from talkscraper.store import export as module
    from talkscraper.store.database import open_reader
    from talkscraper.store.match import SearchRequest
    from talkscraper.store.release import write_release

    folder = folder_of(ctx).require()
    request = SearchRequest(text=" ".join(query), **filters)
    changed = since_moment(since_indexed)
    screen = console(err=True)
    connection = open_reader(folder.database)
    try:
        require_source(folder, connection, filters["source"])
        with screen.status("exporting") as status:

            def progress(number: int) -> None:
                status.update(f"exporting: {counted(number, 'article')}")

            if release:
                now = datetime.now(UTC)
                number = write_release(connection, request, out, now=now, since_indexed=changed, progress=progress)
            elif out.name.lower().endswith(".warc.gz"):
                from talkscraper.replay.warc_package import article_ids, write_warc

                number = write_warc(
                    connection, folder, article_ids(connection, request, since_indexed=changed), out,
                    made_at=datetime.now(UTC), note=f"search: {request.text}", progress=progress,
                )  # fmt: skip
            else:
                number = module.export(
                    connection, request, out, since_indexed=changed, guard=not no_guard, progress=progress
                )
    finally:
        connection.close()
    if as_json:
        print_json({"out": str(out), "articles": number})
    else:
        click.echo(printable(f"{counted(number, 'article')} in {out}"))
    return 0
