"""``talkscraper kwic``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from talkscraper.cli.filters import copies_option, filter_options, require_source
from talkscraper.cli.options import (
    console,
    counted,
    json_option,
    print_json,
    printable,
    reading,
    write_text,
)

if TYPE_CHECKING:
    from talkscraper.store.kwic import Concordance, ContextLine, Sort
    from talkscraper.store.match import Copies
    from talkscraper.terminal.styled_text import Text

_SORTS = ("date", "left", "right")
_MIN_WIDTH, _MAX_WIDTH = 10, 300
_NAMED = 36
"""Columns of a terminal for the keyword, the article and its day."""


@click.command("kwic")
@click.argument("query", nargs=-1, required=True)
@click.option("--width", type=click.IntRange(_MIN_WIDTH, _MAX_WIDTH), help="Characters on either side [default: 60].")
@click.option(
    "--sort",
    type=click.Choice(_SORTS),
    default="date",
    show_default=True,
    help="Newest first, or by the words to the left or right.",
)
@filter_options
@copies_option
@click.option("--limit", type=click.IntRange(1, 5000), default=50, show_default=True, help="Lines of a page.")
@click.option("--page", type=click.IntRange(1, 5000), default=1, show_default=True, help="Number of the page.")
@click.option("--csv", "csv_file", metavar="FILE", help="Write all lines as CSV; - for stdout.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    query: tuple[str, ...],
    width: int | None,
    sort: Sort,
    limit: int,
    page: int,
    csv_file: str | None,
    copies: Copies,
    as_json: bool,
    **filters: Any,
) -> int:
    """List every place where the words of QUERY stand, in their context (a concordance).

    \b
    Examples:
      talkscraper kwic harbour --sort right --since 2025-10
      talkscraper kwic '"sea wall" OR quay' --width 80 --csv places.csv
    """
    from talkscraper.store.kwic import DEFAULT_WIDTH, concordance
    from talkscraper.store.match import SearchRequest

    screen = console()
    drawn = not as_json and csv_file is None
    if width is None:
        fits = max(_MIN_WIDTH, (screen.width - _NAMED) // 2)
        width = min(DEFAULT_WIDTH, fits) if drawn and screen.is_terminal else DEFAULT_WIDTH
    request = SearchRequest(text=" ".join(query), copies=copies, **filters)
    with reading(ctx) as (folder, connection):
        require_source(folder, connection, filters["source"])
        found = concordance(connection, request, width=width, sort=sort)
    if csv_file is not None:
        from talkscraper.export.kwic_csv import kwic_csv

        write_text(csv_file, kwic_csv(found.lines))
        if csv_file != "-":
            click.echo(f"wrote {counted(len(found.lines), 'line')} to {printable(csv_file)}", err=True)
    if as_json:
        print_json(found)
    elif drawn:
        _print_lines(found, (page - 1) * limit, limit)
    if not drawn:
        for note in found.notes:
            click.echo(f"note: {printable(note)}", err=True)
    return 0


def _print_lines(found: Concordance, first: int, limit: int) -> None:
    screen = console()
    shown = found.lines[first : first + limit]
    columns = max((_columns(each.left) for each in shown), default=0)
    behind = max((_columns(each.keyword) + _columns(each.right) for each in shown), default=0)
    for each in shown:
        screen.print(_line(each, columns, behind), wrap=False)
    total = counted(len(found.lines), "place") + f" in {counted(found.articles, 'article')}"
    screen.print(total if found.lines else "no place found")
    for note in found.notes:
        screen.print(printable(note), style="dim")
    if first + limit < len(found.lines):
        screen.print(f"more: --page {first // limit + 2}", style="dim")


def _line(each: ContextLine, columns: int, behind: int) -> Text:
    from talkscraper.terminal.styled_text import Text

    left, keyword, right = printable(each.left), printable(each.keyword), printable(each.right)
    line = Text(" " * (columns - _columns(each.left)) + left + "  ")
    line.append(keyword, style="bold yellow")
    line.append("  " + right + " " * (behind - _columns(each.keyword) - _columns(each.right)))
    line.append(f"  {each.article_id[:8]} {each.day} ¶{each.paragraph}", style="dim")
    return line


def _columns(text: str) -> int:
    """Return the number of columns that a terminal needs."""
    from talkscraper.terminal.styled_text import columns_of

    return columns_of(printable(text))
