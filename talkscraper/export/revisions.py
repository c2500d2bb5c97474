"""Export of revisions: one row for each revision of each article of a search, with the words that changed."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from talkscraper.atomic_file import replacing
from talkscraper.errors import UsageError
from talkscraper.export.formats.csv_rows import NO_GUARD, spreadsheet_cell
from talkscraper.export.formats.parquet import write_table
from talkscraper.export.model import Export
from talkscraper.store.change_words import changed_words, plain
from talkscraper.store.content import Content
from talkscraper.store.field_changes import field_changes
from talkscraper.store.text_values import listed

COLUMNS = {
    "article_id": "text",
    "url": "text",
    "source_id": "text",
    "number": "integer",
    "captured_at": "text",
    "capture_id": "text",
    "change": "text",
    "kinds": "list",
    "changed_fields": "list",
    "changed_words": "text",
    "changed_words_cut": "integer",
    "title": "text",
    "authors": "list",
    "published_at": "text",
    "published_precision": "text",
    "modified_at": "text",
    "word_count": "integer",
    "text": "text",
    "text_digest": "text",
}
"""Name → kind of each column, in their order."""
ENDINGS = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".parquet")


def revision_rows(export: Export) -> Iterator[dict[str, Any]]:
    """Yield the revisions of the articles of an export, each article's in their order.

    Raises:
        QueryError: the query is invalid (raised at once, before the first row).
    """
    return _rows(export, export.article_ids())


def _rows(export: Export, ids: Iterator[str]) -> Iterator[dict[str, Any]]:
    for article_id in ids:
        before: Content | None = None
        found = export.connection.execute(
            "select r.*, a.url, a.source_id from revisions r join articles a on a.id = r.article_id"
            " where r.article_id = ? and a.hidden_at is null order by r.number",
            [article_id],
        ).fetchall()
        for each in found:
            row = dict(each)
            content = Content.of_row(row)
            row |= {"kinds": listed(row["kinds"]), "authors": listed(row["authors"])}
            row |= _changed(before, content)
            yield {name: row[name] for name in COLUMNS}
            before = content


def _changed(before: Content | None, content: Content) -> dict[str, Any]:
    if before is None:
        return {"changed_fields": [], "changed_words": "", "changed_words_cut": 0}
    names = [each.field for each in field_changes(before, content)]
    if before.text != content.text:
        names.append("text")
    words, more = changed_words(before.text, content.text)
    return {"changed_fields": names, "changed_words": plain(words), "changed_words_cut": int(more)}


def write_revisions(export: Export, out: Path) -> int:
    """Write an export of revisions to ``out``; return their number. The file appears when it is complete.

    Raises:
        QueryError: the query is invalid.
        UsageError: the ending is none of ``ENDINGS``, or Parquet needs a package that isn't installed.
        StorageError: the file can't be written.
    """
    name = out.name.lower()
    if not name.endswith(ENDINGS):
        raise UsageError(f"{out}: revisions are written as {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}")
    rows = revision_rows(export)
    with replacing(out) as part:
        if name.endswith(".parquet"):
            return write_table(part, COLUMNS, rows)
        with gzip.open(part, "wb") if name.endswith(".gz") else part.open("wb") as handle:
            number = _write_lines(handle, rows, as_csv=".csv" in name[-7:], guard=NO_GUARD.name not in export.options)
    return number


def _write_lines(handle: BinaryIO | gzip.GzipFile, rows: Iterator[dict[str, Any]], *, as_csv: bool, guard: bool) -> int:
    number = 0
    if as_csv:
        handle.write(_line(list(COLUMNS)))
    for row in rows:
        number += 1
        if as_csv:
            handle.write(_line([spreadsheet_cell(value, guard=guard) for value in row.values()]))
        else:
            handle.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    return number


def _line(values: list[Any]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerow(values)
    return buffer.getvalue().encode()
