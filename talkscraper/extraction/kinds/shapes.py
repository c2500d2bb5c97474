"""Which shape an honest page has: an article, a list of articles, a live blog, a gallery, or hardly any text."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

from lxml.html import HtmlElement

from talkscraper.extraction.kinds.seen import Seen, weight
from talkscraper.extraction.kinds.verdict import KindVerdict
from talkscraper.model import PageKind

LEAST = 250
"""Characters of text that make an article of a page that doesn't declare one."""
LEAST_DECLARED = 80
"""Characters of text that a declared article has at least."""
GALLERY_TEXT = 700
PROSE = 110
"""Characters of a paragraph that is prose and not a teaser's line."""
_LIST_TYPES = frozenset({"collectionpage", "searchresultspage", "profilepage", "itemlist", "blog"})
_LIST_PATH = re.compile(
    r"^/?(?:[a-z]{2}(?:[-_][a-z]{2})?/?)?$|/(?:tags?|topics?|themen?|thema|categor(?:y|ies|ia|ie|ias)|kategorie[ns]?|rubri(?:k|que|ca)s?|sections?|authors?"
    r"|autor(?:en|es|i)?|auteurs?|profile|journalists?|search|suche|recherche|buscar|busca|cerca|zoeken|szukaj|archives?|archiv"
    r"|latest|label|schlagwort(?:e|er)?|etiqueta|tema|dossiers?|page/\d+|keyword|hashtag)(?:/[^/]+){0,2}/?$|/page/\d+/?$",
    re.IGNORECASE,
)
_SEARCH_QUERY = frozenset({"q", "s", "query", "search", "keyword", "suche"})
_LIVE_PATH = re.compile(
    r"[/_-](?:live-?blog|live-?ticker|live-?updates?|liveticker|newsticker|en-direct|minuto-a-minuto|ao-vivo|na-zywo)(?:[/_.-]|$)|/live/",
    re.IGNORECASE,
)
_LIVE_MARK = re.compile(
    r"live-?blog|liveticker|live-?feed|live-?post|live-?entry|live-?update|lb-post|timeline-(?:post|entry)",
    re.IGNORECASE,
)
_GALLERY_PATH = re.compile(
    r"/(?:galler(?:y|ies|ie)|galer[ií]as?|fotogaler\w*|photos?|pictures|in-pictures|bilder(?:serie|galerie|strecke)?|diaporama"
    r"|slideshows?|fotos?|foto-?strecken?|photo-?essay|fotogallery|photogallery)(?:/|-|$)",
    re.IGNORECASE,
)
_VIDEO_PATH = re.compile(r"/(?:videos?|watch|podcasts?|audio|listen|mediathek|tv)/", re.IGNORECASE)
_MEDIA_TYPES = frozenset({"videoobject", "audioobject", "podcastepisode", "radioepisode", "tvepisode"})
_SECTION_PATH = re.compile(r"^/(?:[a-z]{2}/)?[a-z]{3,20}/?$", re.IGNORECASE)
_BULLET = re.compile(r"^[\d\s|.\-•*]+")
_START = 18
"""Characters by which a line is recognised as a link's text: what follows may be glued to it."""
_CLOCK = re.compile(r"^\W*(?:\d{1,2}[.:h]\d{2})")


def live(seen: Seen) -> KindVerdict | None:
    """The verdict for a live blog: declared, or many time-stamped entries at an address or in markup that says so."""
    if "liveblogposting" in seen.ld_types:
        node = seen.page.article_node or {}
        raw = node.get("@type")
        kinds = {k.lower() for k in (raw if isinstance(raw, list) else [raw]) if isinstance(k, str)}
        if "liveblogposting" in kinds or _LIVE_PATH.search(seen.page.url) or not node:
            return KindVerdict(PageKind.LIVE, "declared LiveBlogPosting")
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


def gallery(seen: Seen, text: str) -> KindVerdict | None:
    """The verdict for a page of pictures with little text."""
    types = seen.ld_types & {"imagegallery", "mediagallery"}
    if (types or _GALLERY_PATH.search(seen.page.url)) and weight(text) < GALLERY_TEXT:
        pictures = sum(1 for _ in seen.page.tree.iter("figure")) or sum(1 for _ in seen.page.tree.iter("img"))
        if pictures >= 4:
            return KindVerdict(PageKind.GALLERY, f"{pictures} pictures and {len(text)} characters of text")
    return None


def listing(seen: Seen, text: str, *, authors: int, published: bool) -> KindVerdict | None:
    """The verdict for a list of other pages: a home page, a section, a tag, an author, search results.

    Each sign has a weight; what an article has and a list hasn't is subtracted.

    Args:
        seen: The page.
        text: The extracted text.
        authors: How many authors the page names.
        published: Whether the page told a date of its own.
    """
    if seen.dated:
        return None
    signs: list[tuple[float, str]] = []
    parts = seen.address
    if _LIST_PATH.search(parts.path):
        signs.append((1.0, "the address of a list"))
    elif _SECTION_PATH.match(parts.path):
        signs.append((0.5, "the address of a section"))
    if _SEARCH_QUERY & set(parse_qs(parts.query)) and len(parts.path.strip("/").split("/")) <= 2:
        signs.append((1.0 if weight(text) >= LEAST else 2.0, "a search's address"))
    types = seen.ld_types & _LIST_TYPES
    if types and seen.page.article_node is None:
        signs.append((1.0, f"declared {min(types)}"))
    cards, prose = _cards(seen.page.tree)
    if (cards >= 6 and prose < 3) or (cards >= 12 and prose <= cards // 3):
        signs.append((1.2, f"{cards} linked headlines, {prose} paragraphs"))
    og = (seen.page.first("og:type") or "").lower()
    if og in ("website", "profile", "object") and cards >= 6 and not published and authors == 0:
        signs.append((0.8, f"og:type {og}"))
    linked, lines, told = _linked_lines(seen.page.tree, text)
    if (linked >= 4 and linked > 0.6 * lines) or (linked >= 8 and linked > 0.4 * lines and not told):
        sure = prose < 3 and (linked > 0.8 * lines or not told)
        signs.append((1.8 if sure else 1.2, f"{linked} of {lines} lines of its text are links"))
    total = sum(points for points, _ in signs) - 0.7 * seen.declared - 0.3 * (published and authors > 0)
    if total >= 2.0 - 0.01:
        return KindVerdict(PageKind.LISTING, "; ".join(reason for _, reason in signs))
    return None


def _cards(tree: HtmlElement) -> tuple[int, int]:
    """``(linked headlines, paragraphs of prose)`` outside of menus and footers."""
    cards = 0
    for heading in tree.iter("h2", "h3", "h4"):
        if _within(heading, "footer", "nav", "aside"):
            continue
        inside = next(heading.iter("a"), None) is not None
        around = any(a.tag == "a" for a in heading.iterancestors())
        if (inside or around) and weight("".join(heading.itertext()).strip()) >= 20:
            cards += 1
    prose = 0
    for paragraph in tree.iter("p"):
        own = (paragraph.text or "") + "".join(c.tail or "" for c in paragraph)
        if (
            weight(own) >= PROSE
            and not _within(paragraph, "footer", "nav", "aside", "a", "li")
            and not _teaser(paragraph)
        ):
            prose += 1
            if prose > 40:
                break
    return cards, prose


def _teaser(paragraph: HtmlElement) -> bool:
    """Whether the paragraph shares its small box with a linked headline."""
    box = paragraph.getparent()
    for _ in range(2):
        if box is None or box.tag in ("body", "main") or len(box) > 8:
            return False
        for heading in box.iter("h2", "h3", "h4"):
            if next(heading.iter("a"), None) is not None:
                return sum(1 for _ in box.iter("p")) <= 3
        box = box.getparent()
    return False


def _within(element: HtmlElement, *tags: str) -> bool:
    return any(a.tag in tags for a in element.iterancestors())


def _linked_lines(tree: HtmlElement, text: str) -> tuple[int, int, int]:
    """How many lines of the extracted text begin with a whole link, of how many; how many others are prose."""
    lines = [_BULLET.sub("", line) for line in text.splitlines()]
    lines = [line for line in lines if weight(line) >= 20]
    links: set[str] = set()
    for anchor in tree.iter("a"):
        words = " ".join("".join(anchor.itertext()).split())
        if weight(words) >= 20:
            links.add(words[:_START])
    others = [line for line in lines if line[:_START] not in links]
    return len(lines) - len(others), len(lines), sum(1 for line in others if weight(line) >= PROSE)


def thin(seen: Seen, text: str) -> KindVerdict | None:
    """The verdict for a page with hardly any text: a video's, an app that needs scripts, a cut-off transfer."""
    least = LEAST_DECLARED if seen.dated else LEAST
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
