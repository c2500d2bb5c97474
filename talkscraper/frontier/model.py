"""Types of the frontier: states of addresses, leases and their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from talkscraper.sources.seed_kinds import ARTICLE, SeedKind, seed_kind

OUT_OF_BOUNDS = "out-of-bounds"
"""``urls.reason`` of an article outside its source's ``since`` and ``until``."""


class UrlState(StrEnum):
    """The state of an address. ``next_due`` is the time of its next fetch; without it, it isn't fetched."""

    DUE = "due"
    LEASED = "leased"
    DONE = "done"
    GONE = "gone"
    FAILED = "failed"
    REFUSED = "refused"
    """Not fetched by decision: robots.txt, a takedown, the source's policy, a private address."""


class Fate(StrEnum):
    """The result of one lease; ``outcomes.settle`` derives the row's next state from it."""

    CHANGED = "changed"
    """New bytes: a new page, or a feed that named something new."""
    UNCHANGED = "unchanged"
    """304, or an unchanged payload."""
    GONE = "gone"
    """404, 410, or a redirect to the homepage."""
    FAILED = "failed"
    """The site or the network failed; retried later, at growing intervals."""
    REFUSED = "refused"
    """Fetching isn't permitted."""
    DEFERRED = "deferred"
    """Not tried, because of a budget, a stop or a host's pause. Due as before (or at ``retry_at``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """An address handed out for one fetch, with what is known from the last one."""

    id: int
    url: str
    source_id: str
    kind: str
    """``ARTICLE``, or a kind of seed (``sources.seed_kinds``)."""
    etag: str | None = None
    last_modified: str | None = None
    payload_digest: str | None = None
    lying_validators: bool = False
    """The site answered 304 for a page that had changed: request it without conditions."""
    interval_s: int | None = None
    failures: int = 0
    discovered_at: datetime
    declared_at: datetime | None = None
    last_fetched_at: datetime | None = None
    requisites_pending: bool = False
    """The last run stopped before all requisites of the page were captured."""
    named: int | None = None
    """For seeds: how many addresses it named when it was last read."""
    is_old: bool = False
    """A backfill brought it: without a date it is taken for old, and not looked at again."""
    backfill_id: int | None = None
    """It isn't a row of the frontier but a page of this door of a backfill (``backfills.id``)."""
    unconditional_since: datetime | None = None
    """When the page was last fetched in full in spite of validators, to detect wrong 304 responses."""

    @property
    def is_article(self) -> bool:
        """Whether it isn't a seed. Seeds are polled; articles follow the ladder of ages."""
        return self.kind == ARTICLE

    @property
    def seed_kind(self) -> SeedKind:
        """Return the kind of seed.

        Raises:
            ValueError: it is an article.
        """
        return seed_kind(self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What a fetch found out about an address."""

    fate: Fate
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    payload_digest: str | None = None
    lying_validators: bool | None = None
    """Set if this fetch proved or disproved that the site's 304 responses are wrong."""
    unconditional: bool = False
    """Whether the complete page came in response to an unconditional request."""
    article_id: str | None = None
    published_at: datetime | None = None
    """The published time of the article if known to the hour; its age counts from there."""
    reason: str | None = None
    retry_at: datetime | None = None
    requisites_pending: bool = False
    named: int | None = None
    """For seeds that were read: how many addresses it named."""
    final: bool = False
    """It is an article outside the source's ``since`` and ``until``: kept, and never fetched again."""
    incomplete: bool = False
    """It named more than the caps allow: it is read again on the next day, as if for the first time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """The effect of added links on the frontier."""

    named: int
    """Number of distinct addresses named."""
    articles: int
    """Of these, addresses of articles."""
    new: int
    """Of these, never named before."""
    fresh: int
    """Of these, not known when the naming document was last fetched, whichever document named them first."""
    refused: int = 0
    """Of these, refused by a rule (no fetchable address, over a cap)."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Of these, over a cap, by the keys of ``intake.CAPS``."""
    dropped: int = 0
    """Number of older addresses, never fetched, that were displaced."""
