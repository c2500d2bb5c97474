"""Atom feeds (RFC 4287) with pages (RFC 5005), answered with 304 where the reader has the newest."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape, quoteattr

from starlette.datastructures import Headers
from starlette.responses import Response

from talkscraper.store.database import from_iso
from talkscraper.version import __version__

MEDIA_TYPE = "application/atom+xml; charset=utf-8"
LINK_TYPE = "application/atom+xml"
TAG_DAY = "2025-01-01"
"""The day in ``tag:`` URIs (RFC 4151): one on which whoever serves the archive had its name; it never changes."""
EPOCH = "1970-01-01T00:00:00Z"
"""``updated`` of a feed without entries."""
MAX_CONTENT = 20_000
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NO_AUTHORITY = "talkscraper.invalid"
"""The authority of ids where the reading room has no public address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of a feed."""

    tag: str
    """The part of its id after the authority and day; stable."""
    title: str
    updated: str
    """UTC, ISO 8601."""
    link: str
    """Its page in the reading room."""
    published: str | None = None
    authors: tuple[str, ...] = ()
    source: str | None = None
    related: str | None = None
    """The original address."""
    summary: str | None = None
    html: str | None = None
    """Its content as HTML; everything in it is escaped already."""
    language: str | None = None
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A page of a feed; the links are absolute addresses."""

    tag: str
    title: str
    subtitle: str
    archive: str
    """The archive's name."""
    public: str | None
    """The reading room's address as configured (``--room-url``), if any; ids are made of its host."""
    links: Mapping[str, str] = field(default_factory=dict)
    """``self``, ``first``, ``next``."""
    alternate: str
    """The page in the reading room that shows the same."""
    entries: tuple[Entry, ...] = ()


def respond(feed: Feed, headers: Headers) -> Response:
    """Return a feed, or 304 if the reader has it."""
    body = document(feed).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    updated = from_iso(_updated(feed))
    sent = {"ETag": etag, "Last-Modified": format_datetime(updated, usegmt=True), "Cache-Control": "no-cache"}
    if _is_known(headers, etag, feed):
        return Response(status_code=304, headers=sent)
    return Response(body, media_type=MEDIA_TYPE, headers=sent)


def document(feed: Feed) -> str:
    """Return a feed as XML."""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        _element("id", _tag(feed, feed.tag)),
        _element("title", feed.title),
        _element("subtitle", feed.subtitle),
        _element("updated", _updated(feed)),
        f"<author>{_element('name', feed.title)}</author>",
        f"<generator version={quoteattr(__version__)}>talkscraper</generator>",
        *(_link(rel, href, LINK_TYPE) for rel, href in feed.links.items()),
        _link("alternate", feed.alternate, "text/html"),
    ]
    for each in feed.entries:
        lines += _entry(feed, each)
    return "\n".join([*lines, "</feed>", ""])


def _entry(feed: Feed, entry: Entry) -> Iterable[str]:
    yield f"<entry xml:lang={quoteattr(_clean(entry.language))}>" if entry.language else "<entry>"
    yield _element("id", _tag(feed, entry.tag))
    yield _element("title", entry.title)
    yield _element("updated", entry.updated)
    if entry.published:
        yield _element("published", entry.published)
    for name in entry.authors or ((entry.source,) if entry.source else ()):
        yield f"<author>{_element('name', name)}</author>"
    yield _link("alternate", entry.link, "text/html")
    if entry.related and entry.related.startswith(("http://", "https://")):
        yield _link("related", entry.related, None)
    for term in entry.categories:
        yield f"<category term={quoteattr(_clean(term))}/>"
    if entry.summary:
        yield _element("summary", entry.summary)
    if entry.html is not None:
        yield f'<content type="html">{escape(_clean(entry.html))}</content>'
    yield "</entry>"


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(_clean(text))}</{name}>"


def _link(rel: str, href: str, media_type: str | None) -> str:
    kind = f" type={quoteattr(media_type)}" if media_type else ""
    return f"<link rel={quoteattr(rel)}{kind} href={quoteattr(_clean(href))}/>"


def _tag(feed: Feed, specific: str) -> str:
    """Return a ``tag:`` URI. It doesn't depend on the address under which a reader reaches this server."""
    host = (urlsplit(feed.public or "").hostname or "").casefold()
    authority = host if re.fullmatch(r"[a-z0-9.-]+", host) else NO_AUTHORITY
    return f"tag:{authority},{TAG_DAY}:{quote(feed.archive, safe='')}/{specific}"


def _updated(feed: Feed) -> str:
    return max((each.updated for each in feed.entries), default=EPOCH)


def _is_known(headers: Headers, etag: str, feed: Feed) -> bool:
    match = headers.get("if-none-match")
    if match is not None:
        return match.strip() == "*" or etag in [each.strip().removeprefix("W/") for each in match.split(",")]
    since = headers.get("if-modified-since")
    if since is None or not feed.entries:
        return False
    try:
        return parsedate_to_datetime(since) >= from_iso(_updated(feed)).replace(microsecond=0)
    except (ValueError, TypeError):
        return False


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
