"""The shapes that travel through the program, from the wire to the row.

All are frozen, slotted and keyword-only: a value that has been made is never changed, only replaced.
Times are aware datetimes in UTC unless a field says otherwise; lengths and offsets are bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum

from talkscraper.fields import PageFields


class PageKind(StrEnum):
    """What a page turned out to be.

    ``ARTICLE`` becomes a row, ``LIVE`` and ``GALLERY`` with text, ``PAYWALL_STUB`` with headline and teaser.
    """

    ARTICLE = "article"
    LISTING = "listing"
    LIVE = "live"
    GALLERY = "gallery"
    PAYWALL_STUB = "paywall-stub"
    BLOCKED = "blocked"
    CONSENT = "consent"
    NOT_FOUND = "not-found"
    EMPTY = "empty"
    NOT_HTML = "not-html"


class Precision(StrEnum):
    """Precision of a date on a page."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    """Only of phrases like "3 hours ago"; the instant's minutes mean nothing then."""
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class Access(StrEnum):
    """What a page declares about who may read it (a claim, not a measurement)."""

    OPEN = "open"
    METERED = "metered"
    PAYWALLED = "paywalled"


class AuthorKind(StrEnum):
    """Whom a byline names."""

    PERSON = "person"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """One name of a byline."""

    name: str
    kind: AuthorKind = AuthorKind.PERSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture in the article; ``position`` counts from 0 in page order."""

    url: str
    alt: str | None = None
    caption: str | None = None
    credit: str | None = None
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedDate:
    """A date as a page states it: the instant, the offset it was written with and the day it printed, kept apart.

    ``instant`` is UTC; with a precision of day or coarser it is midnight UTC of ``day`` (the first day of the
    month or year). ``offset_minutes`` is None where none was printed. ``raw`` is the text that was read.
    """

    instant: datetime
    precision: Precision
    day: date
    offset_minutes: int | None = None
    raw: str | None = None

    @property
    def as_printed(self) -> datetime:
        """The instant in the offset it was printed with; in UTC where none was.

        Its date is ``day``, unless the time was given in UTC and the page's URL has the newsroom's day.
        """
        return self.instant.astimezone(timezone(timedelta(minutes=self.offset_minutes or 0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A value that another rule offered and that didn't win."""

    value: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProvenance:
    """Where a field's value came from: the rule that won, and its rivals in the order they were tried."""

    field: str
    value: str | None
    rule: str
    rivals: tuple[Rival, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Article(PageFields):
    """A clean article. ``text`` is its own paragraphs, separated by a blank line, and nothing else.

    A field that isn't known is None (or an empty tuple), never a guess. The plain fields are in ``fields.PageFields``.
    """

    url: str
    """The canonical URL, as the page declares it on its own site, else the URL it was fetched from."""
    title: str | None
    text: str
    word_count: int
    text_digest: str
    """``sha256:`` and lower-case base16 over the UTF-8 text."""
    authors: tuple[Author, ...] = ()
    published: PublishedDate | None = None
    modified: PublishedDate | None = None
    headlines: tuple[Rival, ...] = ()
    """Other genuine headlines the page carries (og:title, JSON-LD headline, <title>, h1), with their rule."""
    images: tuple[Image, ...] = ()
    access: Access | None = None
    truncated: bool = False
    """Only the part before a paywall is there."""

    @property
    def published_at(self) -> datetime | None:
        """The published instant, in the offset it was printed with, so that its date is the printed day."""
        return self.published.as_printed if self.published else None

    @property
    def published_precision(self) -> Precision | None:
        """Precision of ``published_at``."""
        return self.published.precision if self.published else None

    @property
    def modified_at(self) -> datetime | None:
        """The modified instant, in the offset it was printed with."""
        return self.modified.as_printed if self.modified else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What one capture's bytes hold. Deterministic: the same arguments give an equal Extraction anywhere."""

    page_kind: PageKind
    article: Article | None
    reason: str | None = None
    """Why it is of that kind, or why there is no article; for people."""
    provenance: tuple[FieldProvenance, ...] = ()
    signals: tuple[Rival, ...] = ()
    """Rights signals on the page or in its headers (noai, noarchive, tdm-reservation), raw value and where."""
    extractor: str = ""
    """Name and version of what derived this, e.g. ``talkscraper 1.0.0 trafilatura 2.3.1``."""
    links: tuple[str, ...] = ()
    """Unused by the store; reserved for callers that want the page's links without parsing again."""
    leads_to: str | None = None
    """Absolute URL to which a page leads that has nothing to read: by a refresh within seconds, or its only frame."""


UNDATED = datetime.min.replace(tzinfo=UTC)
"""``Capture.captured_at`` of a record whose WARC-Date is missing, or can't be; NULL in its row."""


class RecordType(StrEnum):
    """WARC-Type values we write or index (WARC/1.1 §5.5)."""

    WARCINFO = "warcinfo"
    RESPONSE = "response"
    REQUEST = "request"
    REVISIT = "revisit"
    METADATA = "metadata"
    RESOURCE = "resource"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """A response, resource or revisit record, and where it is stored: one row of ``captures``.

    ``id`` is the WARC-Record-ID exactly as in the record, angle brackets included. ``warc_offset`` and
    ``warc_length`` delimit the record's own gzip member (or the plain record) in the file ``warc_file``.
    """

    id: str
    url: str
    urlkey: str
    captured_at: datetime
    status: int | None
    mime: str | None
    payload_digest: str | None
    record_type: RecordType
    warc_file: str
    warc_offset: int
    warc_length: int
    truncated: str | None = None
    """WARC-Truncated's reason: length, time, disconnect or unspecified."""
    ip: str | None = None
    method: str = "GET"
    refers_to: str | None = None
    """The id of the record a revisit stands for, where it is known."""
    refers_to_url: str | None = None
    refers_to_date: datetime | None = None
    page_capture_id: str | None = None
    run_id: int | None = None
    source_id: str | None = None
    redirect_to: str | None = None
    """The absolute target of a 3xx, for indexes and identity."""
    etag: str | None = None
    last_modified: str | None = None
    asked_as: str | None = None
    """What a crawl expected behind the address: ``article``, ``homepage``, ``listing``, ``feed`` or ``sitemap``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """A capture's bytes, ready for ``extract``: content-decoded body, headers as sent, and whose they are."""

    capture: Capture
    body: bytes
    headers: tuple[tuple[str, str], ...] = field(default=())

    @property
    def content_type(self) -> str | None:
        """The first Content-Type header's value."""
        return next((value for name, value in self.headers if name.lower() == "content-type"), None)
