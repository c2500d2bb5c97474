"""Formats of seeds' documents: how one is recognised and read, and the reading of a document by its kind."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING

from talkscraper.declarations import declared
from talkscraper.discovery.model import Link, Refused, Unreadable
from talkscraper.sources.seed_kinds import ARTICLE, SeedKind, seed_kind

if TYPE_CHECKING:
    from talkscraper.discovery.page_links import WebPage
    from talkscraper.html.onward import Onward
    from talkscraper.sources.model import Source

_HTML = re.compile(r"<(?:!doctype\s+html|html|body)\b", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_PROLOGUE = re.compile(r"<\?xml\b[^<>]*>\s*(?:<[!?](?!doctype\s+html)[^<>]*>\s*)*\Z", re.IGNORECASE)
_HEAD = 100_000
"""Characters; warnings of a program may fill some of them."""


@dataclass(frozen=True)
class SeedDocument:
    """The bytes of a homepage, feed, sitemap or the like."""

    body: bytes
    """Content-decoded."""
    url: str
    """After redirects."""
    source: Source
    content_type: str | None = None
    """The response's Content-Type header, for the charset."""

    @cached_property
    def page(self) -> WebPage:
        """Return the document as a web page.

        Raises:
            Unreadable: it is empty, or isn't HTML that a browser would show.
        """
        from talkscraper.discovery.page_links import parse_page

        return parse_page(self.body, self.url, self.content_type, text=self._decoded)

    @cached_property
    def text(self) -> str:
        """Return the text, without a byte order mark; undeclared gzip is decompressed.

        Raises:
            Unreadable: it is gzip that is damaged or too large.
        """
        return self._decoded.lstrip("\ufeff\u200b\x00 \t\r\n")

    @cached_property
    def _decoded(self) -> str:
        from talkscraper.discovery.seed_text import seed_text

        return seed_text(self.body, self.content_type)

    @cached_property
    def head(self) -> str:
        """Return the beginning of the text without comments, by which a format is recognised."""
        return _COMMENT.sub("", self.text[:_HEAD])

    def begins_with(self, root: re.Pattern[str]) -> bool:
        """Whether ``root`` is found in the head, and no web page begins before it (but an error message's)."""
        found, page = root.search(self.head), _HTML.search(self.head)
        if found is None:
            return False
        if page is None or found.start() < page.start():
            return True
        prologue = self.head.rfind("<?xml", 0, found.start())
        return prologue > page.start() and _PROLOGUE.match(self.head[prologue : found.start()]) is not None

    @property
    def is_web_page(self) -> bool:
        """Whether it looks like HTML."""
        return _HTML.search(self.head) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedContents:
    """What a document names."""

    links: tuple[Link, ...]
    """In the document's order, or the newest first: a limit drops the last ones."""
    form: str
    """The variant of the format, for reports: ``rss``, ``atom``, ``urlset`` …"""
    names_all_pages: bool = False
    """Whether it names every page of a site: links to articles must then look like articles."""
    title: str | None = None
    language: str | None = None
    next_url: str | None = None
    """URL of the older part (RFC 5005, JSON Feed's ``next_url``)."""
    passed_over: tuple[Link, ...] = ()
    """Of a web page: links with the form of articles that match none of ``article_urls``."""
    kind: str | None = None
    """The kind of seed that the document is, if its bytes say that it isn't of the expected kind."""
    refused: tuple[Refused, ...] = ()
    truncated: bool = False
    """Whether there were more links than the format's maximum."""
    onward: Onward | None = None
    """Where a web page leads by a refresh within seconds, or its only frame."""

    @property
    def articles(self) -> tuple[Link, ...]:
        """Return only the links to articles."""
        return tuple(link for link in self.links if link.kind == ARTICLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedFormat:
    """A format of the documents of a kind of seed. No two formats, but for pages', recognise the same document."""

    name: str
    """For docs."""
    kind: SeedKind
    recognises: Callable[[SeedDocument], bool]
    """Whether a document has this format, by its beginning."""
    read: Callable[[SeedDocument], SeedContents]
    """Raises ``Unreadable``."""
    certain: Callable[[SeedDocument], bool] = lambda _document: False
    """Whether a document where a web page is expected can't be one, but has this format."""
    media_types: tuple[str, ...] = ()
    """Media types of ``<link rel="alternate">`` that announce one."""


@cache
def seed_formats() -> tuple[SeedFormat, ...]:
    """Return all formats."""
    return declared("talkscraper.discovery.formats", SeedFormat)


def read_document(kind: str, body: bytes, url: str, source: Source, content_type: str | None = None) -> SeedContents:
    """Return what the document of a seed names; runs in a worker process.

    It is read as what its bytes are: a feed that robots.txt names as a sitemap is a feed. A web page in place of a feed
    is read if it names articles. A page may begin with anything, so it must begin as a feed or sitemap to be one.

    Args:
        kind: The name of the seed's kind.
        body: The document, content-decoded; undeclared gzip is decompressed to at most 64 MiB.
        url: Its URL, after redirects.
        source: The source of the seed.
        content_type: The response's Content-Type header, for the charset.

    Raises:
        Unreadable: it has no format of any kind, names no articles and isn't of the kind, or exceeds the limit when
            decompressed.
        ValueError: there is no such kind.
    """
    expected, document = seed_kind(kind), SeedDocument(body, url, source, content_type)
    fault: Unreadable | None = None
    for each in _candidates(expected, document):
        try:
            contents = each.read(document)
        except Unreadable as e:
            fault = fault or (e if each.kind == expected else None)
            continue
        if each.kind == expected:
            return contents
        if contents.articles or not each.kind.is_page:
            return replace(contents, kind=each.kind.name)
    if fault is not None:
        raise fault
    if not document.text:
        raise Unreadable(f"{url}: empty, not a {expected.name}")
    raise Unreadable(f"{url}: not a {expected.name}" + (" but a web page" if document.is_web_page else ""))


def _candidates(expected: SeedKind, document: SeedDocument) -> list[SeedFormat]:
    """Return the formats that recognise a document, the likeliest first."""
    found = [each for each in seed_formats() if each.recognises(document)]
    documents = [each for each in found if not each.kind.is_page]
    own = [each for each in found if each.kind == expected]
    if expected.is_page:
        # whatever isn't another format is a page
        others = [each for each in documents if each.certain(document)]
        return [*others, *own]
    others = [each for each in documents if each.kind != expected]
    listings = [each for each in found if each.kind.is_page and each.kind.key and document.is_web_page]
    return [*own, *others, *listings]
