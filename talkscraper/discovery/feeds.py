"""Feed parser: RSS 0.9x, 1.0 and 2.0, Atom → links to articles, with titles and dates.

An item's address is, in this order: FeedBurner's ``origLink``, the item's link (Atom: ``rel="alternate"``), a ``guid``
that is a permalink, an Atom ``id`` that is a URL. Relative addresses are resolved against ``xml:base``, else the feed's
own URL.
"""

from __future__ import annotations

import html
import re
from datetime import datetime
from itertools import chain, islice
from typing import TYPE_CHECKING

from talkscraper.discovery.feed_dates import moment
from talkscraper.discovery.feed_entries import (
    MAX_ENTRIES,
    WEB_ADDRESS,
    FeedEntry,
    FeedHead,
    add_entry,
    feed_contents,
    language_tag,
)
from talkscraper.discovery.model import LinkSet, joined
from talkscraper.discovery.seed_format import SeedContents, SeedDocument
from talkscraper.html.xml import elements, local, text_of

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_BASES = 8
"""Maximum number of nested ``xml:base`` of an item that are resolved, from the innermost; two are usual."""

_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_ITEMS = frozenset({"item", "entry"})
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,300}>")
_PUBLISHED = ("pubdate", "published", "issued", "date", "created")
_MODIFIED = ("updated", "modified")


def read_xml_feed(document: SeedDocument, form: str) -> SeedContents:
    """Return the articles that a feed in XML names; ``form`` is its variant."""
    found = LinkSet(via=document.url, most=MAX_ENTRIES)
    head: FeedHead | None = None
    for element in elements(document.text, _ITEMS):
        if head is None:
            head = _head(element, document.url)
        add_entry(found, _entry(element, document.url), head.language)
    return feed_contents(found, form, head or FeedHead())


def _head(item: _Element, url: str) -> FeedHead:
    """Return the feed's metadata from the elements before its first item."""
    around = item.getparent()
    if around is None:
        return FeedHead()
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
    return FeedHead(
        title=values.get("title") or None,
        language=language_tag(language),
        next_url=joined(url, values["next"]) if values.get("next") else None,
    )


def _entry(item: _Element, url: str) -> FeedEntry:
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
        link = next((each for each in (address.get("guid", ""), str(about)) if WEB_ADDRESS.match(each)), None)
    return FeedEntry(
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


def _plain(title: str) -> str:
    """Return a title without the markup that some feeds escape into it."""
    if "<" not in title and "&" not in title:
        return title
    return " ".join(html.unescape(_TAG.sub("", html.unescape(title))).split())
