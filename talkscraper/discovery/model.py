"""Types of discovery: links, rejected links with reasons, and the error for unreadable bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from talkscraper.errors import TalkscraperError
from talkscraper.urls.canonical import MAX_URL_LENGTH, cleaned
from talkscraper.urls.crawler_traps import trap
from talkscraper.urls.resolution import resolved


class Unreadable(TalkscraperError):
    """Bytes in an unexpected format: not a feed, not a sitemap, not HTML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A fetchable address found in a document: absolute, cleaned, http or https, no crawler trap."""

    url: str
    kind: str
    """The expected kind of document at the address: ``ARTICLE``, or a kind of seed (``sources.seed_kinds``)."""
    via: str = ""
    """The URL of the document that names it."""
    title: str | None = None
    declared_at: datetime | None = None
    """The published time given by that document (UTC)."""
    modified_at: datetime | None = None
    """The modified time given by that document (UTC): a sitemap's ``lastmod``, Atom's ``updated``."""
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A rejected address, with the reason."""

    url: str
    reason: str


def joined(base: str, address: str) -> str | None:
    """Return an address in a page as an absolute URL; None if it isn't one (``javascript:``, ``mailto:``, garbage)."""
    return resolved(base, address) if len(address) <= 4 * MAX_URL_LENGTH else None


MAX_REFUSED = 100
"""Maximum number of rejected addresses kept, for reports."""


@dataclass(slots=True)
class LinkSet:
    """Collects the links of a document: each address once, no traps, no more than ``most``."""

    via: str
    most: int
    links: dict[str, Link] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    truncated: bool = False
    """Whether there were more than ``most``."""

    def add(
        self,
        url: str,
        kind: str,
        *,
        title: str | None = None,
        declared_at: datetime | None = None,
        modified_at: datetime | None = None,
        language: str | None = None,
    ) -> bool:
        """Add an absolute URL with what is said of it; return False if it is rejected, beyond the maximum, or known."""
        url = cleaned(url)
        reason = trap(url)
        if reason is not None:
            if len(self.refused) < MAX_REFUSED:
                self.refused.append(Refused(url=url[:300], reason=reason))
            return False
        if url in self.links:
            return False
        if len(self.links) >= self.most:
            self.truncated = True
            return False
        self.links[url] = Link(
            url=url, kind=kind, via=self.via, title=title, declared_at=declared_at, modified_at=modified_at,
            language=language,
        )  # fmt: skip
        return True
