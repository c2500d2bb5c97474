"""``verify``: records, digests, index lines and rows compared with each other, with a verdict per file.

It only reads, except that the verdicts are stored if no other process is writing.

A revisit's payload digest identifies the payload of another record, so it is compared with that record's, not with the
revisit's empty block. A record that was cut off during capture is marked as such, and is sound.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from talkscraper.archive_folder import OPEN_SUFFIX, ArchiveFolder
from talkscraper.cluster import Executor
from talkscraper.errors import ArchiveLocked, StorageError
from talkscraper.preserve.archive_files import Progress, torn_files
from talkscraper.preserve.article_check import DEFAULT_ARTICLES, article_findings
from talkscraper.preserve.file_checks import check_files, chosen
from talkscraper.preserve.file_verdicts import FileVerdict, note_verdicts
from talkscraper.preserve.findings import Finding, Kind, Level
from talkscraper.store.database import open_reader, read_only_uri
from talkscraper.store.warc_manifest import place_of, read_manifest

MAX_FINDINGS = 200
"""Maximum number of findings on the rows of a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """The result for the whole archive."""

    files: tuple[FileVerdict, ...]
    findings: tuple[Finding, ...] = ()
    """Findings that concern no single file."""
    disputes: tuple[Finding, ...] = ()
    """Disagreements of the second reader, if one was used."""
    noted: bool = False
    """Whether the verdicts were stored in ``warc_files``."""

    @property
    def ok(self) -> bool:
        """Whether nothing is to be repaired or lost, and a second reader agrees."""
        return not self.disputes and all(finding.level is Level.NOTE for finding in self.all_findings())

    def all_findings(self) -> Iterator[Finding]:
        """The findings of the files, then the others."""
        for file in self.files:
            yield from file.findings
        yield from self.findings

    @property
    def bytes_read(self) -> int:
        """Number of bytes read of all WARC files."""
        return sum(file.size for file in self.files)


def verify(
    folder: ArchiveFolder,
    *,
    now: datetime,
    names: Sequence[str] = (),
    second_reader: bool = False,
    workers: int | None = None,
    articles: int = DEFAULT_ARTICLES,
    progress: Progress | None = None,
    executor: Executor | None = None,
    shards: Path | None = None,
) -> VerifyReport:
    """Check the archive, or only the WARC files in ``names``; the verdicts are stored in ``warc_files`` if possible.

    With ``second_reader``, warcio reads each finished file too, and must find the same records. The rows of all
    articles are checked; for a sample of ``articles`` (``ALL_ARTICLES``: all) the page is extracted again and compared.
    At most ``workers`` processes share the work, by default one for each processor; or the workers of an ``executor``,
    who all see the folder ``shards`` (by default the archive's).

    Raises:
        ClusterError: the executor's cluster is lost, or a worker can't read the archive.
        NotAnArchive: there is no database yet.
        NotFound: the archive has no file of that name.
        StorageError: a file or folder can't be read.
    """
    folder.require()
    connection = open_reader(folder.database)
    try:
        files = check_files(
            folder, connection, names=names, workers=workers, progress=progress, executor=executor, shards=shards
        )
        findings = () if names else tuple(_archive_findings(folder, connection, now))
        if not names and articles:
            again = partial(_rederived, folder, findings, articles=articles, workers=workers)
            findings = (*findings, *again(executor=executor, shards=shards or folder.shards))
        disputes = tuple(_disputes(folder, connection, names)) if second_reader else ()
    finally:
        connection.close()
    return VerifyReport(files=tuple(files), findings=findings, disputes=disputes, noted=_note(folder, files, now))


def _rederived(
    folder: ArchiveFolder,
    findings: Sequence[Finding],
    *,
    articles: int,
    workers: int | None,
    executor: Executor | None,
    shards: Path,
) -> Iterator[Finding]:
    """Yield findings of extracting pages again, but for articles that were reported already."""
    if not _has_articles(folder.database):
        return
    from talkscraper.preserve.rederivation import rederived  # loads what reads pages

    cluster = None
    if executor is not None:
        from talkscraper.ingest.sharded_pages import ShardedPages
        from talkscraper.ingest.shards import VERIFY_SHARDS

        # of its own: a pass of extract may be using the others
        cluster = ShardedPages(executor, shards / VERIFY_SHARDS)
    found = rederived(folder, articles=articles, workers=workers, cluster=cluster)
    for finding in _unless_unreadable(
        folder.database, (each if isinstance(each, Finding) else each.finding for each in found)
    ):
        if not _is_reported(finding, findings):
            yield finding
    if cluster is not None:
        cluster.clean()


def _has_articles(database: Path) -> bool:
    """Whether there are articles; True if that can't be read, which is reported where they are read."""
    try:
        with closing(open_reader(database)) as connection:
            return connection.execute("select 1 from articles limit 1").fetchone() is not None
    except sqlite3.DatabaseError:
        return True


def _unless_unreadable(database: Path, findings: Iterator[Finding]) -> Iterator[Finding]:
    """Yield findings on articles, and one of its own if their tables can't be read."""
    try:
        yield from findings
    except sqlite3.DatabaseError as e:
        yield Finding(file=database.name, kind=Kind.DATABASE, message=f"its articles can't be read: {e}")


def _disputes(folder: ArchiveFolder, connection: sqlite3.Connection, names: Sequence[str]) -> Iterator[Finding]:
    from talkscraper.preserve.second_reader import disputes

    for name, path in chosen(folder, connection, names):
        if path.exists() and not path.name.endswith(OPEN_SUFFIX):
            yield from disputes(path, name)


def _is_reported(finding: Finding, others: Sequence[Finding]) -> bool:
    """Whether the same article was reported already."""
    who = finding.message.partition("): ")[0]
    return finding.level is not Level.NOTE and any(each.message.startswith(who + "): ") for each in others)


def check_across(folder: ArchiveFolder, connection: sqlite3.Connection, now: datetime) -> Iterator[Finding]:
    """Return findings that concern no single file: the database, rows with missing references, torn tails."""
    yield from _database(folder.database)
    yield from _rows(connection)
    yield from _manifest(folder, connection)
    yield from _unless_unreadable(folder.database, article_findings(folder.database, now))
    for path in torn_files(folder):
        message = f"a torn tail of {path.stat().st_size} bytes that repair set aside"
        yield Finding(file=path.name, kind=Kind.TORN_FILE, message=message, level=Level.NOTE)


def _archive_findings(folder: ArchiveFolder, connection: sqlite3.Connection, now: datetime) -> Iterator[Finding]:
    yield from check_across(folder, connection, now)
    try:
        with folder.lock(what="verify"):
            yield from _leases(connection)
    except (ArchiveLocked, StorageError):
        return  # being written, or on read-only media: no run can be asked whether it is active


def _note(folder: ArchiveFolder, files: Sequence[FileVerdict], now: datetime) -> bool:
    """Store the verdicts if no other process is writing; return whether they were stored."""
    try:
        with folder.lock(what="verify"):
            connection = sqlite3.connect(folder.database, timeout=10)
            try:
                with connection:
                    note_verdicts(connection, files, now)
            finally:
                connection.close()
    except ArchiveLocked:
        return False
    except (sqlite3.OperationalError, StorageError):
        # an archive on a read-only disk can be verified too
        return False
    return True


# --- the database -----------------------------------------------------------------------------------------------------


def _manifest(folder: ArchiveFolder, connection: sqlite3.Connection) -> Iterator[Finding]:
    """Yield findings on digests that the manifest and the rows don't share."""
    noted = read_manifest(folder)
    name = folder.manifest.name
    absent = 0
    for row in connection.execute(
        "select name, path, sha256, sha256_before from warc_files where closed_at is not null and sha256 is not null"
    ):
        digest = noted.get(place_of(row["name"], row["path"]))
        absent += digest is None
        if digest not in (None, row["sha256"]):
            message = f"{row['name']} has the SHA-256 {digest} there, and {row['sha256']} in its row"
            yield Finding(file=name, kind=Kind.MANIFEST, message=message, level=Level.MENDABLE)
    if absent:
        message = f"{absent} finished files aren't in it: the next run adds them"
        yield Finding(file=name, kind=Kind.MANIFEST, message=message, level=Level.NOTE)


def _rows(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Yield findings on rows whose references are missing; a read-only connection is sufficient."""
    yield from _articles_without_captures(connection)
    yield from _captures_without_articles(connection)
    yield from _revisits(connection)
    yield from _full_text_count(connection)


def _leases(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Yield a finding on addresses that are leased although no run is active."""
    (count,) = connection.execute("select count(*) from urls where state = 'leased'").fetchone()
    if count:
        yield Finding(
            file="urls",
            kind=Kind.LEASE,
            level=Level.MENDABLE,
            message=f"{count} addresses are leased by a run that died",
        )


def _database(path: Path) -> Iterator[Finding]:
    """Yield findings of SQLite's own checks of its file."""
    connection = sqlite3.connect(read_only_uri(path), uri=True)
    try:
        for (message,) in connection.execute(f"pragma quick_check({MAX_FINDINGS})"):
            if message != "ok":
                yield Finding(file=path.name, kind=Kind.DATABASE, message=str(message))
        for table, row, parent, _ in connection.execute("pragma foreign_key_check"):
            message = f"row {row} of {table} refers to a row of {parent} that isn't there"
            yield Finding(file=path.name, kind=Kind.DATABASE, message=message)
    except sqlite3.DatabaseError as e:
        yield Finding(file=path.name, kind=Kind.DATABASE, message=str(e))
    finally:
        connection.close()


def _articles_without_captures(connection: sqlite3.Connection) -> Iterator[Finding]:
    for row in connection.execute(
        "select id, url, capture_id from articles where not exists"
        f" (select 1 from captures where captures.id = articles.capture_id) limit {MAX_FINDINGS}"
    ):
        yield _dangling("articles", f"article {row[0]} ({row[1]})", row[2])
    for row in connection.execute(
        "select article_id, number, capture_id from revisions where not exists"
        f" (select 1 from captures where captures.id = revisions.capture_id) limit {MAX_FINDINGS}"
    ):
        yield _dangling("revisions", f"revision {row[1]} of {row[0]}", row[2])


def _dangling(table: str, what: str, capture_id: str) -> Finding:
    message = f"{what} comes from a capture that isn't in the archive: {capture_id}"
    return Finding(file=table, kind=Kind.ARTICLE, message=message, record_id=capture_id, level=Level.MENDABLE)


def _captures_without_articles(connection: sqlite3.Connection) -> Iterator[Finding]:
    for row in connection.execute(
        "select id, article_id from captures where article_id is not null and not exists"
        f" (select 1 from articles where articles.id = captures.article_id) limit {MAX_FINDINGS}"
    ):
        message = f"a capture shows the article {row[1]}, which isn't in the archive"
        yield Finding(file="captures", kind=Kind.ARTICLE, message=message, record_id=row[0], level=Level.MENDABLE)


def _revisits(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Yield findings on revisits whose original is missing or holds another payload."""
    for row in connection.execute(
        "select r.warc_file, r.warc_offset, r.id, r.url, r.refers_to, r.payload_digest, o.payload_digest, w.origin"
        " from captures r join warc_files w on w.name = r.warc_file"
        " left join captures o on o.id = r.refers_to"
        " where r.record_type = 'revisit' and (o.id is null or o.payload_digest is not r.payload_digest)"
    ):
        name, offset, record_id, url, refers_to, wanted, there, origin = row
        if there is not None:
            message = f"this revisit of {url} refers to {refers_to}, which holds another payload"
        elif _elsewhere(connection, wanted):
            continue
        else:
            message = f"this revisit of {url} refers to {refers_to or wanted}, which isn't in the archive"
        # a partially imported collection has revisits whose originals are in another part
        level = Level.NOTE if there is None and origin == "import" else Level.DAMAGE
        yield Finding(file=name, kind=Kind.REVISIT, message=message, offset=offset, record_id=record_id, level=level)


def _elsewhere(connection: sqlite3.Connection, payload_digest: str | None) -> bool:
    """Whether another record holds the payload, or it was taken down."""
    if payload_digest is None:
        return False
    row = connection.execute(
        "select 1 from captures where payload_digest = ? and record_type <> 'revisit' limit 1", [payload_digest]
    ).fetchone()
    return row is not None


def _full_text_count(connection: sqlite3.Connection) -> Iterator[Finding]:
    (shown,) = connection.execute("select count(*) from articles where hidden_at is null").fetchone()
    (indexed,) = connection.execute("select count(*) from articles_fts_docsize").fetchone()
    if shown != indexed:
        message = f"the full-text index has {indexed} articles, the archive {shown}"
        yield Finding(file="articles_fts", kind=Kind.DATABASE, message=message, level=Level.MENDABLE)
