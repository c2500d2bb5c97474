"""``talkscraper demo``."""

from __future__ import annotations

import dataclasses
import shlex
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.cli.options import (
    console,
    counted,
    folder_of,
    json_option,
    print_json,
    printable,
    typed_command,
)
from talkscraper.errors import ExitCode

if TYPE_CHECKING:
    from talkscraper.demo import Change, DemoReport
    from talkscraper.terminal.screen import Screen

DEFAULT_FOLDER = "demo-archive"
SEARCHES = (("harbour wall", 2), ("経済", 1))
"""The demo's search, and the number of hits shown."""


@click.command("demo")
@json_option
@click.pass_context
def command(ctx: click.Context, *, as_json: bool) -> int:
    """Crawl two invented newspapers on loopback twice, and show the resulting archive.

    The archive is demo-archive/ (or --archive DIR; TALKSCRAPER_ARCHIVE is ignored) and is replaced each time. No
    internet is used.

    \b
    Example:
      talkscraper demo
    """
    from talkscraper.cli.demo_output import OnScreen
    from talkscraper.demo import run_demo

    root = ctx.find_root()
    if not root.obj or (
        root.get_parameter_source("archive") is ParameterSource.ENVIRONMENT and root.obj == root.params["archive"]
    ):
        root.obj = (DEFAULT_FOLDER,)  # the environment may name a real archive
    folder = folder_of(ctx)
    screen = console(err=as_json)
    with screen.live("starting the fixture site"):
        report = run_demo(folder, OnScreen(screen))
    if as_json:
        print_json(report)
    else:
        _print(screen, report, folder, typed_command(ctx))
    return ExitCode.DONE


def _print(screen: Screen, report: DemoReport, folder: ArchiveFolder, program: str) -> None:
    from talkscraper.terminal.styled_text import Text

    screen.print("\nWhat changed overnight", style="bold")
    for change in report.changes:
        _print_change(screen, change)
    for words, limit in SEARCHES:
        screen.print(f"\n$ {program} search {shlex.quote(words)} --limit {limit}", style="bold")
        _search(folder, words, limit)
    revised = next((change.article_id for change in report.changes if change.kind == "revised"), "ARTICLE")
    holds = (
        f"\n{printable(str(report.archive))}/ holds {counted(report.articles, 'article')} from "
        f"{counted(report.captures, 'capture')}, {report.warc_bytes / 1024:.0f} KiB of WARC. "
    )
    screen.print(Text(holds).append("Try next", "bold"))
    for what, why in (
        (f"diff {revised[:8]}", "the correction, word by word"),
        (f"cite {revised[:8]}", "a reference that can be checked"),
        ("serve", "the reading room, in a browser"),
    ):
        screen.print(Text(f"  {program} {what:13}  ").append(f"# {why}", "dim"))


def _print_change(screen: Screen, change: Change) -> None:
    from talkscraper.terminal.styled_text import Text

    colour = {"revised": "yellow", "gone": "red", "new": "green"}[change.kind]
    line = Text("  ").append(f"{change.kind:9}", style=colour).append(printable(change.title))
    if change.kind == "gone":
        line.append(printable(f" ({change.detail}; the archive keeps it)"), style="dim")
    screen.print(line)
    if change.words:
        words = Text()
        for op, piece in change.words:
            bare = screen.is_coloured or op == "equal"
            marked = piece if bare else f"[-{piece}-]" if op == "delete" else f"{{+{piece}+}}"
            words.append(printable(marked), style={"equal": "dim", "delete": "red strike", "insert": "green"}[op])
        screen.print(words, indent=11)


def _search(folder: ArchiveFolder, words: str, limit: int) -> None:
    from talkscraper.cli.search import print_page
    from talkscraper.store.database import open_reader
    from talkscraper.store.match import SearchRequest
    from talkscraper.store.search import search

    connection = open_reader(folder.database)
    try:
        page = search(connection, SearchRequest(text=words, limit=limit))
    finally:
        connection.close()
    print_page(dataclasses.replace(page, next_cursor=None))
