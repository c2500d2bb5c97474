"""Checks of the archive as a whole: articles and their captures, revisits and their originals, the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from talkscraper.preserve.findings import Finding, Kind, Level

MAX_FINDINGS = 200


def across(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Yield findings on rows whose references are missing; a read-only connection is sufficient."""
    yield from _articles_without_captures(connection)
    yield from _captures_without_articles(connection)
    yield from _revisits(connection)
    yield from _full_text(connection)


def leases(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Yield a finding on addresses that are leased although no run is active."""
    (count,) = connection.execute("select count(*) from urls where state = 'leased'").fetchone()
    if count:
        yield Finding(
            file="urls",
            kind=Kind.LEASE,
            level=Level.MENDABLE,
            message=f"{count} addresses are leased by a run that died",
        )


def database(path: Path) -> Iterator[Finding]:
    """Yield findings of SQLite's own checks of its file."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        for (told,) in connection.execute(f"pragma quick_check({MAX_FINDINGS})"):
            if told != "ok":
                yield Finding(file=path.name, kind=Kind.DATABASE, message=str(told))
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


def _full_text(connection: sqlite3.Connection) -> Iterator[Finding]:
    (shown,) = connection.execute("select count(*) from articles where hidden_at is null").fetchone()
    (indexed,) = connection.execute("select count(*) from articles_fts_docsize").fetchone()
    if shown != indexed:
        message = f"the full-text index has {indexed} articles, the archive {shown}"
        yield Finding(file="articles_fts", kind=Kind.DATABASE, message=message, level=Level.MENDABLE)
