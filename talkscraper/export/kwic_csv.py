"""A concordance as CSV: a row for each place where the words stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from talkscraper.export.formats.csv_rows import csv_pieces, spreadsheet_cell
from talkscraper.store.kwic import ContextLine

COLUMNS = ("article_id", "source_id", "day", "paragraph", "left", "keyword", "right", "title", "url")


def kwic_csv(lines: Iterable[ContextLine]) -> Iterator[str]:
    """Yield the file; texts that a spreadsheet would run as formulas begin with ``'``."""
    return csv_pieces(
        COLUMNS, ([spreadsheet_cell(getattr(each, name), guard=True) for name in COLUMNS] for each in lines)
    )
