"""``takedown``: an address is hidden, deleted or removed from its WARC, with a receipt; it is never fetched again.

| depth | search, pages, replay, index, exports | rows, full text, free pages | the record in the WARC |
| --- | --- | --- | --- |
| hide | removed | stay | stays |
| delete | removed | deleted | stays |
| rewrite | removed | deleted | removed; the file is rewritten |

Order: new files are first written to disk, then one transaction makes them valid, then they replace the old ones.
After a power failure ``recovery`` completes or undoes the takedown.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import StorageError, UsageError
from talkscraper.ingest.shards import remove_every_shard
from talkscraper.object_store.block_cache import cache_of
from talkscraper.preserve.archive_files import is_inside, torn_files
from talkscraper.preserve.known_copies import known_copies
from talkscraper.preserve.promotion import Promoted, promote
from talkscraper.preserve.receipts import (
    AffectedRecord,
    Depth,
    Receipt,
    as_json,
    file_receipt,
    of_address,
    records_deleted_before,
    written,
)
from talkscraper.preserve.reconciliation import captures_of, write_index
from talkscraper.preserve.recovery import recover
from talkscraper.preserve.stored_files import StoredFiles, brought_back, mark_unwanted
from talkscraper.preserve.takedown_scope import Scope, dependents, scope_of
from talkscraper.preserve.warc_rewrite import (
    RewrittenWarc,
    Unwanted,
    forget_index,
    holds_any,
    move_rows,
    put_in_place,
    rewrite,
)
from talkscraper.store import articles, captures, secure_delete
from talkscraper.store.database import from_iso, iso, open_writer
from talkscraper.store.takedowns import AT_KEY
from talkscraper.store.warc_manifest import write_manifest
from talkscraper.urls.canonical import urlkey

if TYPE_CHECKING:
    from sqlite_utils import Database


def takedown(
    folder: ArchiveFolder,
    urls: Sequence[str],
    *,
    reason: str,
    depth: Depth,
    now: datetime,
    dry_run: bool = False,
) -> Receipt:
    """Take addresses down. Idempotent; may be repeated with a greater depth.

    Raises:
        UsageError: an address isn't http, the reason is empty, or a record is in a file outside the archive.
        ArchiveLocked: a run is active.
        NotAnArchive: there is no archive.
        ArchiveError: a WARC can't be rewritten, since its records share gzip members.
        StorageError: a write failed.
    """
    _check(urls, reason)
    folder.require()
    folder.make()
    with folder.lock(what="takedown"), closing(open_writer(folder.database).conn) as connection:
        with _storage_errors(folder):
            return _takedown(folder, connection, urls, reason.strip(), depth, now, dry_run=dry_run)


def _check(urls: Sequence[str], reason: str) -> None:
    if not urls:
        raise UsageError("no address given: name one or more")
    for url in urls:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"{url[:200]!r} is no address: write it with http:// or https://")
    if not reason.strip():
        raise UsageError("a takedown needs a reason: who requested it, and why")


@contextmanager
def _storage_errors(folder: ArchiveFolder) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as e:
        raise StorageError(f"can't write {folder.database}: {e}") from e
    except OSError as e:
        raise StorageError(f"can't write to {folder.root}: {e.strerror or e}") from e


def _takedown(
    folder: ArchiveFolder,
    connection: sqlite3.Connection,
    urls: Sequence[str],
    reason: str,
    depth: Depth,
    now: datetime,
    *,
    dry_run: bool,
) -> Receipt:
    from sqlite_utils import Database as SqliteUtilsDatabase

    db = SqliteUtilsDatabase(connection)
    if not dry_run:
        with _transaction(connection):
            recover(folder, db, now)
    with _rows(connection):
        scope = scope_of(connection, urls)
        earlier = records_deleted_before(connection, scope)
    receipt = Receipt(
        depth=depth,
        reason=reason,
        taken_at=now,
        urls=scope.urls,
        # the receipt mustn't contain the deleted text
        articles=scope.articles if depth is Depth.HIDE else tuple(replace(each, title=None) for each in scope.articles),
        records=(*_places(scope), *earlier),
        copies=known_copies(folder, scope.urls, scope.keys, [each.id for each in scope.articles]),
        same_elsewhere=scope.copies,
        named_by=scope.named_by,
        dry_run=dry_run,
    )
    names = sorted({place.file for place in receipt.records})
    if depth is Depth.REWRITE:
        _refuse_outside(folder, connection, names)
    if dry_run:
        return receipt
    # texts that workers of an interrupted pass have extracted
    remove_every_shard(folder.shards)
    secure_delete.prepare(connection)
    with _rows(connection):
        promoted = promote(connection, folder, dependents(connection, scope), now)
    receipt = replace(receipt, restored=promoted.file.name if promoted else None)
    if depth is Depth.REWRITE:
        # again after the promotion: without space for both nothing must be changed
        away = [name for name in names if brought_back(folder, db, name)]
        rewritten = _rewrite_all(folder, connection, names, scope, now)
        receipt = replace(receipt, files=tuple(file_receipt(each) for each in rewritten))
    else:
        away, rewritten = [], []
    touched = _forget_indexes(folder, names)
    with _transaction(connection):
        _write_rows(db, scope, receipt, promoted, rewritten, now)
        located = {each.name: mark_unwanted(db, folder, each.name, now) for each in rewritten}
    _put_in_place(folder, db, rewritten, touched)
    write_manifest(folder, db, changed=[each.name for each in rewritten])
    if depth is Depth.REWRITE:
        receipt = replace(receipt, torn_removed=_remove_torn(folder, scope))
    for each in rewritten:
        # a reader may have filled it from the old object meanwhile
        cache_of(folder.root).forget(each.sha256_before)
    receipt = _at_store(folder, connection, db, receipt, located, away, touched)
    if depth is not Depth.HIDE:
        receipt = replace(receipt, pages_cleared=secure_delete.sweep(connection))
    return written(folder, receipt)


def _at_store(
    folder: ArchiveFolder,
    connection: sqlite3.Connection,
    db: Database,
    receipt: Receipt,
    located: Mapping[str, str | None],
    away: Collection[str],
    touched: Sequence[str],
) -> Receipt:
    """Do the same in the stores where the files lie; return the receipt with what was done there."""

    def run(change: Callable[[Database], Any]) -> Any:
        with _transaction(connection):
            return change(db)

    stored = StoredFiles(folder, run, receipt.taken_at)
    rehoused = stored.rehouse({name: url for name, url in located.items() if url}, to_release=away)
    problems = (*rehoused.problems, *stored.refresh_indexes(name for name in touched if name not in located))
    return replace(receipt, at_store=rehoused.lines, store_problems=problems)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("begin immediate")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


@contextmanager
def _rows(connection: sqlite3.Connection) -> Iterator[None]:
    """Return rows as ``sqlite3.Row`` for functions that read; those that write expect tuples."""
    before, connection.row_factory = connection.row_factory, sqlite3.Row
    try:
        yield
    finally:
        connection.row_factory = before


# --- what is known ----------------------------------------------------------------------------------------------------


def _places(scope: Scope) -> list[AffectedRecord]:
    return [
        AffectedRecord(
            record_id=each.id,
            url=each.url,
            captured_at=each.captured_at,
            file=each.warc_file,
            offset=each.warc_offset,
            length=each.warc_length,
        )
        for each in scope.captures
    ]


def _recorded(connection: sqlite3.Connection, name: str) -> dict[str, Any]:
    row = connection.execute("select sha256, closed_at from warc_files where name = ?", [name]).fetchone()
    sha256, closed_at = row if row is not None else (None, None)
    return {"recorded": sha256, "closed_at": from_iso(closed_at) if closed_at else None}


def _refuse_outside(folder: ArchiveFolder, connection: sqlite3.Connection, names: Sequence[str]) -> None:
    for name in names:
        row = connection.execute("select path from warc_files where name = ?", [name]).fetchone()
        place = folder.warc_place(name, row[0] if row is not None else None)
        if not is_inside(folder, place):
            raise UsageError(
                f"{place} is outside the archive and isn't rewritten: use --depth delete, and rewrite it yourself"
            )


# --- files ------------------------------------------------------------------------------------------------------------


def _rewrite_all(
    folder: ArchiveFolder, connection: sqlite3.Connection, names: Sequence[str], scope: Scope, now: datetime
) -> list[RewrittenWarc]:
    """Rewrite all files beside the old ones, or none."""
    done: list[RewrittenWarc] = []
    try:
        for name in names:
            each = rewrite(folder.warc / name, Unwanted(keys=scope.keys), now, **_recorded(connection, name))
            if each is not None:
                done.append(each)
    except BaseException:
        for each in done:
            each.path.unlink(missing_ok=True)
        raise
    return done


# --- what is written --------------------------------------------------------------------------------------------------


def _forget_indexes(folder: ArchiveFolder, names: Sequence[str]) -> list[str]:
    """Remove the indexes that list it; this takedown or ``recovery`` writes them again from the rows."""
    return [name for name in names if forget_index(folder, name)]


def _write_rows(
    db: Database,
    scope: Scope,
    receipt: Receipt,
    promoted: Promoted | None,
    rewritten: Sequence[RewrittenWarc],
    now: datetime,
) -> None:
    if promoted is not None:
        file = promoted.file
        captures.open_warc_file(db, file.name, file.closed_at)
        captures.add_captures(db, promoted.captures)
        captures.close_warc_file(db, file.name, file.size, file.sha256, file.records, file.closed_at)
    _note(db, scope, receipt, now)
    for taken in scope.articles:
        if receipt.depth is Depth.HIDE:
            articles.hide_article(db, taken.id, now=now)
        else:
            articles.delete_article(db, taken.id)
    if receipt.depth is not Depth.HIDE:
        _delete_rows(db, scope, now)
    for each in rewritten:
        move_rows(db, each)


def _note(db: Database, scope: Scope, receipt: Receipt, now: datetime) -> None:
    text = as_json(receipt)
    records: dict[str, list[AffectedRecord]] = {}
    for place in receipt.records:
        records.setdefault(urlkey(place.url), []).append(place)
    for number, url in enumerate(scope.urls):
        key = urlkey(url)
        if number:
            text = as_json(of_address(receipt, url, records.get(key, ())))
        db.execute(
            "insert into takedowns (url, urlkey, depth, reason, taken_at, receipt) values (?, ?, ?, ?, ?, ?)",
            [url, key, str(receipt.depth), receipt.reason, iso(now), text],
        )
        db.execute(
            "update urls set state = 'refused', reason = 'takedown', next_due = null, etag = null,"
            " last_modified = null, payload_digest = null, article_id = null, requisites_pending = 0,"
            f" lease_run = null, lease_until = null where {AT_KEY}",
            [key],
        )


def _delete_rows(db: Database, scope: Scope, now: datetime) -> None:
    for each in scope.captures:
        # including a look at an article at another address
        articles.forget_capture(db, each.id, now=now)
        db.execute("delete from captures where id = ?", [each.id])
        db.execute("delete from signals where capture_id = ?", [each.id])
    for url in {*scope.urls, *(each.url for each in scope.captures)}:
        db.execute("delete from signals where url = ?", [url])
        db.execute("delete from fetch_failures where url = ?", [url])


def _put_in_place(
    folder: ArchiveFolder, db: Database, rewritten: Sequence[RewrittenWarc], touched: Sequence[str]
) -> None:
    for each in rewritten:
        put_in_place(folder, each)
    for name in touched:
        write_index(folder, db, name, captures_of(db, name))


def _remove_torn(folder: ArchiveFolder, scope: Scope) -> tuple[str, ...]:
    held = [path for path in torn_files(folder) if holds_any(path, scope.keys)]
    for path in held:
        path.unlink()
    return tuple(path.name for path in held)
