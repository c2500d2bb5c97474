"""CSV: RFC 4180, UTF-8, lists joined by ``; ``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from talkscraper.export.model import Export, ExportFormat, FormatOption
from talkscraper.store.export import COLUMNS

NO_GUARD = FormatOption(
    name="no-guard", help="Leave texts that a spreadsheet would run as formulas as they are.", served=True
)
BOM = FormatOption(
    name="bom", help="Begin .csv with a byte order mark, without which Excel doesn't read it as UTF-8.", served=True
)
_PIECE = 1 << 16
"""Characters of a piece."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _pieces(export: Export) -> Iterator[bytes]:
    guard = NO_GUARD.name not in export.options
    names = [each.name for each in COLUMNS]
    rows = ([spreadsheet_cell(row[name], guard=guard) for name in names] for row in export.rows())
    beginning = "\ufeff" if BOM.name in export.options else ""
    for piece in csv_pieces(names, rows):
        yield (beginning + piece).encode()
        beginning = ""


def _take(buffer: io.StringIO) -> str:
    data = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return data


def csv_pieces(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Yield a table as CSV, in pieces; cells are written as they are, see ``spreadsheet_cell``."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(columns)
    for row in rows:
        writer.writerow(row)
        if buffer.tell() >= _PIECE:
            yield _take(buffer)
    yield _take(buffer)


def spreadsheet_cell(value: object, *, guard: bool) -> object:
    """Return a value as a cell: lists joined by ``; ``, and, with ``guard``, ``'`` before what looks like a formula."""
    if isinstance(value, list):
        value = "; ".join(str(each) for each in value)
    if guard and isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


CSV = ExportFormat(
    name="csv",
    label="CSV",
    description="one row per article, for spreadsheets",
    media_type="text/csv; charset=utf-8",
    ending=".csv",
    may_be_gzipped=True,
    is_text=True,
    options=(NO_GUARD, BOM),
    pieces=_pieces,
)
