"""``talkscraper demo``."""

from __future__ import annotations

from pathlib import Path

import click

from talkscraper.cli.options import console, folder_of, json_option, print_json, printable
from talkscraper.errors import ExitCode
from talkscraper.folder import ArchiveFolder

DEFAULT_FOLDER = Path("demo-archive")
SEARCHES = ("harbour wall", "経済")


@click.command("demo")
@json_option
@click.pass_context
def command(ctx: click.Context, *, as_json: bool) -> int:
    """A small newsroom on loopback, crawled twice, and what is now in the archive.

    The archive goes to demo-archive/ (or --archive DIR) and is made anew each time. No internet is used.

    \b
    Example:
      talkscraper demo
    """
    from talkscraper.demo import run_demo

    folder = folder_of(ctx) if ctx.find_root().obj else ArchiveFolder(DEFAULT_FOLDER)
    screen = console(err=as_json)
    report = run_demo(folder, lambda line: screen.print(f"[bold]•[/bold] {line}"))
    if as_json:
        print_json(report)
        return ExitCode.DONE

    screen.print(
        f"\n[bold]{report.articles} articles[/bold] ({report.first_day} on the first day) from {report.captures} "
        f"captures; {report.warc_bytes / 1024:.0f} KiB of WARC in {printable(str(report.archive))}/warc\n"
    )
    screen.print("[bold]What changed overnight[/bold]")
    for change in report.changes:
        screen.print(f"  {change.kind:8} {change.article_id}  ", end="")
        screen.print(f"{printable(change.title)} ({printable(change.detail)})", markup=False)
    for words in SEARCHES:
        screen.print(f"\n[bold]talkscraper search '{words}'[/bold]")
        _search(folder, words)
    revised = next((change.article_id for change in report.changes if change.kind == "revised"), "ARTICLE")
    screen.print("\n[bold]Try next[/bold]")
    for line in (f"diff {revised}", f"cite {revised}", "serve"):
        screen.print(f"  talkscraper --archive {printable(str(report.archive))} {line}", markup=False)
    return ExitCode.DONE


def _search(folder: ArchiveFolder, words: str) -> None:
    from talkscraper.cli.search import print_page
    from talkscraper.store.database import open_reader
    from talkscraper.store.search import SearchRequest, search

    connection = open_reader(folder.database)
    try:
        print_page(search(connection, SearchRequest(text=words, limit=3)))
    finally:
        connection.close()
