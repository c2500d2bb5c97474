"""Frozen release of a result set, with all that is needed to check it years later."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator
from hashlib import file_digest
from pathlib import Path
from typing import Any

from talkscraper.atomic_file import replacing
from talkscraper.errors import StorageError, UsageError
from talkscraper.export.formats.parquet import write_parquet
from talkscraper.export.model import Export
from talkscraper.store.database import iso
from talkscraper.store.export import COLUMNS
from talkscraper.version import __version__

ARTICLES = "articles.parquet"
SCHEMA = "schema.json"
QUERY = "query.json"
README = "README.md"
SUMS = "SHA256SUMS"


def write_release(export: Export, out: Path) -> int:
    """Write the folder ``out``; return the number of articles in it.

    Args:
        export: What to release; its request is stored in ``query.json``.
        out: A folder that doesn't exist or is empty: a release is never overwritten.

    Raises:
        UsageError: the folder isn't empty; pyarrow isn't installed.
        QueryError: the query is invalid.
        StorageError: a file can't be written.
    """
    found = export.rows()
    try:
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()):
            raise UsageError(f"{out} isn't empty: a release is written once, into a folder of its own")
    except OSError as e:
        raise StorageError(f"can't make {out}: {e.strerror}") from e
    newest = ""
    files: set[str | None] = set()

    def noted() -> Iterator[dict[str, Any]]:
        nonlocal newest
        for row in found:
            newest = max(newest, row["indexed_at"])
            files.add(row["warc_file"])
            yield row

    with replacing(out / ARTICLES) as part:
        write_parquet(part, noted())
    query = {
        "written_at": iso(export.made_at),
        "talkscraper": __version__,
        "request": {
            name: list(value) if isinstance(value, tuple) else str(value)
            for name, value in (("text", export.request.text), *export.request.filters)
            if value
        },
        "copies": export.request.copies,
        "since_indexed": iso(export.since_indexed) if export.since_indexed else None,
        "articles": export.articles,
        "newest_indexed_at": newest or None,
        "warc_files": _warc_files(export.connection, files),
    }
    schema = [{"name": each.name, "type": each.kind, "meaning": each.meaning} for each in COLUMNS]
    _write(out / QUERY, json.dumps(query, ensure_ascii=False, indent=2) + "\n")
    _write(out / SCHEMA, json.dumps(schema, ensure_ascii=False, indent=2) + "\n")
    _write(out / README, _readme(query))
    sums = "".join(f"{_sha256(out / name)}  {name}\n" for name in (ARTICLES, QUERY, SCHEMA, README))
    _write(out / SUMS, sums)
    return export.articles


def _warc_files(connection: sqlite3.Connection, names: Collection[str | None]) -> list[dict[str, Any]]:
    known = connection.execute("select name, size, sha256, records from warc_files order by name")
    return [dict(row) for row in known if row["name"] in names]


def _readme(query: dict[str, Any]) -> str:
    words = json.dumps(query["request"], ensure_ascii=False, sort_keys=True)
    next_one = query["newest_indexed_at"] or query["written_at"]
    return f"""# A release of {query["articles"]:,} news articles

Written by talkscraper {query["talkscraper"]} on {query["written_at"]}. It doesn't change any more; check it with
`sha256sum --check {SUMS}`.

- `{ARTICLES}`: one row an article, newest first.
- `{SCHEMA}`: what each column means.
- `{QUERY}`: what was asked ({words}), and the WARC files with their SHA-256 that the texts were derived from.

Each row names the WARC record it came from (`warc_file`, `warc_offset`, `capture_id`, `payload_digest`) and the
digest of its text, so `talkscraper cite --check` can derive the text again from the archive.
The next instalment: `--since-indexed {next_one}` (articles of that second come again).

The texts belong to their publishers; `licence` says what a page declares.
"""


def _write(path: Path, text: str) -> None:
    with replacing(path) as part:
        part.write_text(text, "utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return file_digest(handle, "sha256").hexdigest()
