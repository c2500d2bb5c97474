"""What the frontier hands out and takes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class UrlKind(StrEnum):
    """What is expected behind an address."""

    HOMEPAGE = "homepage"
    LISTING = "listing"
    FEED = "feed"
    SITEMAP = "sitemap"
    ARTICLE = "article"


class UrlState(StrEnum):
    """Where an address stands. ``next_due`` says when it is fetched; without it, it is left in peace."""

    DUE = "due"
    LEASED = "leased"
    DONE = "done"
    GONE = "gone"
    FAILED = "failed"
    REFUSED = "refused"
    """Not fetched on purpose: robots.txt, a takedown, the source's policy, a private address."""


class Fate(StrEnum):
    """What came of one lease; ``outcomes.settle`` turns it into the row's next state."""

    CHANGED = "changed"
    """Bytes that are new: a new page, a feed with something new."""
    UNCHANGED = "unchanged"
    """304, or the bytes that we had."""
    GONE = "gone"
    """404, 410, or a redirect to the front page."""
    FAILED = "failed"
    """The site or the network failed; tried again later, ever more rarely."""
    REFUSED = "refused"
    """We may not fetch it."""
    DEFERRED = "deferred"
    """Not tried: a budget, a stop or a host that asked for a pause. Due as before (or at ``retry_at``)."""


SEED_KINDS = (UrlKind.HOMEPAGE, UrlKind.LISTING, UrlKind.FEED, UrlKind.SITEMAP)
"""Kinds that name articles; they are polled, articles are climbed through on the ladder."""

PRIORITIES = {
    UrlKind.HOMEPAGE: 100,
    UrlKind.FEED: 90,
    UrlKind.SITEMAP: 80,
    UrlKind.LISTING: 70,
    UrlKind.ARTICLE: 0,
}
"""What names articles goes first, so that a budget is spent on the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """An address handed out for one fetch, with what is known from the last one."""

    id: int
    url: str
    source_id: str
    kind: UrlKind
    etag: str | None = None
    last_modified: str | None = None
    payload_digest: str | None = None
    lying_validators: bool = False
    """The site has said 'not modified' of a page that was: asked without conditions."""
    interval_s: int | None = None
    failures: int = 0
    discovered_at: datetime
    declared_at: datetime | None = None
    last_fetched_at: datetime | None = None
    requisites_pending: bool = False
    """The last run stopped before it had all pictures and styles of the page."""
    named: int | None = None
    """Of what names articles: how many it named when it was last read."""
    unconditional_since: datetime | None = None
    """When the page was last fetched in full although it has validators, to catch a lying one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What a fetch taught about an address."""

    fate: Fate
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    payload_digest: str | None = None
    lying_validators: bool | None = None
    """Set when this fetch proved or cleared it."""
    unconditional: bool = False
    """The whole page came, without conditions having been asked."""
    article_id: str | None = None
    published_at: datetime | None = None
    """When the article says it was published, where it says so to the hour: its age counts from there."""
    reason: str | None = None
    retry_at: datetime | None = None
    requisites_pending: bool = False
    named: int | None = None
    """Of what names articles and was read: how many it named."""
    incomplete: bool = False
    """It named more than could be taken: it is read again on the next day, as if for the first time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """What naming links did to the frontier."""

    named: int
    """Distinct addresses that were named."""
    articles: int
    """Of these, addresses of articles."""
    new: int
    """Of these, never named before."""
    fresh: int
    """Of these, not known when what names them was last looked at, whoever named them first."""
    refused: int = 0
    """Of these, refused by a rule of ours (no address that can be asked for, over a cap)."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Of these, those over a cap, by the words of ``intake.CAPS``."""
    dropped: int = 0
    """Older addresses, never fetched, that made room."""
