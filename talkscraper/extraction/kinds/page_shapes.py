"""Recognition of live blogs, galleries and pages with hardly any text."""

from __future__ import annotations

import re

from talkscraper.extraction.jsonld import types_of
from talkscraper.extraction.kinds.verdict import KindVerdict
from talkscraper.extraction.kinds.visible_page import VisiblePage, weight
from talkscraper.lexicon import Expressions, alternatives
from talkscraper.model import PageKind

MIN_TEXT_LENGTH = 250
"""Characters of text that make an article of a page that doesn't declare one."""
MIN_DECLARED = 80
"""Characters of text that a declared article has at least."""
GALLERY_TEXT = 700
_LIVE_PATH = re.compile(rf"[/_-](?:{alternatives(Expressions.LIVE_FOLDER)})(?:[/_.-]|$)|/live/", re.IGNORECASE)
_LIVE_MARK = re.compile(
    r"live-?blog|liveticker|live-?feed|live-?post|live-?entry|live-?update|lb-post|timeline-(?:post|entry)",
    re.IGNORECASE,
)
_LIVE_WORD = re.compile(alternatives(Expressions.LIVE_WORD), re.IGNORECASE)
_GALLERY_PATH = re.compile(rf"/(?:{alternatives(Expressions.GALLERY_FOLDER)})(?:/|-|$)", re.IGNORECASE)
_VIDEO_PATH = re.compile(rf"/(?:{alternatives(Expressions.VIDEO_FOLDER)})/", re.IGNORECASE)
_MEDIA_TYPES = frozenset({"videoobject", "audioobject", "podcastepisode", "radioepisode", "tvepisode"})
_CLOCK = re.compile(r"^\W*(?:\d{1,2}[.:h]\d{2})")


def live(seen: VisiblePage) -> KindVerdict | None:
    """The verdict for a live blog: declared, or many time-stamped entries with an address or markup of a live blog."""
    if "liveblogposting" in seen.ld_types:
        node = seen.page.article_node or {}
        if "liveblogposting" in types_of(node) or _LIVE_PATH.search(seen.page.url) or not node:
            return KindVerdict(PageKind.LIVE, "declared LiveBlogPosting")
    if not _LIVE_WORD.search(f"{seen.page.url} {seen.title} {' '.join(seen.headings[:1])}"):
        return None
    marked = sum(
        1
        for e in seen.page.tree.iter("div", "article", "li", "section")
        if _LIVE_MARK.search(f"{e.get('class', '')} {e.get('itemtype', '')}")
    )
    if marked >= 3 or (marked and _LIVE_PATH.search(seen.page.url)):
        stamps = sum(
            1
            for e in seen.page.tree.iter("time", "span", "strong", "h3", "h2", "p")
            if e.text and _CLOCK.match(e.text.strip())
        )
        if stamps >= 4:
            return KindVerdict(PageKind.LIVE, f"{stamps} time-stamped entries")
    return None


def gallery(seen: VisiblePage, text: str) -> KindVerdict | None:
    """The verdict for a page of pictures with little text."""
    types = seen.ld_types & {"imagegallery", "mediagallery"}
    if (types or _GALLERY_PATH.search(seen.page.url)) and weight(text) < GALLERY_TEXT:
        pictures = sum(1 for _ in seen.page.tree.iter("figure")) or sum(1 for _ in seen.page.tree.iter("img"))
        if pictures >= 4:
            return KindVerdict(PageKind.GALLERY, f"{pictures} pictures and {len(text)} characters of text")
    return None


def thin(seen: VisiblePage, text: str) -> KindVerdict | None:
    """The verdict for a page with hardly any text: a video's, an app that needs scripts, a cut-off transfer."""
    least = MIN_DECLARED if seen.dated else MIN_TEXT_LENGTH
    if weight(text) >= least:
        return None
    og = (seen.page.first("og:type") or "").lower()
    if og.startswith(("video", "music")) or seen.ld_types & _MEDIA_TYPES or _VIDEO_PATH.search(seen.page.url):
        return KindVerdict(PageKind.EMPTY, f"a video or audio page with {len(text)} characters of text")
    if seen.page.cut:
        return KindVerdict(PageKind.EMPTY, f"cut off; {len(text)} characters of text")
    if len(text) < 20 and "javascript" in f"{seen.noscript} {seen.text or ''}".lower():
        return KindVerdict(PageKind.EMPTY, "needs JavaScript to show anything")
    return KindVerdict(PageKind.EMPTY, f"{len(text)} characters of text")
