"""Check of articles by extracting their pages again: finds forgeries that are consistent in themselves.

Extracting a page takes a hundred times as long as checking its rows, so by default a random sample of articles is
checked. Articles from another version of the extractor can't be compared, and are counted.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import SourcesError
from talkscraper.extraction.extractor import EXTRACTOR
from talkscraper.ingest.attribution import Newsrooms
from talkscraper.ingest.page_reader import ClusterReading, read_pages
from talkscraper.preserve.article_check import ALL_ARTICLES
from talkscraper.preserve.comparison import ChangeKind, PageChange, open_lookup, page_change
from talkscraper.preserve.findings import Finding, Kind, Level
from talkscraper.sources.model import Selectors
from talkscraper.store.captures import row_to_capture
from talkscraper.store.database import from_iso, open_reader

_DRAW = random.SystemRandom()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rederived:
    """An article that differs from the extraction of its page."""

    article_id: str
    finding: Finding


def rederived(
    folder: ArchiveFolder, *, articles: int, workers: int | None = None, cluster: ClusterReading | None = None
) -> Iterator[Rederived | Finding]:
    """Extract the pages of a random sample of articles (``ALL_ARTICLES``: of all), and return those that differ.

    Raises:
        NotAnArchive: there is no database.
        StorageError: no worker process can be started.
    """
    with closing(open_reader(folder.database)) as connection:
        chosen = _chosen(connection, articles)
        if not chosen:
            return
        try:
            newsrooms = Newsrooms.of(folder)
        except SourcesError as e:
            message = f"no article was read again: {e}"
            yield Finding(file="articles", kind=Kind.ARTICLE, message=message, level=Level.NOTE)
            return
        rows = connection.execute(
            "select * from captures where id in (select value from json_each(?)) order by captured_at, id",
            [json.dumps(chosen)],
        ).fetchall()
        same = [row for row in rows if row["extractor"] == EXTRACTOR]
        sources = {row["id"]: row["source_id"] for row in same}
        with closing(open_lookup(folder.database)) as db:
            captures = map(row_to_capture, same)
            for page in read_pages(connection, folder, newsrooms, captures, workers=workers, cluster=cluster):
                if page.extraction is None:
                    reason = page.unread.reason if page.unread is not None else "its page says that it is gone"
                    message = f"the page of {page.capture.url[:200]} can't be read again: {reason[:200]}"
                    yield _note(message, page.capture.id)
                    continue
                change = page_change(db, page)
                difference = _difference(change) if change is not None else None
                if change is not None and difference is not None and change.article_id is not None:
                    hinted = _hinted(folder, newsrooms, connection, change, sources[page.capture.id])
                    finding = _finding(change, difference, hinted=hinted)
                    yield Rederived(article_id=change.article_id, finding=finding)
        others = len(rows) - len(same)
        if others:
            yield _note(f"{others} of {len(rows)} articles were made by another extractor than {EXTRACTOR}", None)


def _chosen(connection: sqlite3.Connection, articles: int) -> list[str]:
    ids = [row[0] for row in connection.execute("select capture_id from articles")] if articles else []
    return ids if articles == ALL_ARTICLES or len(ids) <= articles else _DRAW.sample(ids, articles)


def _difference(change: PageChange) -> str | None:
    """Return the differences as text; None if the page gives what is stored."""
    if change.verdict is ChangeKind.LOST:
        return "its capture shows no article"
    fields = [each for each in change.fields if each.field != "article_id"]
    if not fields:
        return None  # an article's canonical address depends on all its captures
    names = ", ".join(each.field for each in fields)
    first = fields[0]
    return f"its capture gives another {names} ({_short(first.after)}, not {_short(first.before)})"


def _hinted(
    folder: ArchiveFolder, newsrooms: Newsrooms, connection: sqlite3.Connection, change: PageChange, source: str | None
) -> bool:
    """Whether sources.toml has selectors for the source, changed since this page was extracted."""
    newsroom = newsrooms.of_capture(source, change.url)
    if newsroom is None or newsroom.reading == Selectors():
        return False
    row = connection.execute("select indexed_at from articles where id = ?", [change.article_id]).fetchone()
    changed = datetime.fromtimestamp(folder.sources_toml.stat().st_mtime, UTC)
    return row is None or changed > from_iso(row[0]) + timedelta(seconds=1)


def _finding(change: PageChange, difference: str, *, hinted: bool) -> Finding:
    message = f"article {change.article_id} ({change.url[:200]}): {difference}"
    if hinted:
        message += "; sources.toml has changed since it was read: 'talkscraper extract' extracts it again"
    return Finding(
        file="articles",
        kind=Kind.ARTICLE,
        message=message,
        record_id=change.capture_id,
        level=Level.NOTE if hinted else Level.MENDABLE,
    )


def _note(message: str, record_id: str | None) -> Finding:
    return Finding(file="articles", kind=Kind.ARTICLE, message=message, record_id=record_id, level=Level.NOTE)


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return repr(text if len(text) <= 60 else text[:57] + "…")
