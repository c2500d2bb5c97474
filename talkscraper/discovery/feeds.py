"""Feed parser: RSS 0.9x, 1.0 and 2.0, Atom → links to articles, with titles and dates.

An item's address is, in this order: FeedBurner's ``origLink``, the item's link (Atom: ``rel="alternate"``), a ``guid``
that is a permalink, an Atom ``id`` that is a URL. Relative addresses are resolved against ``xml:base``, the feed's own
URL or the channel's link: the first of these that is on one of the source's hosts, else the first. Elements of other
vocabularies (``media:title``) count only where the feed's own are absent, those of Media RSS never.
"""

from __future__ import annotations

import html
import re
from datetime import datetime
from itertools import chain, islice
from typing import TYPE_CHECKING

from talkscraper.discovery.article_rules import own
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
from talkscraper.html.xml import elements, local, namespace, text_of

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_CHILDREN = 1000
"""Maximum number of an item's elements that are read."""
MAX_BASES = 8
"""Maximum number of nested ``xml:base`` of an item that are resolved, from the innermost; two are usual."""

_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_ITEMS = frozenset({"item", "entry"})
_SHARED = ("http://www.w3.org/2005/Atom", "http://purl.org/atom/", "http://purl.org/dc/")
"""Beginnings of the namespaces whose elements say in any feed what they say in their own."""
_MEDIA = re.compile(r"/mrss\b|itunes\.com|podcast", re.IGNORECASE)
"""Namespaces of what describes a picture or a recording, not the article."""
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,300}>")
_PUBLISHED = ("pubdate", "published", "issued", "date", "created")
_MODIFIED = ("updated", "modified")


def read_xml_feed(document: SeedDocument, form: str) -> SeedContents:
    """Return the articles that a feed in XML names; ``form`` is its variant."""
    found = LinkSet(via=document.url, most=MAX_ENTRIES)
    head: FeedHead | None = None
    url = document.url
    for element in elements(document.text, _ITEMS):
        if head is None:
            head = _head(element, url)
            home = _home(element)
            if not own(url, document.source) and home is not None and own(home, document.source):
                url = home
        add_entry(found, _entry(element, url, document), head.language)
    return feed_contents(found, form, head or FeedHead())


def _head(item: _Element, url: str) -> FeedHead:
    """Return the feed's metadata from the elements before its first item."""
    around = item.getparent()
    if around is None:
        return FeedHead()
    pieces = _around(item)
    values: dict[str, str] = {}
    for piece in pieces:
        name = local(piece)
        if _MEDIA.search(namespace(piece)):
            continue
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


def _around(item: _Element) -> list[_Element]:
    """Return the elements before an item that describe the feed: its siblings, and those within a ``channel``."""
    parent = item.getparent()
    pieces = [each for each in parent if isinstance(each.tag, str)] if parent is not None else []
    return pieces + [
        inner for each in pieces if local(each) == "channel" for inner in each if isinstance(inner.tag, str)
    ]


def _home(item: _Element) -> str | None:
    """Return the site that the feed says it belongs to."""
    for piece in _around(item):
        if local(piece) == "link" and (piece.get("rel") or "alternate").lower() == "alternate":
            address = (piece.get("href") or text_of(piece)).strip()
            if WEB_ADDRESS.match(address):
                return joined(address, address)
    return None


def _entry(item: _Element, url: str, document: SeedDocument) -> FeedEntry:
    address: dict[str, str] = {}
    titles: dict[int, str] = {}
    times: dict[str, datetime | None] = {}
    for rank, child in _by_rank(item):
        name = local(child)
        if name == "title":
            titles.setdefault(rank, text_of(child, 1000))
        elif name == "origlink":
            address.setdefault("original", text_of(child))
        elif name == "link":
            _note_link(child, address)
        elif name in ("id", "guid"):
            permanent = (child.get("isPermaLink") or child.get("ispermalink") or "").lower()
            _note_identifier(text_of(child), permanent if name == "guid" else "", address)
        elif name in _PUBLISHED or name in _MODIFIED:
            times.setdefault(name, moment(text_of(child, 100)))
    # by keys: with very many attributes, a list of pairs takes lxml long
    about = next((item.get(key) or "" for key in item.attrib if str(key).endswith("}about")), "")
    kinds = ("original", "link", "other", "permanent", "guid")
    link = next((address[kind] for kind in kinds if address.get(kind)), None)
    if link is None and WEB_ADDRESS.match(str(about)):
        link = str(about)
    return FeedEntry(
        url=joined(_base_of(item, url, document), link) if link else None,
        title=next((plain for _, title in sorted(titles.items()) if (plain := _plain(title))), None),
        published=next((times[name] for name in _PUBLISHED if times.get(name)), None),
        modified=next((times[name] for name in _MODIFIED if times.get(name)), None),
    )


def _by_rank(item: _Element) -> list[tuple[int, _Element]]:
    """Return an item's children: those of the feed's own vocabulary first, those of Media RSS not at all."""
    ranked = []
    for child in islice(item, MAX_CHILDREN):
        if isinstance(child.tag, str):
            space = namespace(child)
            if space in ("", namespace(item)):
                ranked.append((0, child))
            elif space.startswith(_SHARED):
                ranked.append((1, child))
            elif not _MEDIA.search(space):
                ranked.append((2, child))
    return sorted(ranked, key=lambda each: each[0])


def _note_identifier(text: str, permanent: str, address: dict[str, str]) -> None:
    """Note an ``id`` or ``guid``: an address if it has the form of one, or is said to be one."""
    if permanent == "true" and text:
        address.setdefault("permanent", text)
    elif permanent != "false" and WEB_ADDRESS.match(text):
        address.setdefault("guid", text)


def _note_link(child: _Element, address: dict[str, str]) -> None:
    rel = (child.get("rel") or "alternate").lower().rpartition("/")[2].split()
    target = child.get("href") or text_of(child)
    if not target.strip() and WEB_ADDRESS.match(child.tail or ""):
        target = (child.tail or "").strip()  # an HTML tool took it for HTML's <link>, which has no content
    if not target.strip():
        return
    html_type = (child.get("type") or "text/html").lower().startswith(("text/html", "application/xhtml"))
    if "alternate" in rel and html_type:
        address.setdefault("link", target)
    elif "alternate" in rel or "related" in rel:
        address.setdefault("other", target)


def _base_of(item: _Element, url: str, document: SeedDocument) -> str:
    """Return what an item's relative address is resolved against."""
    around = chain((item,), item.iterancestors())
    bases = list(islice((value for each in around if (value := each.get(_XML_BASE))), MAX_BASES))
    base = url
    for value in reversed(bases):
        base = joined(base, value) or base
    return base if own(base, document.source) or not own(url, document.source) else url


def _plain(title: str) -> str:
    """Return a title without the markup that some feeds escape into it."""
    if "<" not in title and "&" not in title:
        return title
    return " ".join(html.unescape(_TAG.sub("", html.unescape(title))).split())
