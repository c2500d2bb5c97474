"""Data of an article's page, read from the database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from talkscraper.model import Capture
from talkscraper.replay import lookup
from talkscraper.store.article_lookup import article_connection, find_article
from talkscraper.store.article_revisions import article_revision, revision_heads
from talkscraper.store.captures import NOT_TAKEN_DOWN, row_to_capture
from talkscraper.store.content import Content
from talkscraper.store.database import iso

MAX_CAPTURES = 200
MAX_COPIES = 50
LOOKED_AT = 20_000
"""Maximum number of characters of a text that are compared with the standfirst."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionShown:
    """A revision of the article."""

    number: int
    capture_id: str
    captured_at: str
    title: str | None
    text: str
    word_count: int
    change: str
    extractor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldShown:
    """A field with its provenance and rivals."""

    field: str
    value: str | None
    rule: str
    rivals: tuple[tuple[str, str], ...]
    """(value, rule) pairs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureShown:
    """A picture in the article."""

    url: str
    alt: str | None
    caption: str | None
    credit: str | None
    archived: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyShown:
    """The same text elsewhere."""

    id: str
    title: str | None
    source: str | None
    published: str | None
    why: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleShown:
    """An article with its related rows. ``row`` is its row of ``articles``."""

    row: Mapping[str, Any]
    source_name: str | None
    revision: RevisionShown
    """The revision shown: the newest, or that of a time."""
    revisions: tuple[RevisionShown, ...]
    """All revisions, oldest first; without their texts, except the one shown."""
    fields: tuple[FieldShown, ...]
    pictures: tuple[PictureShown, ...]
    copies: tuple[CopyShown, ...]
    aliases: tuple[tuple[str, str], ...]
    captures: tuple[Capture, ...]
    capture: Capture | None
    """The capture of the revision shown; None if it has been taken down."""

    @property
    def is_newest(self) -> bool:
        """Whether the newest revision is shown."""
        return self.revision.number == self.revisions[-1].number

    @property
    def paragraphs(self) -> list[str]:
        """The paragraphs of the text shown."""
        return [each for each in self.revision.text.split("\n\n") if each.strip()]

    @property
    def authors(self) -> list[str]:
        """Names of the byline."""
        return names(self.row["authors"])

    @property
    def corrections(self) -> list[str]:
        """Corrections that the page declared apart from its text, as of its newest capture."""
        return names(self.row["corrections"])

    @property
    def tags(self) -> list[str]:
        """Keywords of the page."""
        return names(self.row["tags"])

    @property
    def standfirst(self) -> str | None:
        """The standfirst, or else the page's own summary; None where the text or the headline begins with it."""
        for name in ("lead", "description"):
            words = _plain(self.row[name] or "")
            known = (_plain(self.revision.text[:LOOKED_AT]), _plain(self.revision.title or ""))
            if words and self.is_newest and not any(words in each for each in known):
                return str(self.row[name])
        return None


def _plain(text: str) -> str:
    """Return a text's letters and digits, for a comparison of what may be cut or set differently."""
    return "".join(character for character in text.casefold() if character.isalnum())


def names(text: str | None) -> list[str]:
    """Return the names in a JSON list of strings or of objects with a name."""
    try:
        values = json.loads(text or "[]")
    except ValueError:
        return []
    found = [value.get("name") if isinstance(value, dict) else value for value in values if value]
    return [str(name) for name in found if name]


def article(connection: sqlite3.Connection, ref: str, at: datetime | None = None) -> ArticleShown:
    """Return an article in its current state, or as of a time.

    Raises:
        NotFound: there is no such article.
    """
    row = find_article(connection, ref)
    article_id = row["id"]
    revisions = tuple(_revision(each) for each in _revisions(connection, article_id))
    chosen = revisions[-1]
    if at is not None:
        moment = iso(at)
        chosen = next((each for each in reversed(revisions) if each.captured_at <= moment), revisions[0])
    own = article_connection(connection, article_id)
    source = connection.execute("select name from sources where id = ?", [row["source_id"]]).fetchone()
    return ArticleShown(
        row=row,
        source_name=source[0] if source else row["site_name"] or row["source_id"],
        revision=_with_text(connection, article_id, chosen),
        revisions=revisions,
        fields=_fields(own, article_id),
        pictures=_pictures(connection, own, article_id),
        copies=_copies(connection, row),
        aliases=tuple(
            (each["url"], each["why"])
            for each in connection.execute("select url, why from aliases where article_id = ? limit 50", [article_id])
        ),
        captures=_captures(connection, row),
        capture=_capture(connection, chosen.capture_id),
    )


def _revisions(connection: sqlite3.Connection, article_id: str) -> Sequence[Mapping[str, Any] | sqlite3.Row]:
    rows = revision_heads(connection, article_id)
    if rows:
        return rows
    # an article without revision rows comes from another program; its own row is used as its one revision
    return connection.execute(
        "select 1 as number, capture_id, last_captured_at as captured_at, title, '' as text, word_count, "
        "'first' as change, extractor from articles where id = ?",
        [article_id],
    ).fetchall()


def _revision(row: Mapping[str, Any] | sqlite3.Row) -> RevisionShown:
    return RevisionShown(
        number=row["number"],
        capture_id=row["capture_id"],
        captured_at=row["captured_at"],
        title=row["title"],
        text=row["text"],
        word_count=row["word_count"],
        change=row["change"],
        extractor=row["extractor"],
    )


def _with_text(connection: sqlite3.Connection, article_id: str, revision: RevisionShown) -> RevisionShown:
    return revision_with_text(connection, article_id, revision.number) or revision


def newest_number(connection: sqlite3.Connection, article_id: str) -> int:
    """Return the number of an article's newest revision."""
    return int(_revisions(connection, article_id)[-1]["number"])


def content_of(connection: sqlite3.Connection, article_id: str, number: int) -> Content | None:
    """Return the content of one revision, as it is compared with others; None if there is no such number."""
    row = article_revision(connection, article_id, number)
    return None if row is None else Content.of_row(dict(row))


def revision_with_text(connection: sqlite3.Connection, article_id: str, number: int) -> RevisionShown | None:
    """Return one revision with its text; None if there is no such number."""
    row = article_revision(connection, article_id, number)
    if row is None and number == 1:
        row = connection.execute(
            "select 1 as number, capture_id, last_captured_at as captured_at, title, text, word_count, "
            "'first' as change, extractor from articles where id = ?",
            [article_id],
        ).fetchone()
    return _revision(row) if row is not None else None


def _fields(connection: sqlite3.Connection, article_id: str) -> tuple[FieldShown, ...]:
    found = []
    for row in connection.execute(
        "select field, value, rule, rivals from provenance where article_id = ? order by rowid", [article_id]
    ):
        try:
            rivals = json.loads(row["rivals"] or "[]")
        except ValueError:
            rivals = []
        found.append(
            FieldShown(
                field=row["field"],
                value=row["value"],
                rule=row["rule"],
                rivals=tuple(
                    (str(each.get("value")), str(each.get("rule"))) for each in rivals if isinstance(each, dict)
                ),
            )
        )
    return tuple(found)


def _pictures(connection: sqlite3.Connection, own: sqlite3.Connection, article_id: str) -> tuple[PictureShown, ...]:
    return tuple(
        PictureShown(
            url=row["url"],
            alt=row["alt"],
            caption=row["caption"],
            credit=row["credit"],
            archived=lookup.is_archived(connection, row["url"]),
        )
        for row in own.execute("select * from images where article_id = ? order by position limit 100", [article_id])
    )


def _copies(connection: sqlite3.Connection, row: Mapping[str, Any]) -> tuple[CopyShown, ...]:
    if row["cluster_id"] is None:
        return ()
    return tuple(
        CopyShown(
            id=each["id"],
            title=each["title"],
            source=each["name"] or each["source_id"],
            published=each["published_at"],
            why=each["cluster_why"],
        )
        for each in connection.execute(
            "select articles.id, title, source_id, sources.name, published_at, cluster_why from articles "
            "left join sources on sources.id = source_id where cluster_id = ? and articles.id <> ? "
            f"and hidden_at is null order by published_at limit {MAX_COPIES}",
            [row["cluster_id"], row["id"]],
        )
    )


def _captures(connection: sqlite3.Connection, row: Mapping[str, Any]) -> tuple[Capture, ...]:
    """Return the captures of the article's page, newest first."""
    rows = connection.execute(
        "select * from captures where article_id = ? and record_type <> 'request' "
        f"and {lookup.PLAYABLE} and {NOT_TAKEN_DOWN} order by captured_at desc limit {MAX_CAPTURES}",
        [row["id"]],
    ).fetchall()
    return tuple(row_to_capture(each) for each in rows)


def _capture(connection: sqlite3.Connection, capture_id: str) -> Capture | None:
    row = connection.execute(f"select * from captures where id = ? and {NOT_TAKEN_DOWN}", [capture_id]).fetchone()
    return row_to_capture(row) if row is not None else None
