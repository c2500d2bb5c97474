"""Content of a revision: text, title, authors and dates. A change of anything else makes no new revision."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from talkscraper.model import Article, Precision
from talkscraper.store.database import from_iso, iso
from talkscraper.store.text_values import storable

RENDERED_WITHIN = timedelta(minutes=10)
"""Maximum distance of a modified time from its capture at which it may be the time of rendering, and is ignored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The columns of ``revisions`` that come from a page, as stored."""

    title: str | None
    authors: str
    published_at: str | None
    published_precision: str | None
    modified_at: str | None
    text: str
    text_digest: str
    word_count: int

    @property
    def digest(self) -> str:
        """Return a digest, equal for contents of one revision. The modified time is excluded (``says_modified``)."""
        # relative dates ("3 hours ago") are different in every capture
        vague = self.published_precision == Precision.HOUR
        published = None if vague else f"{self.published_at} {self.published_precision}"
        parts = [self.title, json.loads(self.authors), published, self.text_digest]
        return sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()[:32]

    @classmethod
    def of(cls, article: Article) -> Content:
        """Return the content of an extracted article, without characters that SQLite can't store."""
        text = storable(article.text) or ""
        return cls(
            title=storable(article.title),
            authors=names_json(article),
            published_at=iso(article.published.instant) if article.published else None,
            published_precision=article.published.precision.value if article.published else None,
            modified_at=iso(article.modified.instant) if article.modified else None,
            text=text,
            text_digest=article.text_digest if text == article.text else text_digest(text),
            word_count=article.word_count,
        )

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> Content:
        """Return the content of a row of ``revisions``."""
        return cls(**{name: row[name] for name in COLUMNS})


COLUMNS = tuple(each.name for each in fields(Content))
"""The columns that ``revisions`` and ``articles`` share."""


def names_json(article: Article) -> str:
    """Return the byline's names as a JSON list."""
    return json.dumps([storable(author.name) for author in article.authors], ensure_ascii=False)


def text_digest(text: str) -> str:
    """Return the digest by which a text is cited: ``sha256:`` and base16 over its UTF-8."""
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def says_modified(before: str | None, now: str | None, captured_at: str) -> bool:
    """Whether a changed modified time makes a revision by itself: it isn't merely the time of rendering."""
    if now is None or now == before:
        return False
    return _moment(captured_at) - _moment(now) > RENDERED_WITHIN


def _moment(text: str) -> datetime:
    return from_iso(text)
