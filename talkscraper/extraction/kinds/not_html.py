"""Recognition of bodies that aren't HTML pages: files, data, feeds, plain text."""

from __future__ import annotations

import re

from talkscraper.extraction.kinds.verdict import KindVerdict
from talkscraper.extraction.kinds.visible_page import VisiblePage
from talkscraper.model import PageKind

_HTML_TYPES = ("text/html", "application/xhtml", "multipart/", "application/xml", "text/xml", "")
_FOREIGN_TYPES = re.compile(
    r"^(?:image|audio|video|font)/|^application/(?:pdf|zip|gzip|octet-stream|msword|vnd\.|javascript|json|ld\+json|rss|atom"
    r"|x-|wasm|epub)|^text/(?!html|xml)|^application/[\w.]+\+(?:json|zip)"
)
_FEED_TAGS = frozenset(
    {"rss", "feed", "urlset", "sitemapindex", "rdf", "opml", "svg", "channel", "kml", "soap:envelope", "error"}
)
_DATA = re.compile(
    r"^\s*(?:[\[{]\s*[\"'\[{\d\]}]|\(?function\s*\(|var\s+\w+\s*=|/\*|@charset|#EXTM3U|User-agent:|BEGIN:VC)",
    re.IGNORECASE,
)
_STRUCTURE = frozenset(
    ["div", "a", "h1", "h2", "article", "section", "main", "table", "ul", "header", "span", "img", "form"]
)


def not_html(seen: VisiblePage) -> KindVerdict | None:
    """The verdict if the body isn't an HTML page, else None; the Content-Type alone isn't decisive."""
    page = seen.page
    kind = page.content_type.partition(";")[0].strip()
    if page.binary:
        return _verdict(f"binary data ({kind or 'no content type'})")
    body = page.tree.find("body")
    root = body if body is not None else page.tree
    first = next((e for e in root if isinstance(e.tag, str)), None)
    tag = page.tree.tag if page.tree.tag in _FEED_TAGS else first.tag if first is not None else ""
    structured = any(e.tag in _STRUCTURE for e in root.iter())
    if tag in _FEED_TAGS and (tag != "svg" or not structured):
        return _verdict(f"XML, not a page (<{tag}>)")
    if structured or seen.title:
        return None
    text = (seen.text or "")[:200] if seen.text is not None else "".join(root.itertext())[:200]
    if _DATA.match(text):
        return _verdict("data or code, not a page")
    if _FOREIGN_TYPES.match(kind) and kind not in _HTML_TYPES:
        return _verdict(f"{kind} without any markup")
    return None


def _verdict(reason: str) -> KindVerdict:
    return KindVerdict(PageKind.NOT_HTML, reason)
