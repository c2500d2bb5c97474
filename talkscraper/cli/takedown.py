"""``talkscraper takedown``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from talkscraper.cli.options import console, counted, folder_of, json_option, print_json, printable
from talkscraper.errors import ExitCode

if TYPE_CHECKING:
    from talkscraper.preserve.receipts import Receipt

SHOWN = 20
"""Maximum number of lines printed of one list; --json has them all."""


@click.command("takedown")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--reason", required=True, metavar="TEXT", help="Who requested it, and why; shown instead of the page.")
@click.option(
    "--depth",
    type=click.Choice(["hide", "delete", "rewrite"]),
    default="hide",
    show_default=True,
    help="hide: no longer found or shown. delete: rows and full text are gone too. rewrite: the WARC record as well.",
)
@click.option("--dry-run", is_flag=True, help="Only list what would be removed.")
@json_option
@click.pass_context
def command(ctx: click.Context, *, urls: tuple[str, ...], reason: str, depth: str, dry_run: bool, as_json: bool) -> int:
    """Hide, delete or cut out the content of an address, and never fetch it again.

    The address of an article, or any of its aliases, stands for the whole article with all its addresses, revisions
    and captures. The receipt is stored in reports/ and in the table takedowns; it lists the exports and backups known
    to contain it, which are not changed.

    Exit codes: 0 done, 1 a reader kept deleted pages in the database's log (stop 'serve' and run it again),
    74 the record is still in an object store that couldn't be reached (run it again), 75 another run holds the archive.

    \b
    Examples:
      talkscraper takedown https://news.example/posts/a --reason "asked by the author, 3 March" --dry-run
      talkscraper takedown https://news.example/posts/a --reason "court order 7/26" --depth rewrite
    """
    from talkscraper.preserve.receipts import Depth
    from talkscraper.preserve.takedown import takedown

    receipt = takedown(folder_of(ctx), urls, reason=reason, depth=Depth(depth), now=datetime.now(UTC), dry_run=dry_run)
    if as_json:
        print_json(receipt)
    else:
        _print(receipt)
    if receipt.store_problems:
        return ExitCode.IO
    return ExitCode.ERROR if receipt.pages_cleared is False else ExitCode.DONE


def _print(receipt: Receipt) -> None:
    screen = console()
    done = {
        "hide": ("Hidden", "would be hidden"),
        "delete": ("Deleted", "would be deleted"),
        "rewrite": ("Cut out", "would be cut out"),
    }[receipt.depth]
    articles, captures = counted(len(receipt.articles), "article"), counted(len(receipt.records), "capture")
    what = f"{articles} and {captures} at {counted(len(receipt.urls), 'address', 'addresses')}"
    screen.print(f"{what} {done[1]}" if receipt.dry_run else f"{done[0]}: {what}")
    _list("", receipt.urls)
    _list(
        "",
        [f"article {each.id} {each.title or ''} ({counted(each.revisions, 'revision')})" for each in receipt.articles],
    )
    _list("", [f"{each.file} at byte {each.offset}" for each in receipt.records])
    for each in receipt.files:
        screen.print(f"{each.name} was rewritten without {counted(len(each.removed), 'record')}")
    if receipt.restored:
        screen.print(f"payloads that other addresses share with it are kept in {receipt.restored}")
    _list("It is still in:", [f"{each.path} ({each.kind}: {each.told})" for each in receipt.copies])
    _list("The same bytes or text stay at:", receipt.same_elsewhere)
    _list("These name it, and their captures stay:", receipt.named_by)
    _list("In the object store:", receipt.at_store)
    _list("Not done in the object store, and to be repeated:", receipt.store_problems)
    if receipt.pages_cleared is False:
        screen.print(
            "A reader holds the database, so deleted pages are still in its log: stop 'talkscraper serve' and "
            "whatever else reads it, and run this again",
        )
    if receipt.file:
        screen.print(f"Receipt: {receipt.file}")


def _list(title: str, lines: tuple[str, ...] | list[str]) -> None:
    screen = console()
    if title and lines:
        screen.print(title)
    for line in lines[:SHOWN]:
        screen.print(f"  {printable(line)}")
    if len(lines) > SHOWN:
        screen.print(f"  and {len(lines) - SHOWN} more (--json lists them)")
