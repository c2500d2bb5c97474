"""``talkscraper search``."""

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
)

if TYPE_CHECKING:
    from talkscraper.store.match import Copies, Order
    from talkscraper.store.search import Hit, SearchPage
    from talkscraper.terminal.styled_text import Text

_ORDERS = ("best", "newest", "oldest")


@click.command("search")
@click.argument("query", nargs=-1)
@filter_options
@click.option("--order", type=click.Choice(_ORDERS), default="best", show_default=True, help="Order of the hits.")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="Maximum number of hits.")
@click.option("--after", metavar="CURSOR", help="The cursor at the end of the previous page.")
@copies_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    query: tuple[str, ...],
    order: Order,
    limit: int,
    after: str | None,
    copies: Copies,
    as_json: bool,
    **filters: Any,
) -> int:
    """Find articles by words, "phrases", AND, OR, NOT, word*, title:, author:, source:, lang:, section:, words:.

    Without QUERY, everything that matches the filters. Exclude a word with NOT word (or -word after --).

    \b
    Examples:
      talkscraper search harbour wall --since 2025-10
      talkscraper search '"harbour wall" OR title:quay' --source talkofnations --order newest
      talkscraper search 'harbour words:>500'
      talkscraper search harbour --copies collapse
    """
    from talkscraper.store.match import SearchRequest
    from talkscraper.store.search import search

    with reading(ctx) as (folder, connection):
        require_source(folder, connection, filters["source"])
        page = search(
            connection,
            SearchRequest(
                text=" ".join(query),
                order=order,
                limit=limit,
                after=after,
                copies=copies,
                **filters,
            ),
        )
    if as_json:
        print_json(page)
    else:
        print_page(page, ("story", "stories") if copies == "collapse" else ("article", "articles"))
    return 0


def print_page(page: SearchPage, counts: tuple[str, str] = ("article", "articles")) -> None:
    """Print hits as text: title, source, date, and a passage with the matches marked."""
    screen = console()
    for hit in page.hits:
        screen.print(_marked(hit.title_marked or hit.url, "bold"))
        facts = [hit.article_id, _date(hit.published_at, hit.published_precision, hit.day), hit.source_name or ""]
        if hit.authors:
            facts.append(", ".join(hit.authors[:3]))
        if hit.revision_count > 1:
            facts.append(counted(hit.revision_count, "revision"))
        if hit.truncated:
            facts.append("only the part before a paywall")
        if hit.gone_at:
            facts.append(f"gone since {hit.gone_at[:10]}")
        screen.print(printable(" · ".join(fact for fact in facts if fact)), style="dim", indent=2)
        if hit.copies:
            screen.print(printable(_copies(hit)), style="dim", indent=2)
        screen.print(_marked(hit.snippet), indent=2)
        screen.print()
    screen.print(_summary(page, counts))
    for note in page.notes:
        screen.print(printable(note), style="dim")
    if page.next_cursor:
        screen.print(f"more: --after {page.next_cursor}", style="dim")


def _summary(page: SearchPage, counts: tuple[str, str]) -> str:
    if not page.total:
        return "no article found"
    return f"{'' if page.total_is_exact else 'more than '}{counted(page.total, *counts)} found"


def _copies(hit: Hit) -> str:
    """Return where else the text stands, who was first, and the agency: ``also in 3 papers: …``."""
    papers = hit.also_in
    facts = [f"also in {counted(len(papers), 'paper')}: {', '.join(papers[:5])}{' …' if len(papers) > 5 else ''}"]
    if len(papers) < len(hit.copies):
        facts = [*(facts if papers else []), counted(len(hit.copies), "copy", "copies")]
    if hit.first is not None:
        date = _date(hit.first.published_at, hit.first.published_precision, hit.first.day)
        facts.append(f"first: {hit.first.source_name or hit.first.article_id}, {date}")
    if hit.agency:
        facts.append(hit.agency)
    return " · ".join(facts)


def _marked(text: str, style: str = "") -> Text:
    from talkscraper.store.snippets import CLOSE, OPEN
    from talkscraper.terminal.styled_text import Text

    result = Text(style=style)
    for number, part in enumerate(text.split(OPEN)):
        inside, mark, outside = part.partition(CLOSE)
        if number and mark:
            result.append(printable(inside), style="bold yellow")
            result.append(printable(outside))
        else:
            result.append(printable(part))
    return result


def _date(published_at: str | None, precision: str | None, day: str) -> str:
    if published_at is None:
        return f"captured {day}"
    if precision == "year":
        return day[:4]
    return day[:7] if precision == "month" else day
