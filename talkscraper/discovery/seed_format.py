"""Formats of seeds' documents: how one is recognised and read, and the reading of a document by its kind."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
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
_HEAD = 10_000


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

        return parse_page(self.body, self.url, self.content_type)

    @cached_property
    def text(self) -> str:
        """Return the text, without a byte order mark; undeclared gzip is decompressed.

        Raises:
            Unreadable: it is gzip that is damaged or too large.
        """
        from talkscraper.discovery.seed_text import seed_text

        return seed_text(self.body, self.content_type).lstrip("\ufeff \t\r\n")

    @property
    def head(self) -> str:
        """Return the beginning of the text, by which a format is recognised."""
        return self.text[:_HEAD]

    def begins_with(self, root: re.Pattern[str]) -> bool:
        """Whether ``root`` is found in the head, and no web page begins before it."""
        found, page = root.search(self.head), _HTML.search(self.head)
        return found is not None and (page is None or found.start() < page.start())

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
    """A format of the documents of a kind of seed. No two formats of a kind recognise the same document."""

    name: str
    """For docs."""
    kind: SeedKind
    recognises: Callable[[SeedDocument], bool]
    """Whether a document has this format, by its beginning."""
    read: Callable[[SeedDocument], SeedContents]
    """Raises ``Unreadable``."""
    media_types: tuple[str, ...] = ()
    """Media types of ``<link rel="alternate">`` that announce one."""


@cache
def seed_formats() -> tuple[SeedFormat, ...]:
    """Return all formats."""
    return declared("talkscraper.discovery.formats", SeedFormat)


def read_document(kind: str, body: bytes, url: str, source: Source, content_type: str | None = None) -> SeedContents:
    """Return what the document of a seed names; runs in a worker process.

    Args:
        kind: The name of the seed's kind.
        body: The document, content-decoded; undeclared gzip is decompressed to at most 64 MiB.
        url: Its URL, after redirects.
        source: The source of the seed.
        content_type: The response's Content-Type header, for the charset.

    Raises:
        Unreadable: it has none of the kind's formats, or exceeds the limit when decompressed.
        ValueError: there is no such kind.
    """
    expected, document = seed_kind(kind), SeedDocument(body, url, source, content_type)
    for each in seed_formats():
        if each.kind == expected and each.recognises(document):
            return each.read(document)
    if not document.text:
        raise Unreadable(f"{url}: empty, not a {expected.name}")
    raise Unreadable(f"{url}: not a {expected.name}" + (" but a web page" if document.is_web_page else ""))
