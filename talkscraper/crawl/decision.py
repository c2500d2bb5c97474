"""Decisions on responses: what a page, feed or error means for the archive and the frontier. Pure functions.

``by_status`` decides on what needn't be parsed; ``by_links`` and ``by_extraction`` on what a worker process found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from typing import TYPE_CHECKING

from talkscraper.capture import CAPTURE_META_KEY
from talkscraper.crawl import failures
from talkscraper.crawl.failures import Failure
from talkscraper.crawl.login_pages import led_to_login
from talkscraper.errors import ExtractionFailed
from talkscraper.frontier.model import OUT_OF_BOUNDS, Fate, Lease, Settlement
from talkscraper.html.onward import MIN_ARTICLES_TO_STAY, onward_of_header
from talkscraper.ingest.page import UNREADABLE, CapturedPage, is_reserved
from talkscraper.model import Capture, Extraction, PageKind, Payload, Precision
from talkscraper.sources.bounds import Bounds

if TYPE_CHECKING:
    from scrapy.http import Response

    from talkscraper.crawl.seed_reader import SeedReading
    from talkscraper.discovery.rights import Signal
    from talkscraper.sources.model import Source

GONE_STATUSES = (404, 410)
BLOCKING_KINDS = frozenset({PageKind.BLOCKED, PageKind.CONSENT})
"""Page kinds by which a site refuses access."""
EXACT = frozenset({Precision.SECOND, Precision.MINUTE, Precision.HOUR})
"""Precisions that allow the age to be given in hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedPage:
    """A response to the request for a leased address, with its capture."""

    response: Response
    lease: Lease
    capture: Capture
    source: Source

    @classmethod
    def of(cls, response: Response, lease: Lease, source: Source) -> FetchedPage:
        """Return the page of a response that was captured."""
        return cls(response=response, lease=lease, capture=response.meta[CAPTURE_META_KEY], source=source)

    @property
    def status(self) -> int:
        """The status of the response."""
        return int(self.response.status)

    @property
    def is_article(self) -> bool:
        """Whether an article is expected at the address, not a seed."""
        return self.lease.is_article

    @property
    def is_same(self) -> bool:
        """Whether a response is a 304 or has the payload of the last one: there is nothing to parse or extract."""
        known = self.lease.payload_digest
        return self.status == 304 or (known is not None and self.capture.payload_digest == known)

    @property
    def has_same_validators(self) -> bool:
        """Whether a page that came in full has the validators of its last version (RFC 9110 §8.8)."""
        if self.lease.payload_digest is None:
            return False
        etag = header(self.response, b"ETag")
        if self.lease.etag and etag:
            return self.lease.etag == etag
        return self.lease.last_modified is not None and self.lease.last_modified == header(
            self.response, b"Last-Modified"
        )

    @property
    def rows(self) -> CapturedPage:
        """What is stored of it, before it is extracted."""
        # a page that set a cookie and redirected to itself is no other address
        hops = tuple(url for url in self.response.meta.get("redirect_urls", ()) if url != self.capture.url)
        return CapturedPage(capture=self.capture, source=self.source, hops=hops)

    @property
    def payload(self) -> Payload:
        """The input of extraction."""
        return Payload(capture=self.capture, body=self.response.body, headers=headers_of(self.response))

    @property
    def refusal(self) -> Failure | None:
        """The failure that a status of 400 and above means, except 404 and 410, or the login page in a page's place."""
        if self.status in GONE_STATUSES:
            return None
        failure = failures.of_status(self.status, self.lease.url)
        if failure is None and self.source.has_credentials:
            failure = led_to_login(self.lease.url, self.response.url)
        return failure


class Outcome(Enum):
    """What is written of a response, in one transaction."""

    FAILED = auto()
    """A failure: the address is tried again later, or is gone."""
    SEED_UNCHANGED = auto()
    LINKS = auto()
    """The links of a seed."""
    GONE = auto()
    """The article is no longer published."""
    UNCHANGED = auto()
    """The article's page is as it was."""
    RESERVED = auto()
    """The source's policy forbids keeping the text: only the rights signals are stored."""
    EXTRACTED = auto()
    """The article, or the kind of page that came in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What follows from a response."""

    outcome: Outcome
    settlement: Settlement
    """The next state of its address."""
    failure: Failure | None = None
    """Why it counts as failed, for log, report and completeness."""
    reading: SeedReading | None = None
    """The links of a seed that was parsed."""
    extraction: Extraction | None = None
    """The result of an article page that was parsed."""
    requisites: bool = False
    """Whether the page's style sheets, pictures and fonts are fetched next."""

    @property
    def has_content(self) -> bool:
        """Whether the page holds what was expected of it."""
        if self.extraction is not None:
            return self.extraction.article is not None
        return self.reading is not None and bool(self.reading.links)


def by_status(page: FetchedPage) -> Decision | None:
    """Decide on a response that is refused, gone or unchanged; return None for one that must be parsed."""
    if page.refusal is not None:
        return failed(page.refusal, page.status)
    return _article_by_status(page) if page.is_article else _seed_by_status(page)


def _article_by_status(page: FetchedPage) -> Decision | None:
    gone = page.rows.gone_reason
    if gone is not None:
        return Decision(outcome=Outcome.GONE, settlement=Settlement(fate=Fate.GONE, status=page.status, reason=gone))
    if not page.is_same:
        return None
    pending = page.lease.requisites_pending
    return Decision(
        outcome=Outcome.UNCHANGED,
        settlement=replace(settlement_of(page, Fate.UNCHANGED), requisites_pending=pending),
        requisites=pending,
    )


def _seed_by_status(page: FetchedPage) -> Decision | None:
    if page.status in GONE_STATUSES:
        detail = f"{page.lease.url}: answered {page.status}"
        return failed(Failure(fate=Fate.GONE, error=f"status-{page.status}", detail=detail), page.status)
    if page.is_same:
        return Decision(outcome=Outcome.SEED_UNCHANGED, settlement=settlement_of(page, Fate.UNCHANGED))
    return None


def by_links(page: FetchedPage, reading: SeedReading) -> Decision:
    """Decide on a seed that was parsed; one that can't be read has failed."""
    if reading.fault is not None:
        failure = Failure(fate=Fate.FAILED, error="unreadable", detail=reading.fault)
        return replace(failed(failure, page.status), reading=reading)
    return Decision(
        outcome=Outcome.LINKS,
        settlement=settlement_of(page, Fate.UNCHANGED),
        reading=reading,
        requisites=page.lease.seed_kind.is_page,
    )


def by_extraction(page: FetchedPage, extraction: Extraction, *, reservation: Signal | None) -> Decision:
    """Decide on a page that was extracted; ``reservation``: that of the rights in all texts of its site, or None."""
    source = page.source
    settlement = replace(
        settlement_of(page, Fate.CHANGED), reason=extraction.reason, published_at=exact_publication(extraction)
    )
    if page.lease.is_old and extraction.article is not None and extraction.article.published is not None:
        # of an old article the day is enough
        settlement = replace(settlement, published_at=extraction.article.published.instant)
    if is_out_of_bounds(source, extraction):
        settlement = replace(settlement, final=True, reason=OUT_OF_BOUNDS)
    kind = extraction.page_kind
    unusable = kind in UNREADABLE or kind in BLOCKING_KINDS
    if is_reserved(source, extraction, lambda: reservation):
        fate = Fate.REFUSED if source.tdm == "skip" else Fate.FAILED if unusable else Fate.CHANGED
        return Decision(
            outcome=Outcome.RESERVED,
            settlement=replace(settlement, fate=fate, reason=f"tdm: {source.tdm}"),
            extraction=extraction,
        )
    if unusable:
        why = f"{page.lease.url}: {kind}" + (f" ({extraction.reason})" if extraction.reason else "")
        return Decision(
            outcome=Outcome.EXTRACTED,
            settlement=replace(settlement, fate=Fate.FAILED),
            failure=Failure(fate=Fate.FAILED, error=str(kind), detail=why, blocked=kind in BLOCKING_KINDS),
            extraction=extraction,
        )
    return Decision(
        outcome=Outcome.EXTRACTED,
        settlement=replace(settlement, requisites_pending=bool(source.requisites)),
        extraction=extraction,
        requisites=True,
    )


def leads_to(page: FetchedPage, decided: Decision) -> str | None:
    """Return the URL to which a page leads by a refresh within seconds or its only frame; None if a reader stays."""
    if decided.extraction is not None:
        return decided.extraction.leads_to
    reading = decided.reading
    if reading is None or not page.lease.seed_kind.is_page:
        return None
    onward = onward_of_header(header(page.response, b"Refresh"), page.response.url) or reading.onward
    if onward is None:
        return None
    articles = reading.articles
    left = onward.leaves(
        empty=not articles,
        little=articles < MIN_ARTICLES_TO_STAY,
        sets_cookie=header(page.response, b"Set-Cookie") is not None,
    )
    return onward.url if left else None


def not_extracted(page: FetchedPage, error: ExtractionFailed) -> Decision:
    """Decide on an article page whose extraction was killed or exceeded its time limit."""
    return failed(Failure(fate=Fate.FAILED, error="extraction", detail=str(error)), page.status)


def failed(failure: Failure, status: int | None = None) -> Decision:
    """Return the decision on an address that failed."""
    settlement = Settlement(fate=failure.fate, status=status, reason=failure.error, retry_at=failure.retry_at)
    return Decision(outcome=Outcome.FAILED, settlement=settlement, failure=failure)


def settlement_of(page: FetchedPage, fate: Fate) -> Settlement:
    """Return what the frontier stores of a response: status, validators, and the payload digest of a complete page."""
    complete = page.status == 200
    return Settlement(
        fate=fate,
        status=page.status,
        etag=header(page.response, b"ETag"),
        last_modified=header(page.response, b"Last-Modified"),
        payload_digest=page.capture.payload_digest if complete else None,
        unconditional=complete,
    )


def exact_publication(extraction: Extraction) -> datetime | None:
    """Return the published instant if known to the hour, else None; a mere date would make a new story a day old."""
    article = extraction.article
    if article is None or article.published is None:
        return None
    return article.published.instant if article.published.precision in EXACT else None


def is_out_of_bounds(source: Source, extraction: Extraction) -> bool:
    """Whether an article was published before the source's ``since`` or after its ``until``."""
    published = extraction.article.published if extraction.article is not None else None
    return published is not None and Bounds.of(source).exclude_moment(published.instant)


def headers_of(response: Response) -> tuple[tuple[str, str], ...]:
    """Return a response's headers as pairs of text."""
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in values
    )


def header(response: Response, name: bytes) -> str | None:
    """Return the value of a header as text."""
    value = response.headers.get(name)
    return value.decode("latin-1") if value is not None else None
