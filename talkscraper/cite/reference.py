"""The data of a reference to an article."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from talkscraper.errors import NotFound
from talkscraper.model import AuthorKind
from talkscraper.store.article_lookup import find_article
from talkscraper.store.article_revisions import article_revision
from talkscraper.store.database import from_iso
from talkscraper.store.text_values import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One text of one article, and the record that holds it."""

    article_id: str
    revision: int
    source: str | None
    """The source's name: as given by the page, else in sources.toml."""
    title: str | None
    authors: tuple[str, ...]
    published_at: datetime | None
    published_precision: str | None
    published_day: date | None
    modified_at: datetime | None
    language: str | None
    url: str
    captured_at: datetime
    captured_url: str
    record_id: str
    payload_digest: str | None
    text_digest: str
    extractor: str
    warc_file: str
    warc_offset: int
    lost_at: str | None = None
    """Since when the record's bytes are known to be lost."""
    author_kinds: tuple[str, ...] = ()
    """``person`` or ``organisation`` for each of ``authors``; a name without a kind is a person's."""
    key: str = ""
    """Its key in a bibliography, such as ``reed2025harbour``; unique in a document."""
    note: str | None = None
    """A reader's note on the article, in a collection."""


def reference(connection: sqlite3.Connection, ref: str, revision: int | None = None) -> Reference:
    """The reference to an article in its current state, or to the text of one revision.

    Args:
        connection: Gives ``sqlite3.Row`` (``open_reader`` does).
        ref: An id, a unique beginning of one, or a URL.
        revision: Its number; the newest text is cited from its newest capture, an older one from its first.

    Raises:
        NotFound: there is no such article or revision, or its record isn't in the archive.
    """
    article = find_article(connection, ref)
    number = article["revision_count"] if revision is None else revision
    text = article_revision(connection, article["id"], number)
    if text is None:
        raise NotFound(f"article {article['id']} has {article['revision_count']} revision(s), no number {number}")
    newest = number == article["revision_count"]
    capture = _record(connection, article["capture_id"] if newest else text["capture_id"])
    source = connection.execute("select name from sources where id = ?", [article["source_id"]]).fetchone()
    day = article["published_day"] if newest or text["published_at"] == article["published_at"] else None
    return Reference(
        article_id=article["id"],
        revision=number,
        source=article["site_name"] or (source["name"] if source else None),
        title=text["title"],
        authors=(authors := tuple(listed(text["authors"]))),
        published_at=from_iso(text["published_at"]) if text["published_at"] else None,
        published_precision=text["published_precision"],
        published_day=date.fromisoformat(day or text["published_at"][:10]) if text["published_at"] else None,
        modified_at=from_iso(text["modified_at"]) if text["modified_at"] else None,
        language=article["language"],
        url=article["url"],
        captured_at=from_iso(capture["captured_at"]),
        captured_url=capture["url"],
        record_id=capture["id"],
        payload_digest=capture["payload_digest"],
        text_digest=text["text_digest"],
        extractor=article["extractor"] if newest else text["extractor"],
        warc_file=capture["warc_file"],
        warc_offset=capture["warc_offset"],
        lost_at=capture["lost_at"],
        author_kinds=_kinds(article, authors),
    )


def _kinds(article: Mapping[str, Any], authors: tuple[str, ...]) -> tuple[str, ...]:
    """Return the kinds of a revision's authors, which are known for the article's."""
    known = dict(zip(listed(article["authors"]), listed(article["author_kinds"]), strict=False))
    return tuple(known.get(name, AuthorKind.PERSON.value) for name in authors)


def _record(connection: sqlite3.Connection, capture_id: str) -> Mapping[str, Any]:
    row = connection.execute("select * from captures where id = ?", [capture_id]).fetchone()
    if row is None:
        raise NotFound(f"the record {capture_id} isn't in this archive: 'talkscraper verify' says what is missing")
    return dict(row)
