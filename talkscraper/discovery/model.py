"""What discovery hands on: links, what was refused and why, and the error for bytes that can't be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from urllib.parse import urljoin, urlsplit

from talkscraper.errors import TalkscraperError
from talkscraper.urls.canonical import MAX_URL_LENGTH, cleaned
from talkscraper.urls.crawler_traps import trap


class LinkKind(StrEnum):
    """What is expected behind a link."""

    ARTICLE = "article"
    FEED = "feed"
    SITEMAP = "sitemap"
    LISTING = "listing"


class Unreadable(TalkscraperError):
    """Bytes that aren't what they should be: not a feed, not a sitemap, not HTML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address that something names, ready to be fetched: absolute, cleaned, http or https, no trap."""

    url: str
    kind: LinkKind
    via: str = ""
    """The URL of what names it."""
    title: str | None = None
    declared_at: datetime | None = None
    """When it was published, as what names it says (UTC)."""
    modified_at: datetime | None = None
    """When it last changed, as what names it says (UTC): a sitemap's ``lastmod``, Atom's ``updated``."""
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An address that is left alone, and why."""

    url: str
    reason: str


def joined(base: str, address: str) -> str | None:
    """An address as a page writes it, made absolute; None where it is none (``javascript:``, ``mailto:``, garbage)."""
    address = address.strip().replace("\n", "").replace("\r", "").replace("\t", "")
    if not address or len(address) > 4 * MAX_URL_LENGTH:
        return None
    try:
        found = urljoin(base, address)
        return found if urlsplit(found).scheme in ("http", "https") else None
    except ValueError:
        return None


MAX_REFUSED = 100
"""So many refusals are kept, for people to read."""


@dataclass(slots=True)
class LinkSet:
    """Gathers links of one page: each address once, no traps, no more than ``most``."""

    via: str
    most: int
    links: dict[str, Link] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    truncated: bool = False
    """There were more than ``most``."""

    def add(self, url: str, make: Callable[[str], Link]) -> bool:
        """Take an absolute URL; False where it is refused, too much or there already."""
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
        self.links[url] = make(url)
        return True
