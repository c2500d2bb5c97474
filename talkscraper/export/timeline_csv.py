"""A timeline as CSV in long form: a row for each period and series, as R's tidyverse and pandas like it."""

from __future__ import annotations

from collections.abc import Iterator

from talkscraper.export.formats.csv_rows import csv_pieces, spreadsheet_cell
from talkscraper.store.timeline import Timeline

COLUMNS = ("period", "series", "matches", "total", "share")


def timeline_csv(found: Timeline) -> Iterator[str]:
    """Yield the file; ``period`` is the first day of each period."""
    return csv_pieces(COLUMNS, _rows(found))


def _rows(found: Timeline) -> Iterator[list[object]]:
    for each in found.series:
        name = spreadsheet_cell(each.key, guard=True)
        yield from ([p.start.isoformat(), name, p.matches, p.total, f"{p.share:.6f}"] for p in each.points)
