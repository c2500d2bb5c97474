"""``talkscraper export``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from talkscraper.cli.completed_words import export_files
from talkscraper.cli.filters import dedupe_option, filter_options, require_source, since_indexed_option, since_moment
from talkscraper.cli.options import console, counted, folders_of, json_option, open_read_only, print_json, printable
from talkscraper.errors import UsageError
from talkscraper.export import Export, export_formats, write_export

if TYPE_CHECKING:
    import sqlite3

    from talkscraper.archive_folder import ArchiveFolder
    from talkscraper.export import CollectionMember
    from talkscraper.export.lake import Instalment


def _formats() -> str:
    lines = [f"  {' '.join(each.endings)}: {each.description}" for each in export_formats().values()]
    return "\b\nFormats, by the ending of OUT:\n" + "\n".join(lines)


_OPTIONS = {option.name: option for each in export_formats().values() for option in each.options}


def _format_options(command: Callable[..., int]) -> Callable[..., int]:
    for option in _OPTIONS.values():
        command = click.option(f"--{option.name}", is_flag=True, help=option.help)(command)
    return command


@click.command("export", epilog=_formats())
@click.argument("out", required=False, metavar="OUT", shell_complete=export_files)
@click.argument("query", nargs=-1)
@filter_options
@since_indexed_option
@dedupe_option
@click.option("--collection", metavar="NAME", help="Only the articles of this collection.")
@click.option("--release", is_flag=True, help="OUT is a new folder: Parquet, schema, query, hashes and a README.")
@click.option("--bagit", is_flag=True, help="OUT is a new folder: a BagIt bag of the whole archive's WARCs.")
@click.option("--revisions", is_flag=True, help="One row per revision (.csv, .jsonl, .parquet), with changed words.")
@click.option("--parquet-lake", metavar="URL", help="Instead of OUT: extend a folder of Parquet by source and month.")
@click.option("--dry-run", is_flag=True, help="With --parquet-lake: only say what would be written.")
@_format_options
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    out: str | None,
    query: tuple[str, ...],
    since_indexed: str | None,
    dedupe: bool,
    collection: str | None,
    release: bool,
    bagit: bool,
    revisions: bool,
    parquet_lake: str | None,
    dry_run: bool,
    as_json: bool,
    **chosen: Any,
) -> int:
    """Write articles to a file: the whole result, each with the record it came from.

    QUERY is written as for search; without it, everything that the filters leave. The ending of OUT decides the format.

    \b
    Examples:
      talkscraper export harbour.csv '"harbour wall"' --since 2025-10
      talkscraper export next.jsonl --since-indexed 2025-10-28T06:00:00Z
      talkscraper export harbour.warc.gz harbour
      talkscraper export appendix/ --release --source talkofnations
      talkscraper export --parquet-lake s3://bucket/news
    """
    from talkscraper.store.match import SearchRequest
    from talkscraper.store.search import notes_on

    if parquet_lake is not None:
        query = () if out is None else (out, *query)
        if release or bagit or revisions or since_indexed or any(chosen[name.replace("-", "_")] for name in _OPTIONS):
            raise UsageError("--parquet-lake goes with a search and its filters only: it continues by itself")
    elif out is None:
        raise click.MissingParameter(ctx=ctx, param_hint="'OUT'", param_type="argument")
    elif dry_run:
        raise UsageError("--dry-run goes with --parquet-lake")
    path = Path(out or "")
    folders = folders_of(ctx)
    folder = folders[0]
    options = frozenset(name for name in _OPTIONS if chosen.pop(name.replace("-", "_")))
    request = SearchRequest(text=" ".join(query), copies="collapse" if dedupe else "all", **chosen)
    changed = since_moment(since_indexed)
    if release and revisions:
        raise UsageError("--release and --revisions don't go together")
    if bagit:
        one_of = release or revisions or dedupe or collection or request.text or options or changed
        if one_of or any(value for _, value in request.filters):
            raise UsageError("--bagit is of the whole archive: it goes with no search, filter or other format")
        return _bag(folder, path, as_json=as_json)
    screen = console(err=True)
    connection = open_read_only(folders)
    try:
        require_source(folder, connection, chosen["source"])
        with screen.live("exporting") as say:
            export = Export(
                connection=connection,
                folder=folder,
                request=request,
                name=path.name,
                title=request.text or collection or folder.root.absolute().name,
                made_at=datetime.now(UTC),
                since_indexed=changed,
                members=None if collection is None else _members(folder, connection, collection),
                options=options,
                progress=lambda articles: say(f"exporting: {counted(articles, 'article')}"),
            )
            if parquet_lake is not None:
                lake = _lake(export, parquet_lake, collection=collection, dry_run=dry_run)
            elif revisions:
                from talkscraper.export.revisions import write_revisions

                number = write_revisions(export, path)
            elif release:
                from talkscraper.export.release import write_release

                number = write_release(export, path)
            else:
                number = write_export(export, path)
        notes = notes_on(connection, request)
    finally:
        connection.close()
    if parquet_lake is not None:
        _print_lake(lake, parquet_lake, dry_run=dry_run, as_json=as_json)
    elif as_json:
        print_json({"out": str(path), "revisions" if revisions else "articles": number})
    else:
        click.echo(printable(f"{counted(number, 'revision' if revisions else 'article')} in {path}"))
    for note in notes:
        click.echo(printable(note), err=True)
    return 0


def _members(folder: ArchiveFolder, connection: sqlite3.Connection, name: str) -> dict[str, CollectionMember]:
    from talkscraper.collections import collection
    from talkscraper.export.members import members

    return members(connection, collection(folder, name))


def _bag(folder: ArchiveFolder, out: Path, *, as_json: bool) -> int:
    from talkscraper.export.bag import write_bag
    from talkscraper.store.database import open_reader

    with closing(open_reader(folder.database)) as connection:
        number = write_bag(connection, folder, out, made_at=datetime.now(UTC))
    if as_json:
        print_json({"out": str(out), "warcs": number})
    else:
        click.echo(printable(f"{counted(number, 'WARC')} in {out}"))
    return 0


def _lake(export: Export, url: str, *, collection: str | None, dry_run: bool) -> Instalment:
    from talkscraper.export.lake import open_place, write_instalment

    return write_instalment(export, open_place(url), collection=collection, dry_run=dry_run)


def _print_lake(lake: Instalment, url: str, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json({"lake": url, "dry_run": dry_run, **asdict(lake)})
        return
    if lake.number is None:
        click.echo(printable(f"nothing is new or changed: {url} is up to date"))
        return
    changes = f"{lake.new:,} new, {lake.changed:,} changed, {lake.removed:,} removed"
    if dry_run:
        click.echo(printable(f"instalment {lake.number} of {url} would have {changes}"))
    else:
        files = f"{counted(len(lake.files), 'file')} in {counted(lake.partitions, 'partition')}"
        click.echo(printable(f"instalment {lake.number} of {url}: {changes}; {files}"))
