"""Entries of feeds of any format → links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from talkscraper.discovery.formats.feed import FEED
from talkscraper.discovery.model import LinkSet
from talkscraper.discovery.seed_format import SeedContents
from talkscraper.sources.seed_kinds import ARTICLE

MAX_ENTRIES = FEED.max_links
"""Maximum number of entries read from one feed; the largest legitimate ones hold a few hundred."""
WEB_ADDRESS = re.compile(r"\s*https?://", re.IGNORECASE)
"""An identifier is an address only if it has this form."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class FeedHead:
    """A feed's metadata."""

    title: str | None = None
    language: str | None = None
    next_url: str | None = None


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry; without an address it names nothing."""

    url: str | None
    title: str | None = None
    published: datetime | None = None
    modified: datetime | None = None


def add_entry(found: LinkSet, entry: FeedEntry, language: str | None) -> None:
    """Add an entry's link; ``language`` is the feed's."""
    if entry.url is None:
        return
    found.add(
        entry.url,
        ARTICLE,
        title=entry.title,
        declared_at=entry.published or entry.modified,
        modified_at=entry.modified,
        language=language,
    )


def feed_contents(found: LinkSet, form: str, head: FeedHead) -> SeedContents:
    """Return what the feed names; ``found`` has its entries, in its own order (usually newest first)."""
    return SeedContents(
        links=tuple(found.links.values()),
        form=form,
        title=head.title,
        language=head.language,
        next_url=head.next_url,
        refused=tuple(found.refused),
        truncated=found.truncated,
    )


def language_tag(value: object) -> str | None:
    """Return a declared language in lower case; None if it isn't a language tag (BCP 47)."""
    if isinstance(value, str) and _LANGUAGE.fullmatch(value.strip().replace("_", "-")):
        return value.strip().replace("_", "-").lower()
    return None
