"""Types of collections."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectedArticle:
    """An article in a collection: the text that it had when it was put in."""

    id: str
    revision: int
    text_digest: str
    added_at: datetime
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A named set of articles."""

    name: str
    id: str
    """Stays the same whatever is put in or taken out."""
    created_at: datetime
    articles: tuple[CollectedArticle, ...] = ()
    """In the order in which they were put in."""

    @property
    def digest(self) -> str:
        """The digest of the set: of its articles' ids and the digests of their texts, whatever their order."""
        return set_digest((each.id, each.text_digest) for each in self.articles)

    def article(self, article_id: str) -> CollectedArticle | None:
        """Return an article of the collection; None if it isn't in it."""
        return next((each for each in self.articles if each.id == article_id), None)


def set_digest(texts: Iterable[tuple[str, str]]) -> str:
    """Return ``sha256:`` and base16 over the sorted lines ``ID TEXT-DIGEST`` of pairs, each ended by a line feed."""
    lines = sorted({f"{article_id} {digest}\n" for article_id, digest in texts})
    return f"sha256:{hashlib.sha256(''.join(lines).encode()).hexdigest()}"
