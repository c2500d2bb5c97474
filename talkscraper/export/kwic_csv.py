"""A concordance as CSV: a row for each place where the words stand."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from talkscraper.export.formats.csv_rows import spreadsheet_cell
from talkscraper.store.kwic import ContextLine

COLUMNS = ("article_id", "source_id", "day", "paragraph", "left", "keyword", "right", "title", "url")


def kwic_csv(lines: Iterable[ContextLine]) -> Iterator[str]:
    """Yield the file, a line at a time; texts that a spreadsheet would run as formulas begin with ``'``."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for each in lines:
        writer.writerow([spreadsheet_cell(getattr(each, name), guard=True) for name in COLUMNS])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()
