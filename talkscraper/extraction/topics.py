"""Description, breadcrumbs, section and tags of a page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from lxml.html import HtmlElement

from talkscraper.extraction import jsonld
from talkscraper.extraction.blocks import Block, squeeze
from talkscraper.extraction.box_names import Mark, marks_of_name
from talkscraper.extraction.field_value import FieldValue, best, cleaned
from talkscraper.extraction.page import Page
from talkscraper.extraction.text import clean, strings, text_of
from talkscraper.lexicon import Expressions, Words, alternatives, words
from talkscraper.model import Rival

_MAX_TAGS = 50
_MAX_TAG = 100
_MAX_DESCRIPTION = 2_000
_TAG_LINK = re.compile(
    rf"/(?:{alternatives(Expressions.TAG_FOLDER)})(?:/|\?|$)|[?&](?:q|tag|s|query|keyword)=", re.IGNORECASE
)
_HOME = frozenset(words(Words.HOME))


def description(page: Page) -> FieldValue:
    """The summary that the page declares."""
    node = page.article_node or {}
    ld = strings(node.get("description")) or strings(node.get("abstract"))
    found = best(
        [
            ("meta description", cleaned(page.first("description"))),
            ("og:description", cleaned(page.first("og:description"))),
            ("jsonld description", ld[0] if ld else None),
            ("twitter:description", cleaned(page.first("twitter:description"))),
            ("dc.description", cleaned(page.first("dc.description", "dcterms.description"))),
        ]
    )
    return FieldValue(found.value[:_MAX_DESCRIPTION], found.rule, found.rivals) if found.value else found


def breadcrumbs(page: Page, blocks: Iterable[Block]) -> FieldValue:
    """The breadcrumbs, without the home page."""
    for node in page.jsonld:
        inner = page.resolve(node.get("breadcrumb")) if isinstance(node.get("breadcrumb"), dict) else None
        for candidate in (node, inner):
            if isinstance(candidate, dict) and "breadcrumblist" in jsonld.types_of(candidate):
                names = _crumbs(page, candidate.get("itemListElement"))
                if names:
                    return FieldValue(names, "jsonld BreadcrumbList")
    for element in _crumb_boxes(blocks):
        texts = [text_of(a) for a in list(element.iter("a"))[:10]]
        names = _without_home(tuple(t for t in texts if 0 < len(t) <= _MAX_TAG))
        if names:
            return FieldValue(names, "breadcrumb box")
    return FieldValue((), "none")


def _crumb_boxes(blocks: Iterable[Block]) -> list[HtmlElement]:
    """The outermost boxes named breadcrumbs, at most three."""
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
    if names and (names[0].casefold() in _HOME or "home" in names[0].casefold().split()):
        names = names[1:]
    return tuple(dict.fromkeys(names))


def section(page: Page, crumbs: tuple[str, ...], title: str | None) -> FieldValue:
    """The section of the newspaper."""
    node = page.article_node or {}
    ld = strings(node.get("articleSection"))
    trail = [c for c in crumbs if not title or squeeze(c) != squeeze(title)]
    return best(
        [
            ("article:section", cleaned(page.first("article:section", "og:article:section"))),
            ("jsonld articleSection", ld[0] if ld else None),
            (
                "meta section",
                cleaned(page.first("section", "parsely-section", "sailthru.section", "cxenseparse:section")),
            ),
            ("breadcrumbs", trail[-1] if trail else None),
        ]
    )


def tags(page: Page) -> FieldValue:
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
        return FieldValue((), "none")
    rule, values = given[0]
    rivals = tuple(Rival(value="; ".join(v)[:500], rule=r) for r, v in given[1:] if v != values)
    return FieldValue(tuple(values), rule, rivals)


def _keyword_strings(page: Page, value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [t for item in values[:_MAX_TAGS] for t in strings(page.resolve(item))]


def _split_tags(values: Iterable[str]) -> list[str]:
    given = [clean(v) for v in values]
    if len(given) == 1:
        given = re.split(r"(?<!\s)\s*+[,;，、|]\s*", given[0])
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
    # a badge: a link to a search for its own text
    return (
        bool(query) and squeeze(unquote(query.group(1).replace("+", " "))) == squeeze(text_of(link)) if query else False
    )
