"""Parquet, compressed with zstd; lists are lists, times are timestamps in UTC, days are dates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from talkscraper.errors import ArchiveError
from talkscraper.export.model import Export, ExportFormat
from talkscraper.extras import ExtraMissing
from talkscraper.store.database import from_iso
from talkscraper.store.export import COLUMNS

_GROUP = 2_000
"""Number of rows per row group."""


def write_parquet(path: Path, found: Iterator[dict[str, Any]]) -> None:
    """Write rows with ``COLUMNS`` as keys.

    Raises:
        ExtraMissing: pyarrow isn't installed.
    """
    write_table(path, {each.name: each.kind for each in COLUMNS}, (typed(row) for row in found))


def write_table(path: Path, columns: Mapping[str, str], found: Iterable[dict[str, Any]], *, group: int = _GROUP) -> int:
    """Write rows whose values are as the kinds of ``columns`` say, by name; return their number.

    ``group``: number of rows per row group.

    Raises:
        ExtraMissing: pyarrow isn't installed.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as e:
        raise ExtraMissing("Parquet needs pyarrow:", "parquet", ", or write .csv or .jsonl") from e
    kinds = {
        "text": pa.string(),
        "integer": pa.int64(),
        "list": pa.list_(pa.string()),
        "time": pa.timestamp("us", tz="UTC"),
        "day": pa.date32(),
    }
    schema = pa.schema([(name, kinds[kind]) for name, kind in columns.items()])
    number = 0
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        part: list[dict[str, Any]] = []
        for row in found:
            number += 1
            part.append(row)
            if len(part) == group:
                writer.write_table(pa.Table.from_pylist(part, schema=schema))
                part.clear()
        if part or not number:
            writer.write_table(pa.Table.from_pylist(part, schema=schema))
    return number


_TIMES = tuple(each.name for each in COLUMNS if each.kind == "time")
_DAYS = tuple(each.name for each in COLUMNS if each.kind == "day")


def typed(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of an export with times and days as Python has them."""
    return (
        row
        | {name: _read(from_iso, row[name]) for name in _TIMES}
        | {name: _read(date.fromisoformat, row[name]) for name in _DAYS}
    )


def _read(parse: Callable[[str], Any], text: str | None) -> Any:
    """Return a time or day; None where a row of another program has something else."""
    try:
        return parse(text) if text else None
    except (ValueError, ArchiveError):
        return None


def _write(export: Export, path: Path) -> None:
    write_parquet(path, export.rows())


PARQUET = ExportFormat(
    name="parquet",
    label="Parquet",
    description="typed columns, for pandas, R and DuckDB; needs `pip install 'talkscraper[parquet]'`",
    media_type="application/vnd.apache.parquet",
    ending=".parquet",
    write=_write,
)
