"""Reconciliation of the rows and the index of one file with its records: added, corrected, removed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.atomic_file import sync_folder
from talkscraper.capture.warc_file import index_path
from talkscraper.ingest.capture_rows import add_records
from talkscraper.model import UNDATED, Capture
from talkscraper.store import articles, captures, requisites
from talkscraper.store.database import first, iso
from talkscraper.store.takedowns import hidden_keys, taken_down_keys
from talkscraper.warc.cdxj import is_indexed, line, write_lines
from talkscraper.warc.scan import Gap

if TYPE_CHECKING:
    from sqlite_utils import Database

_FACTS = tuple(each.name for each in fields(Capture) if each.name != "run_id")
"""The columns derived from a record; the run may be known only from the row."""
_LENIENT = frozenset({"source_id", "asked_as", "page_capture_id"})
"""Columns that an import may have filled in although the record lacks them."""
_DATES = tuple(_FACTS.index(name) for name in ("captured_at", "refers_to_date"))
_values_of = attrgetter(*_FACTS)
_columns_of = itemgetter(*_FACTS)
_iso = lru_cache(maxsize=1024)(iso)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """Counts of the changes to the rows of a file."""

    added: int = 0
    corrected: int = 0
    removed: tuple[str, ...] = ()
    """Ids of rows that never had a record, in a file identical to the finished one."""
    lost: tuple[str, ...] = ()
    """Ids of rows whose record is lost: they are kept, and marked."""
    urls_due: int = 0
    """Number of addresses that are due again because their capture is lost."""
    needs: int = 0
    """Number of rows of ``requisites`` that were missing."""


def reconcile(
    db: Database,
    name: str,
    records: Sequence[Capture],
    gaps: Sequence[Gap] = (),
    *,
    needs: Sequence[requisites.Pair] = (),
    proven: bool,
    now: datetime,
) -> Reconciled:
    """Make the rows of ``captures`` for the file ``name`` agree with its records.

    Rows whose record is in a gap are kept: the record is damaged, but what was extracted from it is still of use.
    Addresses that were taken down get no rows again. ``needs`` holds pairs of pages and requisites.

    ``proven``: the file is identical to the finished one, so that a row without a record never had one and is deleted.
    Otherwise its record was lost: the row stays and is marked, and its address is due again.
    """
    rows = {row["id"]: row for row in db.query("select * from captures where warc_file = ?", [name])}
    ours = db.execute("select 1 from warc_files where name = ? and origin = 'crawl'", [name]).fetchone() is not None
    gone_keys = taken_down_keys(db)
    wanted: dict[str, Capture] = {}
    for capture in records:
        if capture.urlkey not in gone_keys:
            wanted.setdefault(capture.id, capture)
    without = [row for row in rows.values() if row["id"] not in wanted]
    foreign = [row for row in without if proven and row["lost_at"] is None and not _in_gap(row["warc_offset"], gaps)]
    lost = [] if proven else [row["id"] for row in without]
    due = sum(remove(db, row, now=now) for row in foreign)
    due += mark_lost(db, name, lost, why=GONE, now=now)
    places = {capture.warc_offset for capture in wanted.values()}
    for row in without:
        if row["id"] in lost and row["warc_offset"] in places:
            # positions are unique, and another record is there now
            db.execute("update captures set warc_offset = -1 - seq where id = ?", [row["id"]])
    corrected = 0
    wrong = [
        capture for capture in wanted.values() if capture.id in rows and differs(rows[capture.id], capture, ours=ours)
    ]
    for capture in wrong:
        # places are unique, so a row that is in the way of another first goes where nothing is
        db.execute("update captures set warc_offset = -1 - seq where id = ?", [capture.id])
    for capture in wrong:
        captures.correct_capture(db, _with_run_of(rows[capture.id], capture, ours=ours))
        if capture.captured_at == UNDATED:
            articles.forget_capture(db, capture.id, now=now)
            db.execute("update captures set page_kind = null, page_reason = null where id = ?", [capture.id])
        corrected += 1
    missing = [capture for capture in wanted.values() if capture.id not in rows]
    pairs = (*needs, *((each.page_capture_id, each.id) for each in wanted.values() if each.page_capture_id is not None))
    added = add_records(db, missing, needs=pairs, now=now)
    find_again(db, [row["id"] for row in rows.values() if row["lost_at"] is not None and row["id"] in wanted])
    return Reconciled(
        added=added.captures,
        corrected=corrected,
        removed=tuple(str(row["id"]) for row in foreign),
        lost=tuple(map(str, lost)),
        urls_due=due,
        needs=added.requisites,
    )


GONE = "its record isn't whole in its file any more"
NO_FILE = "its file is missing"


def mark_lost(db: Database, name: str, ids: Collection[str], *, why: str, now: datetime) -> int:
    """Mark captures of a file as lost; return the number of addresses that became due again."""
    due = 0
    for capture_id in ids:
        row = first(
            db, "select url, lost_at, lost_why from captures where id = ? and warc_file = ?", [capture_id, name]
        )
        if row is None or (row["lost_at"] is not None and row["lost_why"] == why):
            continue
        db.execute(
            "update captures set lost_at = coalesce(lost_at, ?), lost_why = ? where id = ?", [iso(now), why, capture_id]
        )
        due += make_due(db, row["url"], now=now)
    return due


def mark_file_missing(db: Database, name: str, *, now: datetime) -> int:
    """Mark all captures of a missing file as lost; return how many weren't yet. The file may only be unreachable."""
    return db.execute(
        "update captures set lost_at = ?, lost_why = ? where warc_file = ? and lost_at is null",
        [iso(now), NO_FILE, name],
    ).rowcount


def find_again(db: Database, ids: Iterable[str]) -> int:
    """Remove the marks of captures whose records are present; return how many were marked."""
    return sum(
        db.execute(
            "update captures set lost_at = null, lost_why = null where id = ? and lost_at is not null", [each]
        ).rowcount
        for each in ids
    )


def differs(row: Any, capture: Capture, *, ours: bool = True) -> list[str]:
    """Return the columns in which a row (``sqlite3.Row`` or mapping) differs from its record.

    The source of a record in a file that isn't ``ours`` was decided at import, whatever the record says; and a source
    may have been renamed since its record was written.
    """
    values = _as_columns(capture)
    if _columns_of(row) == values:
        return []
    return [
        name
        for name, value in zip(_FACTS, values, strict=True)
        if row[name] != value
        and not (name in _LENIENT and row[name] is not None and value is None)
        and (name != "source_id" or (ours and None in (row[name], value)))
    ]


def as_the_row_says(row: Any, capture: Capture, claimed: str | None) -> Capture:
    """Return the capture with the ``claimed`` digest of its record if the row has the same.

    The bytes then differ from what both say: that is damage, which is reported, and no reason to change the row.
    """
    if claimed is None or row["payload_digest"] != claimed:
        return capture
    return replace(capture, payload_digest=claimed)


def as_the_rows_say(db: Database, name: str, records: Sequence[Capture], claimed: Mapping[str, str]) -> list[Capture]:
    """Apply ``as_the_row_says`` to all captures of a file."""
    if not claimed:
        return list(records)
    rows = {row["id"]: row for row in db.query("select id, payload_digest from captures where warc_file = ?", [name])}
    return [as_the_row_says(rows[each.id], each, claimed.get(each.id)) if each.id in rows else each for each in records]


def facts_of(capture: Capture) -> dict[str, Any]:
    """Return the columns derived from a record, in the form of a row."""
    return dict(zip(_FACTS, _as_columns(capture), strict=True))


def _as_columns(capture: Capture) -> tuple[Any, ...]:
    values = list(_values_of(capture))
    for place in _DATES:
        if values[place] is not None:
            values[place] = _iso(values[place]) if values[place] != UNDATED else None
    return tuple(values)


def remove(db: Database, row: Any, *, now: datetime) -> int:
    """Delete a row whose record is lost, and make its address due again; return the number that became due."""
    articles.forget_capture(db, row["id"], now=now)
    db.execute("delete from captures where id = ?", [row["id"]])
    return make_due(db, row["url"], now=now)


def make_due(db: Database, url: str, *, now: datetime) -> int:
    """Make an address due, to be fetched unconditionally: the capture that a 304 would confirm is lost."""
    return int(
        db.execute(
            "update urls set state = 'due', next_due = ?, etag = null, last_modified = null, payload_digest = null,"
            " lease_run = null, lease_until = null where url = ? and state <> 'refused'",
            [iso(now), url],
        ).rowcount
    )


def captures_of(db: Database, name: str) -> list[Capture]:
    """Return the captures of a file from their rows."""
    rows = db.query("select * from captures where warc_file = ?", [name])
    return [captures.row_to_capture(row) for row in rows]


def index_lines(db: Database, found: Iterable[Capture]) -> set[str]:
    """Return the lines of captures in the index of a file; addresses that were taken down have none."""
    hidden = hidden_keys(db)
    return {line(each) for each in found if is_indexed(each) and each.urlkey not in hidden}


def write_index(folder: ArchiveFolder, db: Database, name: str, found: Iterable[Capture]) -> bool:
    """Write the index of a file with these captures, unless it is the same already; return whether it was written.

    Raises:
        StorageError: a write failed.
    """
    target = index_path(folder, name)
    lines = index_lines(db, found)
    if target.exists() and target.read_bytes() == b"".join(sorted(f"{each}\n".encode() for each in lines)):
        return False
    write_lines(target, lines)
    sync_folder(folder.index)
    db.execute("update warc_files set index_size = null where name = ?", [name])
    return True


def _with_run_of(row: Any, capture: Capture, *, ours: bool) -> Capture:
    kept = {name: row[name] for name in _LENIENT if getattr(capture, name) is None}
    if not ours or row["source_id"] is not None:
        kept["source_id"] = row["source_id"]
    return replace(capture, run_id=row["run_id"] if row["run_id"] is not None else capture.run_id, **kept)


def _in_gap(offset: int, gaps: Sequence[Gap]) -> bool:
    return any(gap.offset <= offset < gap.offset + gap.length for gap in gaps)
