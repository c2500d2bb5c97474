"""A newsroom as sources.toml describes it. Made objects make sense: nonsense is refused when they are made.

Each field of ``Source`` but ``id`` is a key of ``[sources.NAME]``; ``seeds`` stands for one key per kind of seed.
docs/sources.md explains them all, and a test holds the two against each other.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Literal

from talkscraper.sources.access_settings import Auth, CertificateFiles, CookieSettings, ProxySettings
from talkscraper.sources.notify_settings import NotifySettings
from talkscraper.sources.retention import KEPT_FOR_GOOD, Retention
from talkscraper.sources.secrets import Secret
from talkscraper.sources.seed_kinds import HOMEPAGE, seed_kind, seed_kinds
from talkscraper.sources.values import (
    ValueRefused,
    checked_contact,
    checked_host,
    checked_language,
    checked_selector,
    checked_tag,
    checked_timezone,
    checked_url,
)
from talkscraper.urls.canonical import host_of

TDM_POLICIES = ("store-flagged", "ignore", "skip-text", "skip")
"""The effects of a rights reservation (TDMRep, noai): docs/crawling.md."""

RequisiteScope = Literal[True, False, "page", "all"]
"""Values of ``requisites``: what a page needs to be shown; with ``"all"`` also media, with ``"page"`` neither scripts
nor frames; nothing.
"""
REQUISITE_SCOPES: tuple[RequisiteScope, ...] = (True, False, "page", "all")

INBOX = "inbox"
"""The id of the source of pages captured by hand that belong to no other; it needs no homepage."""

SOURCE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")

ACCESS_KEYS = ("headers", "cookies", "auth", "user_agent", "proxy", "client_certificate")
"""Keys that say how a source is reached, most of them with secrets."""

DATE_ORDERS = ("DMY", "MDY", "YMD")
MAX_DELAY_S = 3600.0
MAX_CONCURRENT = 16
MAX_RUNGS = 20


class FieldRefused(ValueError):
    """An invalid value: ``field`` names the key, ``position`` the element of a list."""

    def __init__(self, name: str, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.field = name
        self.position = position


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A page of a site with its expected values; None isn't compared."""

    url: str
    title: str | None = None
    published: dt.date | None = None
    """The published date."""
    authors: tuple[str, ...] | None = None
    begins: str | None = None
    """The beginning of its text."""
    ends: str | None = None
    """The end of its text."""

    def __post_init__(self) -> None:
        _one("url", self.url, checked_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selectors:
    """Corrections for a site's pages: CSS selectors by field (XPath if it starts with ``/``, ``./`` or ``(``)."""

    title: tuple[str, ...] = ()
    """The headline."""
    date: tuple[str, ...] = ()
    """The date of publication."""
    authors: tuple[str, ...] = ()
    """The authors' names, one element each."""
    body: tuple[str, ...] = ()
    """The element or elements that contain the article's paragraphs."""
    drop: tuple[str, ...] = ()
    """Elements that aren't part of the article."""
    date_order: str | None = None
    """``DMY``, ``MDY`` or ``YMD``: the order of its numeric dates."""
    timezone: str | None = None
    """The time zone of times printed without one; by default the source's own."""
    language: str | None = None
    """The language of pages that declare none: the source's own (``Source.reading``), not a key of the table."""
    valid_from: dt.date | None = None
    """The first day of capture on which the selectors apply."""
    valid_until: dt.date | None = None
    """The last such day."""
    sample: Sample | None = None
    """A page with its expected values, for ``sources check``."""

    def __post_init__(self) -> None:
        for name in ("title", "date", "authors", "body", "drop"):
            _each(name, getattr(self, name), checked_selector)
        if self.date_order is not None and self.date_order not in DATE_ORDERS:
            raise FieldRefused("date_order", f"{self.date_order!r} is none of {', '.join(DATE_ORDERS)}")
        if self.timezone is not None:
            _one("timezone", self.timezone, checked_timezone)
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise FieldRefused("valid_until", "is before valid_from")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recrawl:
    """When an article is fetched again: at these ages, or (``always``) in every run."""

    ages: tuple[timedelta, ...] = ()
    always: bool = False

    def __post_init__(self) -> None:
        if self.always and self.ages:
            raise ValueError("either always or ages")
        if len(self.ages) > MAX_RUNGS:
            raise ValueError(f"more than {MAX_RUNGS} ages")
        if any(age < timedelta(minutes=1) for age in self.ages):
            raise ValueError("an age of less than a minute")
        if list(self.ages) != sorted(set(self.ages)):
            raise ValueError("ages must rise")


DEFAULT_MAX_BYTES = 2 * 2**30
DEFAULT_MAX_NEW = 50_000
DEFAULT_RECRAWL = Recrawl(ages=(timedelta(hours=1), timedelta(days=1), timedelta(days=7)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source: its addresses, how its articles are found, and the limits of its crawl."""

    id: str
    """Its id in sources.toml: ``[sources.ID]``."""
    name: str
    homepage: str
    article_urls: tuple[re.Pattern[str], ...] = ()
    """Regular expressions searched in a URL; one that matches is an article's. Empty: the URL's form decides."""
    seeds: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Lists of addresses by their keys in sources.toml (``feeds``, ``sitemaps``, ``sections`` …: ``seed_keys()``)."""
    hosts: tuple[str, ...] = ()
    """Further hosts of its pages (with subdomains), beside the homepage's."""
    language: str | None = None
    timezone: str | None = None
    delay: float = 2.0
    """Minimum number of seconds between two requests to one host."""
    concurrency: int = 1
    """Maximum number of concurrent requests to one host."""
    max_pages: int | None = None
    """Maximum number of articles per run."""
    max_bytes: int = DEFAULT_MAX_BYTES
    """Maximum number of bytes received per run, and of bytes by which it may enlarge the database."""
    max_new: int = DEFAULT_MAX_NEW
    """Maximum number of new article addresses per day (UTC)."""
    max_time: timedelta | None = None
    """Maximum time per run."""
    max_requests_per_day: int | None = None
    """Maximum number of requests to one host on a day (UTC), over all runs."""
    hours: str | None = None
    """Time windows in its time zone (else UTC), outside which nothing is fetched: ``sources.hours``."""
    since: dt.date | None = None
    """The first day whose articles are fetched; what is known to be older isn't."""
    until: dt.date | None = None
    """The last such day."""
    requisites: RequisiteScope = True
    """What is captured with each page, for replay: style sheets, images, fonts, scripts and frames."""
    recrawl: Recrawl = DEFAULT_RECRAWL
    retention: Retention = KEPT_FOR_GOOD
    """How long captures are kept that no article's text depends on; without it, for good."""
    tdm: str = "store-flagged"
    allow_private: bool = False
    """Whether its hosts may have private or loopback addresses."""
    renamed_from: tuple[str, ...] = ()
    """Its former ids: the rows of these sources become its own in the next run."""
    tags: tuple[str, ...] = ()
    """Groups to which it belongs: ``crawl @TAG``."""
    enabled: bool = True
    """False: no run fetches it; what is archived stays."""
    selectors: Selectors = field(default_factory=Selectors)
    headers: tuple[tuple[str, Secret], ...] = ()
    """Further request headers, sent to its own hosts only, as are cookies, login and certificate."""
    cookies: CookieSettings | None = None
    auth: Auth | None = None
    user_agent: Secret | None = None
    """Replaces the crawler's User-Agent on its own hosts."""
    proxy: ProxySettings | None = None
    """Through what it is reached; by default what the top of the file says."""
    client_certificate: CertificateFiles | None = None

    def __post_init__(self) -> None:
        if not SOURCE_ID.fullmatch(self.id):
            raise FieldRefused("id", f"{self.id!r} can't name a source: letters, digits, '-', '_', '.', at most 64")
        for position, former in enumerate(self.renamed_from):
            if not SOURCE_ID.fullmatch(former):
                raise FieldRefused("renamed_from", f"{former!r} can't name a source", position)
            if former == self.id:
                raise FieldRefused("renamed_from", "is the source's own id", position)
        _each("tags", self.tags, checked_tag)
        if not self.name.strip():
            raise FieldRefused("name", "is empty")
        if self.homepage or self.id != INBOX:
            _one("homepage", self.homepage, checked_url)
        for key, urls in self.seeds:
            _each(key, urls, checked_url)
        _each("hosts", self.hosts, checked_host)
        if self.language is not None:
            _one("language", self.language, checked_language)
        if self.timezone is not None:
            _one("timezone", self.timezone, checked_timezone)
        if not 0 <= self.delay <= MAX_DELAY_S:
            raise FieldRefused("delay", f"{self.delay} is not between 0 and {MAX_DELAY_S:.0f} seconds")
        if not 1 <= self.concurrency <= MAX_CONCURRENT:
            raise FieldRefused("concurrency", f"{self.concurrency} is not between 1 and {MAX_CONCURRENT}")
        for name in ("max_pages", "max_bytes", "max_new", "max_requests_per_day"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise FieldRefused(name, f"{value} is less than 1")
        if self.max_time is not None and self.max_time < timedelta(seconds=1):
            raise FieldRefused("max_time", "is less than a second")
        if self.hours is not None:
            # imported here: that module works on sources
            from talkscraper.sources.hours import checked_hours

            _one("hours", self.hours, checked_hours)
        if self.since and self.until and self.until < self.since:
            raise FieldRefused("until", "is before since")
        if self.requisites not in REQUISITE_SCOPES:
            raise FieldRefused("requisites", f"{self.requisites!r} is none of true, false, 'page', 'all'")
        if self.tdm not in TDM_POLICIES:
            raise FieldRefused("tdm", f"{self.tdm!r} is none of {', '.join(TDM_POLICIES)}")

    def seeds_of(self, kind: str) -> tuple[str, ...]:
        """Return the addresses that sources.toml gives for a kind of seed."""
        if kind == HOMEPAGE:
            return (self.homepage,) if self.homepage else ()
        return dict(self.seeds).get(seed_kind(kind).key or "", ())

    @property
    def seed_urls(self) -> dict[str, str]:
        """Return all addresses that sources.toml gives, each with its kind, the lowest priority first."""
        return {url: kind for kind in reversed(tuple(seed_kinds())) for url in self.seeds_of(kind)}

    @property
    def reading(self) -> Selectors:
        """Return its selectors with the source's language, and its time zone if they give none: for extraction."""
        return replace(self.selectors, timezone=self.selectors.timezone or self.timezone, language=self.language)

    @property
    def obeys_reservations(self) -> bool:
        """Whether, by its tdm policy, no article is made of a page whose rights are reserved."""
        return self.tdm in ("skip", "skip-text")

    @property
    def access_keys(self) -> tuple[str, ...]:
        """Return which of the keys of access it has; their values are in nobody's row."""
        return tuple(key for key in ACCESS_KEYS if getattr(self, key))

    @property
    def has_credentials(self) -> bool:
        """Whether it is read with a subscription or another login."""
        return bool(self.headers or self.cookies or self.auth or self.client_certificate)

    @property
    def own_hosts(self) -> tuple[str, ...]:
        """Return the hosts of its pages, lower-case and without ``www.``; subdomains are its own too."""
        return tuple(
            dict.fromkeys((*map(host_of, self.seeds_of(HOMEPAGE)), *(each.removeprefix("www.") for each in self.hosts)))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The contents of a sources.toml."""

    contact: str | None = None
    """A page about the operator, or an e-mail address: part of the User-Agent."""
    notify: NotifySettings | None = None
    """Whom to tell what became bad or well."""
    proxy: ProxySettings | None = None
    """The proxy of sources that name none."""
    max_archive: int | None = None
    """Maximum number of bytes of the archive's folder, at which crawls end."""
    sources: Mapping[str, Source] = field(default_factory=lambda: MappingProxyType({}))
    """The sources to be crawled, by id, in the file's order."""
    disabled: Mapping[str, Source] = field(default_factory=lambda: MappingProxyType({}))
    """Sources with ``enabled = false``."""

    def __post_init__(self) -> None:
        if self.contact is not None:
            _one("contact", self.contact, checked_contact)
        if self.max_archive is not None and self.max_archive < 1:
            raise FieldRefused("max_archive", f"{self.max_archive} is less than 1")


def _one(name: str, value: str, check: object) -> None:
    assert callable(check)
    try:
        check(value)
    except ValueRefused as e:
        raise FieldRefused(name, str(e)) from e


def _each(name: str, values: tuple[str, ...], check: object) -> None:
    assert callable(check)
    for position, value in enumerate(values):
        try:
            check(value)
        except ValueRefused as e:
            raise FieldRefused(name, str(e), position) from e
