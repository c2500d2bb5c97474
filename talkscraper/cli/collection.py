"""``talkscraper collection``: articles put together under a name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from talkscraper.cli.options import console, counted, folder_of, json_option, plain, print_json, printable

if TYPE_CHECKING:
    import sqlite3

    from talkscraper.archive_folder import ArchiveFolder
    from talkscraper.collections import Collection


@click.group("collection")
def command() -> None:
    """Put articles together under a name, with notes; export and cite them as a set.

    \b
    Examples:
      talkscraper collection add harbour 3f2a --note "the first report"
      talkscraper collection show harbour
      talkscraper cite --collection harbour
    """


@contextmanager
def _opened(ctx: click.Context) -> Iterator[tuple[ArchiveFolder, sqlite3.Connection]]:
    from talkscraper.store.database import open_reader

    folder = folder_of(ctx).require()
    with closing(open_reader(folder.database)) as connection:
        yield folder, connection


@command.command("add")
@click.argument("name")
@click.argument("articles", metavar="ARTICLE...", nargs=-1, required=True)
@click.option("--note", metavar="TEXT", help="A note on each of them.")
@click.option("--revision", type=click.IntRange(1), metavar="N", help="The text of this revision, not the newest.")
@json_option
@click.pass_context
def add_articles(
    ctx: click.Context, *, name: str, articles: tuple[str, ...], note: str | None, revision: int | None, as_json: bool
) -> int:
    """Put articles into the collection NAME; make it if there is none.

    \b
    Example:
      talkscraper collection add harbour 3f2a https://www.example.org/posts/wall --note "see paragraph 3"
    """
    from talkscraper.collections import add

    with _opened(ctx) as (folder, connection):
        found = add(connection, folder, name, articles, now=datetime.now(UTC), note=note, revision=revision)
    _say(found, as_json=as_json)
    return 0


@command.command("remove")
@click.argument("name")
@click.argument("articles", metavar="ARTICLE...", nargs=-1, required=True)
@json_option
@click.pass_context
def remove_articles(ctx: click.Context, *, name: str, articles: tuple[str, ...], as_json: bool) -> int:
    """Take articles out of the collection NAME.

    \b
    Example:
      talkscraper collection remove harbour 3f2a
    """
    from talkscraper.collections import remove

    with _opened(ctx) as (folder, connection):
        found = remove(connection, folder, name, articles)
    _say(found, as_json=as_json)
    return 0


@command.command("list")
@json_option
@click.pass_context
def list_collections(ctx: click.Context, *, as_json: bool) -> int:
    """List all collections.

    \b
    Example:
      talkscraper collection list
    """
    from talkscraper.collections import collections

    found = collections(folder_of(ctx).require())
    if as_json:
        print_json([_summary(each) for each in found])
        return 0
    for each in found:
        click.echo(printable(f"{each.name}  {counted(len(each.articles), 'article')}  {each.digest}"))
    if not found:
        click.echo("no collections yet: 'talkscraper collection add NAME ARTICLE' makes one")
    return 0


@command.command("show")
@click.argument("name")
@json_option
@click.pass_context
def show_collection(ctx: click.Context, *, name: str, as_json: bool) -> int:
    """Show the articles of the collection NAME with their notes.

    \b
    Example:
      talkscraper collection show harbour
    """
    from talkscraper.collections import collection
    from talkscraper.collections.shelf import shown
    from talkscraper.terminal.styled_text import Text

    with _opened(ctx) as (folder, connection):
        found = collection(folder, name)
        members = shown(connection, found)
    if as_json:
        print_json({**_summary(found), "articles": [{**_flat(each.article), **_flat(each)} for each in members]})
        return 0
    screen = console()
    _say(found, as_json=False)
    for each in members:
        line = Text(f"{each.article.id}  ")
        line.append(printable(" · ".join(part for part in (each.day, each.source, each.title or "Untitled") if part)))
        if each.state != "as added":
            line.append(f"  {each.state}", style="yellow")
        screen.print(line)
        for note in (each.article.note or "").splitlines():
            screen.print(f"    {printable(note)}")
    return 0


@command.command("export")
@click.argument("name")
@click.argument("out", type=click.Path(path_type=Path))
@json_option
@click.pass_context
def export_collection(ctx: click.Context, *, name: str, out: Path, as_json: bool) -> int:
    """Write the articles of the collection NAME to OUT; as 'talkscraper export OUT --collection NAME'.

    \b
    Example:
      talkscraper collection export harbour harbour.ris
    """
    from talkscraper.cli.export import command as export

    return int(ctx.invoke(export, out=out, collection=name, as_json=as_json))


def _summary(found: Collection) -> dict[str, Any]:
    return {
        "name": found.name, "id": found.id, "created_at": plain(found.created_at), "digest": found.digest,
        "articles": len(found.articles),
    }  # fmt: skip


def _flat(value: object) -> dict[str, object]:
    members = plain(value)
    assert isinstance(members, dict)
    return {name: each for name, each in members.items() if name != "article"}


def _say(found: Collection, *, as_json: bool) -> None:
    if as_json:
        print_json(_summary(found))
    else:
        click.echo(printable(f"{found.name}: {counted(len(found.articles), 'article')}, {found.id}, {found.digest}"))
