"""What a page says about itself besides headline, authors and dates: site, section, tags, addresses, access."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from lxml.html import HtmlElement

from talkscraper.extraction import jsonld
from talkscraper.extraction.blocks import Block, squeeze
from talkscraper.extraction.page import Page
from talkscraper.extraction.plain import clean, strings, text_of
from talkscraper.extraction.vocabulary import Mark, marks_of_name
from talkscraper.model import Access, Rival

_MAX_TAGS = 50
_MAX_TAG = 100
_MAX_DESCRIPTION = 2_000
_SUFFIX = re.compile(r"\s+[|–—·•»-]\s+([^|–—·•»]{2,60})$|\s*\|\s*([^|]{2,60})$")
_FIRST = re.compile(r"([^|–—·•»]{2,60}?)\s+[|–—·•»-]\s+")
_LICENCE = re.compile(r"creativecommons\.org/(?:licenses|publicdomain)/[a-z0-9.+/-]+", re.IGNORECASE)
_TAG_LINK = re.compile(
    r"/(?:tags?|topics?|themen?|thema|keywords?|search|etiquetas?|temas?|mots-cles|tema|etiket|temat|tagi)(?:/|\?|$)|[?&](?:q|tag|s|query|keyword)=",
    re.IGNORECASE,
)
_HOME_WORDS = frozenset(
    [
        "home",
        "homepage",
        "startseite",
        "inicio",
        "accueil",
        "start",
        "início",
        "domů",
        "главная",
        "ana",
        "sayfa",
        "hjem",
        "hem",
        "etusivu",
        "首页",
        "ホーム",
        "首頁",
        "홈",
        "الرئيسية",
    ]
)


@dataclass(frozen=True, slots=True)
class Found:
    """A value, the rule that gave it, and what other rules offered."""

    value: Any
    rule: str
    rivals: tuple[Rival, ...] = ()


NOTHING = Found(None, "none")


def _best(offers: Iterable[tuple[str, str | None]]) -> Found:
    given = [(rule, value) for rule, value in offers if value]
    if not given:
        return NOTHING
    rule, value = given[0]
    rivals: dict[str, Rival] = {}
    for other, text in given[1:]:
        if text != value:
            rivals.setdefault(text, Rival(value=text, rule=other))
    return Found(value, rule, tuple(rivals.values()))


def site_name(page: Page) -> Found:
    """What the site calls itself: og:site_name, the JSON-LD publisher, the title's end, the host."""
    offers: list[tuple[str, str | None]] = [("og:site_name", _text(page.first("og:site_name")))]
    offers.append(
        (
            "jsonld WebSite name",
            next(
                (n for node in page.jsonld if "website" in jsonld.types_of(node) for n in strings(node.get("name"))),
                None,
            ),
        )
    )
    offers.append(("jsonld publisher", publisher(page).value))
    offers.append(("application-name", _text(page.first("application-name", "apple-mobile-web-app-title"))))
    offers.append(("title suffix", _title_suffix(page)))
    offers.append(("host", host_name(page.url)))
    kept = [
        (rule, value)
        for rule, value in offers
        if value and len(value) <= 80 and not value.startswith(("http://", "https://"))
    ]
    suffix = next((value for rule, value in kept if rule == "title suffix"), None)
    if suffix and kept[0][0] in ("application-name", "host"):
        kept = [("title suffix", suffix), *[k for k in kept if k[0] != "title suffix"]]
    return _best(kept)


def publisher(page: Page) -> Found:
    """Who publishes, as JSON-LD or meta say."""
    node = page.article_node or {}
    named = strings(page.resolve(node.get("publisher"))) or strings(page.resolve(node.get("sourceOrganization")))
    organisation = [
        n
        for other in page.jsonld
        if any(t in ("newsmediaorganization", "organization", "corporation") for t in jsonld.types_of(other))
        for n in strings(other.get("name"))
    ]
    declared = [
        v for v in page.meta.get("article:publisher", ()) + page.meta.get("publisher", ()) if not v.startswith("http")
    ]
    return _best(
        [
            ("jsonld publisher", named[0] if named else None),
            ("jsonld organization", organisation[0] if organisation else None),
            ("meta publisher", _text(declared[0]) if declared else None),
        ]
    )


def _title_suffix(page: Page) -> str | None:
    """The end of ``<title>`` where og:title or the h1 is the rest of it, or an end that the host says."""
    element = page.tree.find(".//title")
    title = clean(element.text or "") if element is not None else ""
    match = _SUFFIX.search(title)
    host = squeeze(urlsplit(page.url).hostname or "")
    if not match or squeeze(match.group(1) or match.group(2)) not in host:
        # "The Courier | Ferry company buys a boat": only the host tells this from a kicker
        first = _FIRST.match(title)
        if first and len(squeeze(first.group(1))) >= 3 and squeeze(first.group(1)) in host:
            return first.group(1).strip()
    if not match:
        return None
    suffix = (match.group(1) or match.group(2)).strip()
    front = squeeze(title[: match.start()])
    others = {squeeze(clean(v)) for v in page.meta.get("og:title", ())} | {
        squeeze(text_of(h)) for h in list(page.tree.iter("h1"))[:4]
    }
    key = squeeze(suffix)
    if front in others or (len(key) >= 3 and key in host):
        return suffix
    return None


def host_name(url: str) -> str | None:
    """The host without ``www.``."""
    try:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return None
    return host or None


def _text(value: str | None) -> str | None:
    return (clean(value) or None) if value else None


def description(page: Page) -> Found:
    """The page's own summary of itself."""
    node = page.article_node or {}
    ld = strings(node.get("description")) or strings(node.get("abstract"))
    found = _best(
        [
            ("meta description", _text(page.first("description"))),
            ("og:description", _text(page.first("og:description"))),
            ("jsonld description", ld[0] if ld else None),
            ("twitter:description", _text(page.first("twitter:description"))),
            ("dc.description", _text(page.first("dc.description", "dcterms.description"))),
        ]
    )
    return Found(found.value[:_MAX_DESCRIPTION], found.rule, found.rivals) if found.value else found


def breadcrumbs(page: Page, blocks: Iterable[Block]) -> Found:
    """The way from the home page down, without home and without the article itself."""
    for node in page.jsonld:
        inner = page.resolve(node.get("breadcrumb")) if isinstance(node.get("breadcrumb"), dict) else None
        for candidate in (node, inner):
            if isinstance(candidate, dict) and "breadcrumblist" in jsonld.types_of(candidate):
                names = _crumbs(page, candidate.get("itemListElement"))
                if names:
                    return Found(names, "jsonld BreadcrumbList")
    for element in _crumb_boxes(blocks):
        texts = [text_of(a) for a in list(element.iter("a"))[:10]]
        names = _without_home(tuple(t for t in texts if 0 < len(t) <= _MAX_TAG))
        if names:
            return Found(names, "breadcrumb box")
    return Found((), "none")


def _crumb_boxes(blocks: Iterable[Block]) -> list[HtmlElement]:
    """The outermost boxes that call themselves breadcrumbs, the first three."""
    found: dict[HtmlElement, None] = {}
    for block in blocks:
        if block.box.marks & Mark.BREADCRUMB:
            found[[box for box in block.box.lineage() if box.own & Mark.BREADCRUMB][-1].element] = None
            if len(found) == 3:
                break
    return list(found)


def _crumbs(page: Page, items: Any) -> tuple[str, ...]:
    if not isinstance(items, list):
        return ()
    named: list[tuple[float, str]] = []
    for item in items[:12]:
        if not isinstance(item, dict):
            continue
        inner = page.resolve(item.get("item"))
        names = strings(item.get("name")) or (strings(inner) if isinstance(inner, dict) else [])
        if names and len(names[0]) <= 200:
            place = item.get("position")
            named.append((float(place) if isinstance(place, (int, float)) else len(named), names[0]))
    ordered = [name for _, name in sorted(named, key=lambda pair: pair[0])]
    return _without_home(tuple(ordered))


def _without_home(names: tuple[str, ...]) -> tuple[str, ...]:
    if names and (names[0].casefold() in _HOME_WORDS or "home" in names[0].casefold().split()):
        names = names[1:]
    return tuple(dict.fromkeys(names))


def section(page: Page, crumbs: tuple[str, ...], title: str | None) -> Found:
    """The part of the paper it stands in."""
    node = page.article_node or {}
    ld = strings(node.get("articleSection"))
    trail = [c for c in crumbs if not title or squeeze(c) != squeeze(title)]
    return _best(
        [
            ("article:section", _text(page.first("article:section", "og:article:section"))),
            ("jsonld articleSection", ld[0] if ld else None),
            (
                "meta section",
                _text(page.first("section", "parsely-section", "sailthru.section", "cxenseparse:section")),
            ),
            ("breadcrumbs", trail[-1] if trail else None),
        ]
    )


def tags(page: Page) -> Found:
    """Tags as a list: article:tag, JSON-LD keywords, tag links, news_keywords, keywords."""
    node = page.article_node or {}
    offers: list[tuple[str, list[str]]] = [
        ("article:tag", _split_tags(page.meta.get("article:tag", ()) or page.meta.get("og:article:tag", ()))),
        ("jsonld keywords", _split_tags(_keyword_strings(page, node.get("keywords")))),
        ("tag links", _tag_links(page)),
        ("news_keywords", _split_tags(page.meta.get("news_keywords", ()))),
        ("parsely-tags", _split_tags(page.meta.get("parsely-tags", ()))),
        ("keywords", _split_tags(page.meta.get("keywords", ()))),
    ]
    given = [(rule, values) for rule, values in offers if values]
    if not given:
        return Found((), "none")
    rule, values = given[0]
    rivals = tuple(Rival(value="; ".join(v)[:500], rule=r) for r, v in given[1:] if v != values)
    return Found(tuple(values), rule, rivals)


def _keyword_strings(page: Page, value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [t for item in values[:_MAX_TAGS] for t in strings(page.resolve(item))]


def _split_tags(values: Iterable[str]) -> list[str]:
    given = [clean(v) for v in values]
    if len(given) == 1:
        given = re.split(r"\s*[,;，、|]\s*", given[0])
    kept = {squeeze(t): t for t in reversed(given) if 0 < len(t) <= _MAX_TAG and squeeze(t)}
    return list(reversed(kept.values()))[:_MAX_TAGS]


def _tag_links(page: Page) -> list[str]:
    found: dict[str, str] = {}
    for link, href in page.anchors:
        rel = (link.get("rel") or "").split()
        if "tag" in rel or (_TAG_LINK.search(href) and _in_tag_box(link)):
            text = text_of(link).lstrip("#").strip()
            if 0 < len(text) <= 60 and squeeze(text):
                found.setdefault(squeeze(text), text)
        if len(found) >= _MAX_TAGS:
            break
    return list(found.values())


def _in_tag_box(link: HtmlElement) -> bool:
    element: HtmlElement | None = link
    for _ in range(4):
        if element is None:
            return False
        if marks_of_name(f"{element.get('class') or ''} {element.get('id') or ''}") & Mark.TAGS:
            return True
        element = element.getparent()
    query = re.search(r"[?&](?:q|tag|query|keyword)=([^&#]+)", link.get("href") or "")
    # a badge: the link searches for exactly what it says
    return (
        bool(query) and squeeze(unquote(query.group(1).replace("+", " "))) == squeeze(text_of(link)) if query else False
    )


def canonical_url(page: Page) -> tuple[str, str | None, str]:
    """``(url, canonical as declared or None, rule)``: a canonical on another site is kept but not believed."""
    declared: list[tuple[str, str]] = []
    for element, href in page.links:
        if "canonical" in (element.get("rel") or "").lower().split():
            declared.append(("rel=canonical", href))
            break
    if og := page.first("og:url"):
        declared.append(("og:url", og))
    absolute = [(rule, _absolute(page, href)) for rule, href in declared]
    stated = next((url for rule, url in absolute if rule == "rel=canonical" and url), None)
    for rule, url in absolute:
        if url and _same_site(url, page.url) and not _is_root(url, page.url):
            return url, stated, rule
    return page.url, stated, "as fetched"


def _absolute(page: Page, href: str) -> str | None:
    try:
        base = page.tree.find(".//base[@href]")
        url = urljoin(urljoin(page.url, base.get("href", "")) if base is not None else page.url, href.strip())
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or len(url) > 2_000:
        return None
    return url.split("#", 1)[0]


def _same_site(one: str, other: str) -> bool:
    """Same registrable name, judged by the last labels: www., m., amp. and a change of scheme don't matter."""
    a, b = (urlsplit(u).hostname or "" for u in (one, other))
    if a == b:
        return True
    strip = re.compile(r"^(?:www|m|mobile|amp|edition|de|en|beta)\.")
    return strip.sub("", a) == strip.sub("", b)


def _is_root(url: str, fetched: str) -> bool:
    """A canonical that points every article to the home page is a mistake of the site."""
    return urlsplit(url).path in ("", "/") and urlsplit(fetched).path not in ("", "/")


def amp_url(page: Page) -> str | None:
    """The AMP version's address."""
    for element, href in page.links:
        if "amphtml" in (element.get("rel") or "").lower().split():
            return _absolute(page, href)
    return None


def licence(page: Page) -> Found:
    """The licence that JSON-LD, a rel=license link or a Creative Commons link names."""
    node = page.article_node or {}
    declared = node.get("license")
    value = declared.get("@id") or declared.get("url") if isinstance(declared, dict) else declared
    offers: list[tuple[str, str | None]] = [("jsonld license", value.strip() if isinstance(value, str) else None)]
    for element, href in (*page.links, *page.anchors):
        if "license" in (element.get("rel") or "").lower().split():
            offers.append(("rel=license", _absolute(page, href)))
            break
    return _best(offers)


def access(page: Page) -> Found:
    """What the page declares about who may read it."""
    node = page.article_node or {}
    free = node.get("isAccessibleForFree")
    offers: list[tuple[str, Access | None]] = []
    if isinstance(free, (bool, str)):
        closed = free is False or str(free).strip().lower().rsplit("/", 1)[-1] in ("false", "no", "0")
        offers.append(("jsonld isAccessibleForFree", Access.PAYWALLED if closed else Access.OPEN))
    tier = (page.first("article:content_tier", "og:article:content_tier", "content_tier") or "").lower()
    offers.append(
        ("article:content_tier", {"free": Access.OPEN, "metered": Access.METERED, "locked": Access.PAYWALLED}.get(tier))
    )
    given = [(rule, value) for rule, value in offers if value]
    # "metered" says more than "not free"
    given.sort(key=lambda pair: pair[1] is not Access.METERED)
    if not given:
        return NOTHING
    rule, value = given[0]
    return Found(value, rule, tuple(Rival(value=str(v), rule=r) for r, v in given[1:] if v != value))


def declared_length(page: Page) -> int | None:
    """Words the whole article has, as JSON-LD says."""
    count = (page.article_node or {}).get("wordCount")
    try:
        number = int(count) if isinstance(count, (int, str)) and not isinstance(count, bool) else 0
    except ValueError:
        return None
    return number if 0 < number < 200_000 else None
