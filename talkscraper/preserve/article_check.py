"""Check of articles against their revisions, captures and own digests, without reading any page.

A manual change of a row (a title, a text, a date, a deleted revision) leaves an inconsistency: a text doesn't match its
digest, an article its newest revision, or the revisions their looks. A forgery that is consistent down to the last
digest is found by extracting the page again (``rederivation``).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter, methodcaller
from pathlib import Path
from typing import Any

from talkscraper.errors import ArchiveError
from talkscraper.preserve.findings import Finding, Kind, Level
from talkscraper.store.article_rows import CONTENT_COLUMNS, article_id_of
from talkscraper.store.bitmaps.check import disagreeing
from talkscraper.store.content import Content, text_digest
from talkscraper.store.database import from_iso, latest, open_reader
from talkscraper.store.revisions import Look, beginnings, looks_of

DEFAULT_ARTICLES = 50
"""Default number of articles whose pages ``verify`` extracts again (``rederivation``)."""
ALL_ARTICLES = -1
MAX_FINDINGS = 200
"""Maximum number of articles that are named; the rest is counted."""
MAX_AFTER_CAPTURE = timedelta(days=2)
"""Maximum time of a printed date after its capture: that of another time zone."""
_LISTS = ("authors", "author_kinds", "tags", "breadcrumbs", "headlines")
_TIMES = ("published_at", "modified_at", "first_captured_at", "last_captured_at", "last_changed_at", "indexed_at")
_DETAILS = {
    "images": "url, alt, caption, credit",
    "provenance": "field, value, rule, rivals",
    "aliases": "url, why, first_seen_at",
}
_ROWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongArticle:
    """An article whose rows are inconsistent."""

    article_id: str
    url: str
    capture_id: str
    problems: tuple[str, ...]

    def finding(self) -> Finding:
        """Return the finding as one line."""
        shown = "; ".join(self.problems[:4])
        more = f" (and {len(self.problems) - 4} more)" if len(self.problems) > 4 else ""
        message = f"article {self.article_id} ({self.url[:200]}): {shown}{more}"
        return Finding(
            file="articles", kind=Kind.ARTICLE, message=message, record_id=self.capture_id, level=Level.MENDABLE
        )


def article_findings(database: Path, now: datetime) -> Iterator[Finding]:
    """Return findings on articles, one line each.

    Raises:
        sqlite3.DatabaseError: a table can't be read.
    """
    count = 0
    for wrong in wrong_articles(database):
        count += 1
        if count <= MAX_FINDINGS:
            yield wrong.finding()
    if count > MAX_FINDINGS:
        message = f"and {count - MAX_FINDINGS} more articles that don't fit their revisions"
        yield Finding(file="articles", kind=Kind.ARTICLE, message=message, level=Level.MENDABLE)
    with closing(open_reader(database)) as connection:
        ahead = connection.execute("select count(*) from articles where last_captured_at > ?", [latest(now)]).fetchone()
        if ahead[0]:
            message = f"{ahead[0]} articles are shown by captures of the future: a clock was ahead"
            yield Finding(file="articles", kind=Kind.ARTICLE, message=message, level=Level.NOTE)
        yield from _full_text(connection)
        yield from _bitmaps(connection)


def wrong_articles(database: Path) -> Iterator[WrongArticle]:
    """Yield all inconsistent articles; one at a time is held in memory."""
    with closing(open_reader(database)) as connection:
        # invalid UTF-8 appears as lone surrogates, which no valid text has
        connection.text_factory = methodcaller("decode", "utf-8", "surrogateescape")
        revisions = groupby(
            connection.execute("select * from revisions order by article_id, number"), key=itemgetter("article_id")
        )
        waiting = next(revisions, None)
        for row in connection.execute("select * from articles order by id"):
            while waiting is not None and waiting[0] < row["id"]:
                waiting = next(revisions, None)
            texts = list(waiting[1]) if waiting is not None and waiting[0] == row["id"] else []
            problems = list(_problems(connection, row, texts))
            if problems:
                yield WrongArticle(
                    article_id=_shown(row["id"]),
                    url=_shown(row["url"]),
                    capture_id=_shown(row["capture_id"]),
                    problems=tuple(dict.fromkeys(problems)),
                )


def _problems(connection: sqlite3.Connection, row: sqlite3.Row, texts: Sequence[sqlite3.Row]) -> Iterator[str]:
    broken = [*_broken_text(row, "its"), *(each for text in texts for each in _broken_text(text, _revision(text)))]
    for table, columns in _DETAILS.items():
        for detail in connection.execute(f"select {columns} from {table} where article_id = ?", [row["id"]]):
            broken += _broken_text(detail, f"in {table}, its")
    if broken:
        yield from broken
        return
    yield from _own(row)
    yield from _revisions(row, texts)
    yield from _looks(row, texts, looks_of(connection, row["id"]))


def _broken_text(row: sqlite3.Row, whose: str) -> Iterator[str]:
    for name in row.keys():  # noqa: SIM118  a row isn't a mapping
        value = row[name]
        if isinstance(value, str) and not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                yield f"{whose} {name} is no valid UTF-8"


def _own(row: sqlite3.Row) -> Iterator[str]:
    if row["id"] != article_id_of(row["url"]):
        yield "its id isn't that of its address"
    if row["text_digest"] != text_digest(row["text"]):
        yield "its text isn't the one of its text_digest"
    for name in _LISTS:
        if not _is_list(row[name]):
            yield f"its {name} is no JSON list"
    wrong = [name for name in _TIMES if row[name] is not None and _moment(row[name]) is None]
    yield from (f"its {name} is no time" for name in wrong)
    published, seen = _moment(row["published_at"]), _moment(row["last_captured_at"])
    if published is not None and seen is not None and published > seen + MAX_AFTER_CAPTURE:
        yield f"it was published on {row['published_at']}, after its last capture"


def _revisions(row: sqlite3.Row, texts: Sequence[sqlite3.Row]) -> Iterator[str]:
    numbers = [text["number"] for text in texts]
    if numbers != list(range(1, len(texts) + 1)) or not texts:
        yield f"its revisions are numbered {', '.join(map(str, numbers[:20])) or 'not at all'}"
    if row["revision_count"] != len(texts):
        yield f"it has {len(texts)} revisions, not {row['revision_count']}"
    for text in texts:
        if text["text_digest"] != text_digest(text["text"]):
            yield f"{_revision(text)} text isn't the one of its text_digest"
        if not _is_list(text["authors"]):
            yield f"{_revision(text)} authors is no JSON list"
        elif Content.of_row(dict(text)).digest != text["content_digest"]:
            yield f"{_revision(text)} title, authors, date or text isn't what was read from its page"
    if not texts:
        return
    last = texts[-1]
    for name in CONTENT_COLUMNS:
        if row[name] != last[name]:
            yield f"its {name} isn't that of its newest revision"
    for name in ("published_at", "published_precision"):
        vague = "hour" in (row["published_precision"], last["published_precision"])
        if not vague and row[name] not in {text[name] for text in texts}:
            yield f"its {name} is that of none of its revisions"


def _looks(row: sqlite3.Row, texts: Sequence[sqlite3.Row], looks: Sequence[Look]) -> Iterator[str]:
    if not looks:
        yield "no capture shows it"
        return
    try:
        begun = [(look.capture_id, look.content_digest) for look in beginnings(looks)]
    except ArchiveError:
        yield "a time of its captures is none"
        return
    if begun != [(text["capture_id"], text["content_digest"]) for text in texts]:
        yield f"its captures show {len(begun)} revisions, and not those that it has"
    if row["capture_id"] not in {look.capture_id for look in looks}:
        yield "it comes from a capture that doesn't show it"
    for name, look in (("first_captured_at", looks[0]), ("last_captured_at", looks[-1])):
        if row[name] != look.captured_at:
            yield f"its {name} is {row[name]}, not {look.captured_at}"


def _full_text(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Return the articles missing in an index whose row count is correct (the count is checked elsewhere)."""
    rows = connection.execute(
        "select id from articles where hidden_at is null and not exists"
        f" (select 1 from articles_fts_docsize where articles_fts_docsize.id = articles.seq) limit {_ROWS}"
    ).fetchall()
    if rows:
        message = f"the full-text index lacks {len(rows)} articles that are shown, {rows[0][0]} among them"
        yield Finding(file="articles_fts", kind=Kind.DATABASE, message=message, level=Level.MENDABLE)


def _revision(text: Mapping[str, Any] | sqlite3.Row) -> str:
    return f"revision {text['number']}: its"


def _is_list(text: str | None) -> bool:
    try:
        return isinstance(json.loads(text or ""), list)
    except ValueError:
        return False


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = from_iso(text)
    except (ArchiveError, TypeError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _shown(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _bitmaps(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Return whether timelines count other articles than the index has."""
    if months := disagreeing(connection):
        message = f"the bitmaps of {len(months)} months aren't what the full-text index has"
        yield Finding(file="bitmaps", kind=Kind.DATABASE, message=message, level=Level.MENDABLE)
