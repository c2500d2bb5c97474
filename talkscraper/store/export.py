"""Export of articles: the whole result of a search, streamed, each with its WARC record."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sqlite3
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from talkscraper.atomic_file import replacing
from talkscraper.errors import UsageError
from talkscraper.fields import EXPORTED
from talkscraper.store.database import iso
from talkscraper.store.match import Prepared, SearchRequest, matches, prepare
from talkscraper.store.text_values import listed

Form = Literal["csv", "jsonl"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an export."""

    name: str
    kind: Literal["text", "integer", "list"]
    sql: str
    meaning: str


COLUMNS = tuple(
    Column(
        each.name,
        each.kind if each.kind in ("integer", "list") else "text",
        each.sql or f"a.{each.name}",
        f"{each.meaning} (CSV: joined by '; ')" if each.kind == "list" else each.meaning,
    )
    for each in EXPORTED
)
"""The columns of an export, as ``fields`` declares them; docs/searching.md explains them."""

_SELECT = (
    f"select {', '.join(f'{each.sql} as {each.name}' for each in COLUMNS)} from articles a"
    " left join captures c on c.id = a.capture_id left join sources s on s.id = a.source_id"
    " where a.seq = ? and a.hidden_at is null"
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_GROUP = 2_000
"""Number of rows per Parquet row group, and per progress report."""


def rows(
    connection: sqlite3.Connection, request: SearchRequest, *, since_indexed: datetime | None = None
) -> Iterator[dict[str, Any]]:
    """Yield every matching article, newest first, as a mapping with ``COLUMNS`` as keys.

    ``limit``, ``order`` and ``after`` of the request are ignored.

    Args:
        connection: Returns ``sqlite3.Row`` (as ``open_reader`` does).
        request: The search request.
        since_indexed: Only articles that became new, changed or visible in the archive at or after this time.

    Raises:
        QueryError: the query is invalid (raised at once, before the first row).
    """
    return _rows(connection, prepare(request), iso(since_indexed) if since_indexed else None)


def _rows(connection: sqlite3.Connection, prepared: Prepared, since: str | None) -> Iterator[dict[str, Any]]:
    lists = [each.name for each in COLUMNS if each.kind == "list"]
    for seq in seqs(connection, prepared, since):
        found = connection.execute(_SELECT, [seq]).fetchone()
        if found is None:
            continue
        row = dict(found)
        for name in lists:
            row[name] = listed(row[name])
        yield row


def seqs(connection: sqlite3.Connection, prepared: Prepared, since: str | None) -> Iterator[int]:
    """Return the row numbers of all matches, newest first; ``since``: only those indexed from that time on (ISO).

    All are looked up before the first is returned: a statement that waits for a slow consumer would hold a snapshot of
    the
    database, and the write-ahead log would grow until it ends.
    """
    yield from array("q", _seqs(connection, prepared, since))


def _seqs(connection: sqlite3.Connection, prepared: Prepared, since: str | None) -> Iterator[int]:
    changed = (
        "select seq from articles where hidden_at is null and indexed_at >= ? and seq between ? and ? order by seq desc"
    )
    if prepared.is_everything:
        yield from (row[0] for row in connection.execute(changed, [since or "", prepared.low, prepared.high]))
        return
    if since is None:
        yield from matches(connection, prepared)
        return
    recent = {row[0] for row in connection.execute(changed, [since, prepared.low, prepared.high])}
    yield from (seq for seq in matches(connection, prepared) if seq in recent)


def stream(
    connection: sqlite3.Connection,
    request: SearchRequest,
    form: Form,
    *,
    since_indexed: datetime | None = None,
    guard: bool = True,
) -> Iterator[bytes]:
    """Yield the export as the bytes of a file, piece by piece.

    Args:
        connection: As for ``rows``.
        request: As for ``rows``.
        form: ``csv`` (RFC 4180, UTF-8, lists joined by ``; ``) or ``jsonl`` (one JSON object per line).
        since_indexed: As for ``rows``.
        guard: In CSV, put ``'`` before a text that a spreadsheet would run as a formula.

    Raises:
        QueryError: the query is invalid (raised at once).
    """
    found = rows(connection, request, since_indexed=since_indexed)
    return csv_bytes(found, guard=guard) if form == "csv" else jsonl_bytes(found)


def csv_bytes(found: Iterator[dict[str, Any]], *, guard: bool = True) -> Iterator[bytes]:
    """Yield rows as CSV, the header first."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([each.name for each in COLUMNS])
    for row in found:
        yield _take(buffer)
        writer.writerow([_cell(row[each.name], guard=guard) for each in COLUMNS])
    yield _take(buffer)


def jsonl_bytes(found: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """Yield rows as JSON Lines."""
    for row in found:
        yield json.dumps(row, ensure_ascii=False).encode() + b"\n"


def export(
    connection: sqlite3.Connection,
    request: SearchRequest,
    out: Path,
    *,
    since_indexed: datetime | None = None,
    guard: bool = True,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write every matching article to ``out`` in the format of its suffix; return the number of articles.

    The file appears under its name only when it is complete.

    Raises:
        QueryError: the query is invalid.
        UsageError: the suffix is unknown, or Parquet needs a package that isn't installed.
        StorageError: the file can't be written.
    """
    form = form_of(out)
    found = _counted(rows(connection, request, since_indexed=since_indexed), progress)
    with replacing(out) as part:
        if form == "parquet":
            return write_parquet(part, found)
        pieces = csv_bytes(found, guard=guard) if form == "csv" else jsonl_bytes(found)
        if out.name.endswith(".gz"):
            with gzip.open(part, "wb") as handle:
                number = sum(1 for piece in pieces if handle.write(piece) >= 0)
        else:
            with part.open("wb") as plain:
                number = sum(1 for piece in pieces if plain.write(piece) >= 0)
        return number - 1 if form == "csv" else number


def form_of(out: Path) -> Literal["csv", "jsonl", "parquet"]:
    """Return the format for a file's suffix.

    Raises:
        UsageError: the suffix is unknown.
    """
    name = out.name.lower()
    if name.endswith((".csv", ".csv.gz")):
        return "csv"
    if name.endswith((".jsonl", ".jsonl.gz", ".ndjson")):
        return "jsonl"
    if name.endswith(".parquet"):
        return "parquet"
    raise UsageError(f"{out}: the name must end in .csv, .jsonl (both also .gz) or .parquet")


def write_parquet(path: Path, found: Iterator[dict[str, Any]]) -> int:
    """Write rows as Parquet (zstd); return their number.

    Raises:
        UsageError: pyarrow isn't installed.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as e:
        raise UsageError("Parquet needs pyarrow: pip install 'talkscraper[parquet]', or write .csv or .jsonl") from e
    kinds = {"text": pa.string(), "integer": pa.int64(), "list": pa.list_(pa.string())}
    schema = pa.schema([(each.name, kinds[each.kind]) for each in COLUMNS])
    number = 0
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        group: list[dict[str, Any]] = []
        for row in found:
            group.append(row)
            if len(group) == _GROUP:
                writer.write_table(pa.Table.from_pylist(group, schema=schema))
                number += len(group)
                group.clear()
        writer.write_table(pa.Table.from_pylist(group, schema=schema))
    return number + len(group)


def _counted(found: Iterator[dict[str, Any]], progress: Callable[[int], None] | None) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(found, 1):
        if progress is not None and number % 500 == 0:
            progress(number)
        yield row


def _take(buffer: io.StringIO) -> bytes:
    data = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return data


def _cell(value: object, *, guard: bool) -> object:
    if isinstance(value, list):
        value = "; ".join(str(each) for each in value)
    if guard and isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
