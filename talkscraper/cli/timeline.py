"""``talkscraper timeline``."""

from __future__ import annotations

from collections.abc import Sequence
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
    from talkscraper.store.match import Copies
    from talkscraper.store.periods import Unit
    from talkscraper.store.timeline import Series, Timeline
    from talkscraper.store.timeline_counts import By

_BYS = ("source", "language", "section", "country")
_UNITS = ("day", "week", "month")
_BLOCKS = " ▏▎▍▌▋▊▉█"
_SMALL_BASE = 20
_MIN_BAR, _MAX_BAR = 10, 60
_MAX_DRAWN = 800


@click.command("timeline")
@click.argument("query", nargs=-1)
@click.option("--by", type=click.Choice(_BYS), help="Divide the matches by source, language, section or country.")
@click.option("--unit", type=click.Choice(_UNITS), help="Length of a period; weeks are ISO weeks [default: as suits].")
@filter_options
@copies_option
@click.option("--csv", "csv_file", metavar="FILE", help="Write CSV (period,series,matches,total,share); - for stdout.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    query: tuple[str, ...],
    by: By | None,
    unit: Unit | None,
    csv_file: str | None,
    copies: Copies,
    as_json: bool,
    **filters: Any,
) -> int:
    """Count the articles that match each QUERY by day, week or month, and their share of all articles.

    Each QUERY is a series: quote one of several words. Filters restrict both numbers of a share.

    \b
    Examples:
      talkscraper timeline harbour '"sea wall"' --since 2025-10
      talkscraper timeline 'harbour OR quay' --by source --unit week --csv weeks.csv
    """
    from talkscraper.store import timeline as lines
    from talkscraper.store.match import SearchRequest

    requests = [SearchRequest(text=each, copies=copies, **filters) for each in dict.fromkeys(query or ("",))]
    listed = as_json or csv_file is not None
    with reading(ctx) as (folder, connection):
        require_source(folder, connection, filters["source"])
        found = lines.timeline(
            connection,
            requests,
            by=by,
            unit=unit,
            most_periods=lines.MAX_LISTED_PERIODS if listed else _MAX_DRAWN,
            most_series=lines.MAX_LISTED_SERIES if listed else lines.MAX_SERIES,
        )
    if csv_file is not None:
        from talkscraper.export.timeline_csv import timeline_csv

        write_text(csv_file, timeline_csv(found))
    if as_json:
        print_json(lines.document(found))
    elif csv_file is None:
        _draw(found)
    elif csv_file != "-":
        rows = len(found.series) * len(found.periods)
        click.echo(f"wrote {counted(rows, 'row')} to {printable(csv_file)}")
    if listed:
        for note in found.notes:
            click.echo(f"note: {printable(note)}", err=True)
    return 0


def _draw(found: Timeline) -> None:
    """Print each series as bars, with its numbers."""
    screen = console()
    if not found.matches:
        screen.print("no article found")
    most = max((point.matches for each in found.series for point in each.points), default=0)
    for each in found.series if found.matches else ():
        screen.print(printable(_heading(each, found)), style="bold")
        _draw_series(each, found, most)
        screen.print()
    for note in found.notes:
        screen.print(printable(note), style="dim")
    if found.earlier:
        screen.print(f"earlier: --until {found.earlier.isoformat()} --unit {found.unit}", style="dim")


def _heading(each: Series, found: Timeline) -> str:
    from talkscraper.store.timeline import sized_base

    return f"{each.name}: {each.matches:,} of {sized_base(each.base, each.articles)}, per {found.unit}"


def _draw_series(each: Series, found: Timeline, most: int) -> None:
    from talkscraper.terminal.styled_text import Text

    screen = console()
    starts = _labels([point.start.isoformat() for point in each.points], found.unit)
    figures = [f"{point.matches:,} of {point.total:,}" for point in each.points]
    label, figure = max(map(len, starts), default=0), max(map(len, figures), default=0)
    width = min(_MAX_BAR, max(_MIN_BAR, screen.width - label - figure - 12)) if screen.is_terminal else _MAX_BAR
    for start, text, point in zip(starts, figures, each.points, strict=True):
        line = Text(f"{start:<{label}}  {text:>{figure}}")
        is_small = 0 < point.total < _SMALL_BASE
        line.append(f"  {point.share * 100:5.1f} %" if point.total else " " * 9, style="dim" if is_small else "")
        line.append(f"  {_bar(point.matches, most, width)}".rstrip(), style="dim" if is_small else "cyan")
        screen.print(line)


def _labels(starts: Sequence[str], unit: str) -> list[str]:
    from datetime import date

    if unit == "month":
        return [each[:7] for each in starts]
    if unit == "day":
        return list(starts)
    weeks = [date.fromisoformat(each).isocalendar() for each in starts]
    return [f"{week.year}-W{week.week:02} {start}" for week, start in zip(weeks, starts, strict=True)]


def _bar(value: int, most: int, width: int) -> str:
    """Return a bar of unicode blocks, in eighths; every match shows."""
    eighths = max(1, round(value * width * 8 / most)) if value else 0
    return "█" * (eighths // 8) + _BLOCKS[eighths % 8].strip()
