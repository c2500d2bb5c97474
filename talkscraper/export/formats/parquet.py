"""Parquet, compressed with zstd; lists are lists."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from talkscraper.errors import UsageError
from talkscraper.export.model import Export, ExportFormat
from talkscraper.extras import install_extra
from talkscraper.store.export import COLUMNS

_GROUP = 2_000
"""Number of rows per row group."""


def write_parquet(path: Path, found: Iterator[dict[str, Any]]) -> None:
    """Write rows with ``COLUMNS`` as keys.

    Raises:
        UsageError: pyarrow isn't installed.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as e:
        raise UsageError(f"Parquet needs pyarrow: {install_extra('parquet')}, or write .csv or .jsonl") from e
    kinds = {"text": pa.string(), "integer": pa.int64(), "list": pa.list_(pa.string())}
    schema = pa.schema([(each.name, kinds[each.kind]) for each in COLUMNS])
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        group: list[dict[str, Any]] = []
        for row in found:
            group.append(row)
            if len(group) == _GROUP:
                writer.write_table(pa.Table.from_pylist(group, schema=schema))
                group.clear()
        writer.write_table(pa.Table.from_pylist(group, schema=schema))


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
