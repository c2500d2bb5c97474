"""``talkscraper changes``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from talkscraper.cli.filters import require_source
from talkscraper.cli.options import (
    console,
    json_option,
    print_json,
    printable,
    reading,
)
from talkscraper.fields import CHANGE_KINDS

if TYPE_CHECKING:
    from talkscraper.store.changes import ChangesPage

_KINDS = "\b\nKinds:\n" + "\n".join(f"  {kind}: {meaning}" for kind, meaning in CHANGE_KINDS.items())


@click.command("changes", epilog=_KINDS)
@click.option("--source", metavar="SOURCE", multiple=True, help="Only this source (its name in sources.toml).")
@click.option("--since", metavar="DAY", help="Captured on this day or later: 2025-10-28, 2025-10 or 2025 (UTC).")
@click.option("--until", metavar="DAY", help="Captured on this day or earlier.")
@click.option("--kind", metavar="KIND", multiple=True, help="Only this kind, such as number, headline or gone.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="Maximum number of changes.")
@click.option("--after", metavar="CURSOR", help="The cursor at the end of the previous page.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    source: tuple[str, ...],
    since: str | None,
    until: str | None,
    kind: tuple[str, ...],
    limit: int,
    after: str | None,
    as_json: bool,
) -> int:
    """Show what newsrooms changed after publication, newest first: the words, and pages that were gone or back.

    Of several sources, or several kinds, a change must have one.

    \b
    Examples:
      talkscraper changes --kind number --since 2025-10
      talkscraper changes --source talkofnations --kind gone --json
    """
    from talkscraper.store.changes import ChangesRequest, changes

    with reading(ctx) as (folder, connection):
        require_source(folder, connection, source)
        page = changes(
            connection,
            ChangesRequest(source=source, since=since, until=until, kind=kind, limit=limit, after=after),
        )
    if as_json:
        print_json(page)
    else:
        _print(page)
    return 0


def _print(page: ChangesPage) -> None:
    from talkscraper.cli.diff import marked_words

    screen = console()
    for each in page.changes:
        screen.print(printable(each.title or each.url), style="bold")
        facts = [each.article_id, each.at, each.source_name or "", ", ".join(each.kinds), each.reason or ""]
        if each.number:
            facts.append(f"revision {each.number}")
        screen.print(printable(" · ".join(fact for fact in facts if fact)), style="dim", indent=2)
        for field in each.fields:
            screen.print(marked_words(screen, field.pieces, f"{field.label}: "), indent=2)
        for excerpt in each.words:
            line = [(op, " ".join(text.split("\n"))) for op, text in excerpt]
            screen.print(marked_words(screen, line), indent=2)
        if each.more:
            screen.print(f"more: talkscraper diff {each.article_id}", style="dim", indent=2)
        screen.print()
    if not page.changes:
        screen.print("nothing has changed")
    if page.next_cursor:
        screen.print(f"more: --after {page.next_cursor}", style="dim")
