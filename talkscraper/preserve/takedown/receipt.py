"""Receipts of takedowns: the request, what was done to which records and files, and which copies remain."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.atomic_file import write_whole
from talkscraper.preserve.copies import Copy
from talkscraper.preserve.takedown.scope import TakenArticle
from talkscraper.preserve.takedown.warc_rewrite import RewrittenWarc
from talkscraper.store.database import iso


class Depth(StrEnum):
    """The depth of a takedown; each includes the ones before it."""

    HIDE = "hide"
    DELETE = "delete"
    REWRITE = "rewrite"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPlace:
    """A record affected by a takedown."""

    record_id: str
    url: str
    captured_at: datetime
    file: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReceipt:
    """A WARC that was rewritten."""

    name: str
    sha256_before: str
    sha256: str
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was done, or (``dry_run``) would be."""

    depth: Depth
    reason: str
    taken_at: datetime
    urls: tuple[str, ...]
    articles: tuple[TakenArticle, ...]
    records: tuple[RecordPlace, ...]
    files: tuple[FileReceipt, ...] = ()
    restored: str | None = None
    """A WARC with payloads that remaining addresses shared with the ones taken down."""
    torn_removed: tuple[str, ...] = ()
    """Torn tails that held a part of it, and were deleted."""
    copies: tuple[Copy, ...] = ()
    """Exports and backups that hold it; they aren't changed."""
    same_elsewhere: tuple[str, ...] = ()
    """Addresses with the same payload or text, which stay."""
    named_by: tuple[str, ...] = ()
    """Feeds and listings whose captures name it."""
    pages_cleared: bool | None = None
    """Whether the database's file and WAL are free of it; None if that wasn't requested."""
    dry_run: bool = False
    file: str | None = None
    """The path of the receipt."""


def as_json(receipt: Receipt) -> str:
    """Return a receipt as JSON, as stored in ``reports/`` and ``takedowns``."""
    return json.dumps(asdict(receipt), ensure_ascii=False, indent=1, default=_plain)


def of_address(receipt: Receipt, url: str, records: Iterable[RecordPlace]) -> Receipt:
    """Return the part of a receipt about one of its addresses, with the records there.

    The first row of a takedown holds the whole receipt and the others this part, otherwise a takedown of a thousand
    addresses would be stored a thousand times.
    """
    return replace(
        receipt,
        urls=(url,),
        articles=(),
        records=tuple(records),
        files=(),
        copies=(),
        same_elsewhere=(),
        named_by=(),
    )


def _plain(value: Any) -> str:
    return iso(value) if isinstance(value, datetime) else str(value)


def file_receipt(each: RewrittenWarc) -> FileReceipt:
    """Return the part of a receipt about a rewritten file."""
    return FileReceipt(name=each.name, sha256_before=each.sha256_before, sha256=each.sha256, removed=each.removed)


def written(folder: ArchiveFolder, receipt: Receipt) -> Receipt:
    """Write a receipt into ``reports/`` under an unused name; return it with its path.

    Raises:
        OSError: it can't be written.
    """
    stamp = receipt.taken_at.strftime("%Y%m%d%H%M%S")
    number = 0
    while (path := receipt_path(folder, stamp, number)).exists():
        number += 1
    receipt = replace(receipt, file=str(path.relative_to(folder.root)))
    write_whole(path, iter([as_json(receipt).encode() + b"\n"]))
    return receipt


def receipt_path(folder: ArchiveFolder, stamp: str, number: int) -> Path:
    """Return the path of a receipt."""
    return folder.reports / f"takedown-{stamp}{f'-{number}' if number else ''}.json"
