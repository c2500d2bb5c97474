"""The receipt of a takedown: what was asked, what was done to which records and files, and what still holds a copy."""

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
    """How deep a takedown goes; each does what the ones before it do."""

    HIDE = "hide"
    DELETE = "delete"
    REWRITE = "rewrite"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPlace:
    """A record that a takedown is about."""

    record_id: str
    url: str
    captured_at: datetime
    file: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReceipt:
    """A WARC that was written anew."""

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
    """A WARC with payloads that addresses which stay had in common with the ones that went."""
    torn_removed: tuple[str, ...] = ()
    """Torn tails that held a part of it, and were deleted."""
    copies: tuple[Copy, ...] = ()
    """Exports and backups that hold it; they aren't touched."""
    same_elsewhere: tuple[str, ...] = ()
    """Addresses that show the same bytes or the same text, and stay."""
    named_by: tuple[str, ...] = ()
    """Feeds and listings whose captures name it."""
    pages_cleared: bool | None = None
    """Whether the database's file and WAL are free of it; None where that wasn't asked for."""
    dry_run: bool = False
    file: str | None = None
    """Where the receipt lies."""


def as_json(receipt: Receipt) -> str:
    """A receipt as it lies in ``reports/`` and in ``takedowns``."""
    return json.dumps(asdict(receipt), ensure_ascii=False, indent=1, default=_plain)


def of_address(receipt: Receipt, url: str, records: Iterable[RecordPlace]) -> Receipt:
    """What a receipt says of one of its addresses, with the records there.

    The first row of a takedown holds the whole receipt and the others this, or a takedown of a thousand addresses would
    be written down a thousand times.
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
    """What a receipt says of a file that was written anew."""
    return FileReceipt(name=each.name, sha256_before=each.sha256_before, sha256=each.sha256, removed=each.removed)


def written(folder: ArchiveFolder, receipt: Receipt) -> Receipt:
    """Write a receipt into ``reports/``, under a name that nothing has yet; it then says where it lies.

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
    """Where a receipt lies."""
    return folder.reports / f"takedown-{stamp}{f'-{number}' if number else ''}.json"
