"""Receipts of takedowns: the request, what was done to which records and files, and which copies remain.

They are in ``reports/`` too, from where they are applied again after the database was lost and rebuilt.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.atomic_file import write_whole
from talkscraper.preserve.archive_files import unused_report
from talkscraper.preserve.known_copies import KnownCopy
from talkscraper.preserve.takedown_scope import Scope, TakenArticle
from talkscraper.preserve.warc_rewrite import RewrittenWarc
from talkscraper.store.database import iso
from talkscraper.store.takedowns import DEPTHS
from talkscraper.urls.canonical import urlkey

if TYPE_CHECKING:
    from sqlite_utils import Database

_OF_ALL: dict[str, list[Any]] = {"articles": [], "files": [], "copies": [], "same_elsewhere": [], "named_by": []}
"""Fields of a receipt that apply to the receipt as a whole."""


class Depth(StrEnum):
    """The depth of a takedown; each includes the ones before it."""

    HIDE = "hide"
    DELETE = "delete"
    REWRITE = "rewrite"


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedRecord:
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
    records: tuple[AffectedRecord, ...]
    files: tuple[FileReceipt, ...] = ()
    restored: str | None = None
    """A WARC with payloads that remaining addresses shared with the ones taken down."""
    torn_removed: tuple[str, ...] = ()
    """Torn tails that held a part of it, and were deleted."""
    copies: tuple[KnownCopy, ...] = ()
    """Exports and backups that hold it; they aren't changed."""
    same_elsewhere: tuple[str, ...] = ()
    """Addresses with the same payload or text, which stay."""
    named_by: tuple[str, ...] = ()
    """Feeds and listings whose captures name it."""
    at_store: tuple[str, ...] = ()
    """What was deleted and put in object stores, with the versions that they keep."""
    store_problems: tuple[str, ...] = ()
    """What couldn't be done there, and is still to be done."""
    pages_cleared: bool | None = None
    """Whether the database's file and WAL are free of it; None if that wasn't requested."""
    dry_run: bool = False
    file: str | None = None
    """The path of the receipt."""


def as_json(receipt: Receipt) -> str:
    """Return a receipt as JSON, as stored in ``reports/`` and ``takedowns``."""
    return json.dumps(asdict(receipt), ensure_ascii=False, indent=1, default=_plain)


def of_address(receipt: Receipt, url: str, records: Iterable[AffectedRecord]) -> Receipt:
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
    path = unused_report(folder, "takedown", receipt.taken_at)
    receipt = replace(receipt, file=str(path.relative_to(folder.root)))
    write_whole(path, iter([as_json(receipt).encode() + b"\n"]))
    return receipt


def records_deleted_before(connection: sqlite3.Connection, scope: Scope) -> list[AffectedRecord]:
    """Return records whose rows an earlier takedown deleted, and that are still in a WARC, from its receipt."""
    known = {each.id for each in scope.captures}
    cut = {
        record_id
        for (text,) in connection.execute("select receipt from takedowns where depth = 'rewrite'")
        for file in json.loads(text).get("files", ())
        for record_id in file["removed"]
    }
    found: dict[str, AffectedRecord] = {}
    for key in sorted(scope.keys):
        for (text,) in connection.execute(
            "select receipt from takedowns where urlkey = ? and depth <> 'hide' order by id", [key]
        ):
            for each in json.loads(text).get("records", ()):
                if each["record_id"] not in known | cut:
                    found[each["record_id"]] = AffectedRecord(
                        **{**each, "captured_at": datetime.fromisoformat(each["captured_at"])}
                    )
    return list(found.values())


def apply_receipts(folder: ArchiveFolder, db: Database) -> int:
    """Insert rows of ``takedowns`` for receipts in ``reports/`` that have none; return the number of addresses.

    An unreadable receipt is skipped, since manual editing may break it.

    Raises:
        OSError: the folder can't be read.
    """
    if not folder.reports.is_dir():
        return 0
    count = 0
    for path in sorted(folder.reports.glob("takedown-*.json")):
        try:
            text = path.read_text("utf-8")
            receipt = json.loads(text)
            depth, reason, taken_at = str(receipt["depth"]), str(receipt["reason"]), str(receipt["taken_at"])
            urls = [str(url) for url in receipt["urls"]]
        except (ValueError, KeyError, TypeError):
            continue
        if depth not in DEPTHS:
            continue
        records: dict[str, list[Any]] | None = None
        for url in urls:
            key = urlkey(url)
            if db.execute("select 1 from takedowns where urlkey = ? and depth = ?", [key, depth]).fetchone():
                continue
            if not text:
                # as a takedown writes them: the first row has the whole receipt, the others the part for their address
                records = _by_address(receipt.get("records")) if records is None else records
                own = {**receipt, **_OF_ALL, "urls": [url], "records": records.get(key, [])}
                text = json.dumps(own, ensure_ascii=False)
            db.execute(
                "insert into takedowns (url, urlkey, depth, reason, taken_at, receipt) values (?, ?, ?, ?, ?, ?)",
                [url, key, depth, reason, taken_at, text],
            )
            count += 1
            text = ""
    return count


def _by_address(records: object) -> dict[str, list[Any]]:
    """Return the records of a receipt by SURT key; invalid entries are left out."""
    found: dict[str, list[Any]] = {}
    for place in records if isinstance(records, list) else ():
        if isinstance(place, dict) and isinstance(place.get("url"), str):
            found.setdefault(urlkey(place["url"]), []).append(place)
    return found
