"""Feed parser: RSS 0.9x, 1.0 and 2.0, Atom, JSON Feed → links to articles, with titles and dates.

An item's address is, in this order: FeedBurner's ``origLink``, the item's link (Atom: ``rel="alternate"``), a ``guid``
that is a permalink, an Atom ``id`` that is a URL. Relative addresses are resolved against ``xml:base``, else the feed's
own URL.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from talkscraper.discovery.feed_dates import moment
from talkscraper.discovery.model import Link, LinkKind, LinkSet, Refused, Unreadable, joined
from talkscraper.discovery.seed_text import seed_text
from talkscraper.html.xml import elements, local, text_of

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_ENTRIES = 5000
"""Maximum number of entries read from one feed; the largest legitimate ones hold a few hundred."""
MAX_BASES = 8
"""Maximum number of nested ``xml:base`` of an item that are resolved, from the innermost; two are usual."""

_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_ITEMS = frozenset({"item", "entry"})
_ROOTS = re.compile(r"<(?:\w+:)?(rss|rdf|feed|channel)\b", re.IGNORECASE)
_HTML = re.compile(r"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_LOOKED_AT = 10_000
_WEB = re.compile(r"\s*https?://", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,300}>")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_PUBLISHED = ("pubdate", "published", "issued", "date", "created")
_MODIFIED = ("updated", "modified")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A parsed feed; ``entries`` are in the feed's own order (usually newest first)."""

    entries: tuple[Link, ...]
    form: str
    """``rss``, ``rdf``, ``atom`` or ``json``."""
    title: str | None = None
    language: str | None = None
    next_url: str | None = None
    """URL of the feed's older part (RFC 5005, JSON Feed's ``next_url``)."""
    refused: tuple[Refused, ...] = ()
    truncated: bool = False
    """Whether there were more entries than ``MAX_ENTRIES``."""


@dataclass(frozen=True, slots=True)
class _Entry:
    url: str | None
    title: str | None = None
    published: datetime | None = None
    modified: datetime | None = None


def parse_feed(body: bytes, url: str, content_type: str | None = None) -> Feed:
    """Return the articles that a feed names.

    Args:
        body: The feed, content-decoded; undeclared gzip is decompressed.
        url: The URL of the feed.
        content_type: The response's Content-Type header, for the charset.

    Raises:
        Unreadable: it isn't a feed.
    """
    text = seed_text(body, content_type).lstrip("\ufeff \t\r\n")
    if not text:
        raise Unreadable(f"{url}: empty, not a feed")
    if text[0] in "{[":
        return _json_feed(text, url)
    head = text[:_LOOKED_AT]
    root = _ROOTS.search(head)
    page = _HTML.search(head)
    if root is None or (page is not None and page.start() < root.start()):
        raise Unreadable(f"{url}: not a feed" + (" but a web page" if page else ""))
    return _xml_feed(text, url, {"feed": "atom", "rdf": "rdf"}.get(root[1].lower(), "rss"))


def _xml_feed(text: str, url: str, form: str) -> Feed:
    found = LinkSet(via=url, most=MAX_ENTRIES)
    head: _Head | None = None
    for element in elements(text, _ITEMS):
        if head is None:
            head = _head(element, url)
        _take(found, _entry(element, url), head.language)
    head = head or _Head()
    return Feed(
        entries=tuple(found.links.values()),
        form=form,
        title=head.title,
        language=head.language,
        next_url=head.next_url,
        refused=tuple(found.refused),
        truncated=found.truncated,
    )


@dataclass(frozen=True, slots=True)
class _Head:
    title: str | None = None
    language: str | None = None
    next_url: str | None = None


def _head(item: _Element, url: str) -> _Head:
    """Return the feed's metadata from the elements before its first item."""
    around = item.getparent()
    if around is None:
        return _Head()
    pieces = [each for each in around if isinstance(each.tag, str)]
    pieces += [inner for each in pieces if local(each) == "channel" for inner in each if isinstance(inner.tag, str)]
    values: dict[str, str] = {}
    for piece in pieces:
        name = local(piece)
        if name in ("title", "language"):
            values.setdefault(name, text_of(piece, 300))
        elif name == "link" and "next" in (piece.get("rel") or "").lower().split():
            values.setdefault("next", piece.get("href") or "")
    language = values.get("language") or around.get("{http://www.w3.org/XML/1998/namespace}lang")
    return _Head(
        title=values.get("title") or None,
        language=_language(language),
        next_url=joined(url, values["next"]) if values.get("next") else None,
    )


def _entry(item: _Element, url: str) -> _Entry:
    base = _base_of(item, url)
    address: dict[str, str] = {}
    title: str | None = None
    times: dict[str, datetime | None] = {}
    for child in item:
        if not isinstance(child.tag, str):
            continue
        name = local(child)
        if name == "title" and title is None:
            title = _plain(text_of(child, 1000))
        elif name == "origlink":
            address.setdefault("original", text_of(child))
        elif name == "link":
            _note_link(child, address)
        elif name == "id" or (name == "guid" and (child.get("isPermaLink") or "true").lower() != "false"):
            address.setdefault("guid", text_of(child))
        elif name in _PUBLISHED or name in _MODIFIED:
            times.setdefault(name, moment(text_of(child, 100)))
    # by keys: with very many attributes, a list of pairs takes lxml long
    about = next((item.get(key) or "" for key in item.attrib if str(key).endswith("}about")), "")
    link = next((address[kind] for kind in ("original", "link", "other") if address.get(kind)), None)
    if link is None:  # an identifier is an address only if it has the form of one
        link = next((each for each in (address.get("guid", ""), str(about)) if _WEB.match(each)), None)
    return _Entry(
        url=joined(base, link) if link else None,
        title=title or None,
        published=next((times[name] for name in _PUBLISHED if times.get(name)), None),
        modified=next((times[name] for name in _MODIFIED if times.get(name)), None),
    )


def _note_link(child: _Element, address: dict[str, str]) -> None:
    rel = (child.get("rel") or "alternate").lower()
    target = child.get("href") or text_of(child)
    if not target.strip():
        return
    if rel == "alternate" and (child.get("type") or "text/html").lower().startswith(("text/html", "application/xhtml")):
        address.setdefault("link", target)
    elif rel in ("alternate", "related"):
        address.setdefault("other", target)


def _base_of(item: _Element, url: str) -> str:
    around = chain((item,), item.iterancestors())
    bases = list(islice((value for each in around if (value := each.get(_XML_BASE))), MAX_BASES))
    for value in reversed(bases):
        url = joined(url, value) or url
    return url


def _json_feed(text: str, url: str) -> Feed:
    """Parse JSON Feed 1.0 and 1.1."""
    try:
        feed: Any = json.loads(text)
    except (ValueError, RecursionError) as e:
        raise Unreadable(f"{url}: not a feed (JSON that can't be read: {e})") from e
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise Unreadable(f"{url}: not a feed (JSON without items)")
    found = LinkSet(via=url, most=MAX_ENTRIES)
    language = _language(feed.get("language"))
    for item in feed["items"]:
        if isinstance(item, dict):
            _take(found, _json_entry(item, url), language)
    next_url = feed.get("next_url")
    title = feed.get("title")
    return Feed(
        entries=tuple(found.links.values()),
        form="json",
        title=title[:300] if isinstance(title, str) else None,
        language=language,
        next_url=joined(url, next_url) if isinstance(next_url, str) and next_url else None,
        refused=tuple(found.refused),
        truncated=found.truncated,
    )


def _json_entry(item: dict[str, Any], url: str) -> _Entry:
    def text(*names: str) -> str | None:
        return next(
            (item[name].strip() for name in names if isinstance(item.get(name), str) and item[name].strip()), None
        )

    link = text("url") or text("external_url")
    if link is None and (identifier := text("id")) and _WEB.match(identifier):
        link = identifier
    title = text("title")
    return _Entry(
        url=joined(url, link) if link else None,
        title=" ".join(title[:1000].split()) if title else None,
        published=moment(text("date_published")),
        modified=moment(text("date_modified")),
    )


def _take(found: LinkSet, entry: _Entry, language: str | None) -> None:
    if entry.url is None:
        return
    found.add(
        entry.url,
        lambda url: Link(
            url=url,
            kind=LinkKind.ARTICLE,
            via=found.via,
            title=entry.title,
            declared_at=entry.published or entry.modified,
            modified_at=entry.modified,
            language=language,
        ),
    )


def _plain(title: str) -> str:
    """Return a title without the markup that some feeds escape into it."""
    if "<" not in title and "&" not in title:
        return title
    return " ".join(html.unescape(_TAG.sub("", html.unescape(title))).split())


def _language(value: object) -> str | None:
    if isinstance(value, str) and _LANGUAGE.fullmatch(value.strip().replace("_", "-")):
        return value.strip().replace("_", "-").lower()
    return None
