"""Links of homepages and sections: articles, sections, and the next page of a list.

With ``article_urls`` a link is an article if it matches. Without, the form of its URL decides (``urls.shape``); if that
is inconclusive, a slug that repeats the words of the link's text marks a headline.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from talkscraper.discovery.article_rules import own
from talkscraper.discovery.formats.web_page import LISTING
from talkscraper.discovery.model import Link, LinkSet
from talkscraper.discovery.page_links import Anchor, WebPage
from talkscraper.discovery.seed_format import SeedContents
from talkscraper.lexicon import Expressions, alternatives
from talkscraper.sources.model import Source
from talkscraper.sources.seed_kinds import ARTICLE
from talkscraper.urls.canonical import MAX_URL_LENGTH, canonical, cleaned
from talkscraper.urls.shape import Shape, judge
from talkscraper.urls.slugs import shared_with

MAX_LINKS = LISTING.max_links
"""Maximum number of links read from one page."""
MAX_PASSED_OVER = 200
"""Maximum number of links kept that look like articles and match none of ``article_urls``."""
MAX_SECTIONS = 30
"""Maximum number of sections taken from a homepage."""
LAST_PAGE = 5
"""Last page of a list that is read; older articles come from sitemaps and earlier runs."""

_HEADLINE_WORDS = 4
_HEADLINE_IDEOGRAPHS = 10
_IDEOGRAPH = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_WORD = re.compile(r"\w+")
_LANGUAGE_ROOT = re.compile(r"/[a-z]{2}(?:[-_][A-Za-z]{2})?/?")
_PAGE_NUMBER = re.compile(
    r"[?&](?:page|paged|p|pg|seite|pagina|pn|pagenum)=(\d{1,6})(?:&|$)|/(?:page|seite|pagina|p)[/-](\d{1,6})/?(?:[?]|$)"
    r"|/(\d{1,3})/?$",
    re.IGNORECASE,
)
NEXT_WORDS = re.compile(rf"(?:{alternatives(Expressions.NEXT_PAGE)}|[›»>→]+)\s*[›»>→]*", re.IGNORECASE)


def read_listing(page: WebPage, source: Source) -> SeedContents:
    """Return the articles that a source's homepage or section lists, its sections, and the list's next page.

    Articles come in page order, then sections (of a homepage) and the next page, both of the kind ``listing``.
    """
    url = page.url
    here, home = cleaned(url), cleaned(source.homepage)
    found = LinkSet(via=url, most=MAX_LINKS)
    passed_over = LinkSet(via=url, most=MAX_PASSED_OVER)
    sections: dict[str, Anchor] = {}
    titles: dict[str, str] = {}
    for anchor in page.anchors:
        target = cleaned(anchor.url)
        if target in (here, home) or not own(target, source):
            continue
        if _article(anchor, target, source):
            found.add(target, ARTICLE)
            if len(anchor.text) > len(titles.get(target, "")):
                titles[target] = anchor.text
        elif source.article_urls and judge(target).shape is Shape.ARTICLE and _headline(anchor.text):
            passed_over.add(target, ARTICLE)
        elif target not in sections or anchor.in_furniture:
            sections[target] = anchor
    articles = tuple(
        Link(url=link.url, kind=link.kind, via=link.via, title=titles.get(link.url) or None)
        for link in found.links.values()
    )
    further = LinkSet(via=url, most=MAX_SECTIONS + 1)
    if not source.seeds_of(LISTING.name):
        for section in _sections(sections) if is_front(url, source) else ():
            further.add(section, LISTING.name)
        following = _next_page(page, here, source)
        if following is not None and following not in found.links:
            further.add(following, LISTING.name)
    title = next(page.tree.iter("title"), None)
    return SeedContents(
        links=articles + tuple(further.links.values()),
        form="page",
        title=" ".join("".join(str(piece) for piece in title.itertext()).split())[:300] if title is not None else None,
        passed_over=tuple(passed_over.links.values()),
        refused=tuple(found.refused),
        truncated=found.truncated,
    )


def is_front(url: str, source: Source) -> bool:
    """Whether a page is the source's homepage (its URL may have been redirected to a language)."""
    path = urlsplit(url).path
    return canonical(url) == canonical(source.homepage) or path in ("", "/") or bool(_LANGUAGE_ROOT.fullmatch(path))


def _article(anchor: Anchor, target: str, source: Source) -> bool:
    if source.article_urls:
        return any(pattern.search(target[: MAX_URL_LENGTH + 1]) for pattern in source.article_urls)
    verdict = judge(target)
    if verdict.shape is Shape.ARTICLE:
        return verdict.sure or not anchor.in_furniture or _headline(anchor.text)
    if verdict.shape is Shape.SECTION or verdict.why == "neither":
        return not anchor.in_furniture and _headline(anchor.text) and _repeats(target, anchor.text)
    return False


def _headline(text: str) -> bool:
    return len(_WORD.findall(text)) >= _HEADLINE_WORDS or len(_IDEOGRAPH.findall(text)) >= _HEADLINE_IDEOGRAPHS


def _repeats(target: str, text: str) -> bool:
    """Whether most words of an address's last segment are in the link's text."""
    shared = shared_with(target, text)
    return shared is not None and shared >= 0.6


def _sections(candidates: dict[str, Anchor]) -> list[str]:
    """Return URLs on a homepage that have the form of sections: those of its navigation, if it has one."""
    fitting = {
        target: anchor
        for target, anchor in candidates.items()
        if judge(target).shape is Shape.SECTION and 0 < len(anchor.text) <= 40 and len(anchor.text.split()) <= 5
    }
    of_menu = [target for target, anchor in fitting.items() if anchor.in_furniture]
    return (of_menu or list(fitting))[:MAX_SECTIONS]


def _next_page(page: WebPage, here: str, source: Source) -> str | None:
    """Return the list's next page, if its number is within the limit."""
    candidates = [url for url, rel, _, _ in page.head_links() if "next" in rel]
    candidates += [
        anchor.url
        for anchor in page.anchors
        if "next" in anchor.rel or (len(anchor.text) <= 30 and NEXT_WORDS.fullmatch(anchor.text))
    ]
    for candidate in candidates:
        target = cleaned(candidate)
        number = page_number(target)
        if target != here and own(target, source) and number is not None and 1 < number <= LAST_PAGE:
            return target
    return None


def page_number(url: str) -> int | None:
    """Return the page number in a list's URL, or None."""
    match = _PAGE_NUMBER.search(url)
    return int(next(group for group in match.groups() if group)) if match else None
