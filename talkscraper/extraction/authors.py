"""Who wrote it: a list of names, each a person or an organisation, never guessed.

A name is taken from what the page declares (JSON-LD, meta, microdata), then from what it prints in a box that calls
itself the byline, then from a line beginning with "By" near the headline. A name that isn't one (an address, the
site's section, "Staff" in a URL) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

from talkscraper.extraction import jsonld, phrases
from talkscraper.extraction.blocks import Block, squeeze
from talkscraper.extraction.page import Page
from talkscraper.extraction.plain import clean, text_of
from talkscraper.extraction.vocabulary import Mark
from talkscraper.model import Author, AuthorKind, Rival

_MAX_AUTHORS = 30
_MAX_NAME = 80
_SPLIT = re.compile(
    r"\s*(?:;|,|，|、|\||•|·|\s/\s|\s(?:and|und|et|y|e|en|och|og|ja|a|i|și|и|та|та|και|ve|dan|và|및|&|\+)\s|"
    r"和|与|與)\s*",
    re.IGNORECASE,
)
_PREFIX = re.compile(
    r"^\W*(?:(?:written|posted|reported|words|story|text|edited|article|post|reviewed)\s+by|by|von|par|por|di|"
    r"door|af|av|od|autor(?:in)?|author|"
    r"auteur|автор|текст|from|a cura di|oleh|penulis|yazar|作者|記者|记者|文|بقلم|نویسنده|लेखक|โดย|"
    r"제공)\s*(?:[:：]\s*|\s+)",
    re.IGNORECASE,
)
_SUFFIX = re.compile(
    r"(?:\s*[,|(–—-]\s*(?:published|updated|posted|on|md|phd|rd|mba|cpa|ph\.d|m\.d|staff|senior|editor|"
    r"reporter|correspondent|contributor|writer)\b.*"
    r"|\s+(?:기자|記者|记者|特派員)|\s*@\w+|\s*\(?[\w.+-]+@[\w.-]+\)?)$",
    re.IGNORECASE,
)
_NOT_A_NAME = re.compile(
    r"https?:|www\.|@|\d{3}|[<>{}=#]|\b(?:published|updated|posted|comments?|min read|share|read more|follow|"
    r"subscribe|view all|all posts|"
    r"about the author|contributor page|unknown|undefined|null|none|n/a|admin|administrator|guest|author|"
    r"anonymous)\b",
    re.IGNORECASE,
)
_ORGANISATION = re.compile(
    r"\b(?:team|staff|desk|editors?|editorial|newsroom|news|press|agency|agencies|media|magazine|times|post|"
    r"herald|tribune|journal|daily|radio|tv|"
    r"online|group|inc|llc|ltd|gmbh|ag|university|institute|foundation|association|council|ministry|"
    r"department|reuters|afp|dpa|apa|sda|efe|ansa|"
    r"ap|pti|ani|xinhua|bloomberg|tass|redaktion|redaktionsnetzwerk|redaction|rédaction|redacción|redacao|"
    r"redação|redazione|redakcja|redactie|"
    r"redakce|redakcia|redaksi|agence|agencia|agência|agenzia|zeitung|nachrichten|редакция|редакція|агентство|"
    r"новости|haber|ajans[ıi]|ntb|tt|ritzau|"
    r"stt|belga|anp|mti|pap|ctk|čtk|tasr|company|service|services|bureau|network|report|reports|club|blog|"
    r"guide)\b|\.(?:com|org|net|de|fr|co|be|ch|at|it|es|nl|se|no|dk|pl|cz|ru|tv|info)\b"
    r"|編集部|新聞|通信|新华社|新華社|报|報|社|网|網|편집|뉴스|وكالة|خبرگزاری|تحریریه|فريق|डेस्क|ब्यूरो",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Byline:
    """Who wrote it, by which rule, and what other rules offered."""

    authors: tuple[Author, ...]
    rule: str
    rivals: tuple[Rival, ...]


def find_authors(
    page: Page,
    blocks: Sequence[Block],
    headline: int | None,
    site_names: Iterable[str],
    chosen: Sequence[HtmlElement] = (),
) -> Byline:
    """The authors of a page.

    Args:
        page: The page.
        blocks: Its blocks.
        headline: The index of the block that shows the headline.
        site_names: What the site calls itself: such an author is an organisation.
        chosen: Elements a source's own selector found, one a name.
    """
    sites = {squeeze(s) for s in site_names if s}
    offers: list[tuple[str, list[Author]]] = []
    if chosen:
        offers.append(("selector", _authors([text_of(e) for e in chosen], sites)))
    offers.append(("jsonld author", _from_node(page, sites)))
    offers.append(("meta author", _authors(_meta_names(page), sites)))
    offers.append(("microdata author", _authors(_microdata(page), sites)))
    offers.append(("byline", _authors(_printed(blocks, headline), sites)))
    given = [(rule, names) for rule, names in offers if names]
    if not given:
        return Byline((), "none", ())
    rule, names = next(((r, n) for r, n in given if any(a.kind is AuthorKind.PERSON for a in n)), given[0])
    rivals = [Rival(value="; ".join(a.name for a in n), rule=r) for r, n in given if r != rule]
    return Byline(tuple(names), rule, tuple(rivals))


def _from_node(page: Page, sites: set[str]) -> list[Author]:
    node = page.article_node or {}
    found: list[Author] = []
    for key in ("author", "creator"):
        for value in _listed(page.resolve(node.get(key))):
            value = page.resolve(value)  # noqa: PLW2901 - the node behind a reference
            if isinstance(value, str):
                found.extend(_authors([value], sites))
            elif isinstance(value, dict):
                names = value.get("name")
                given = [n for n in _listed(names) if isinstance(n, str)]
                organisation = any(t.endswith("organization") for t in jsonld.types_of(value))
                found.extend(_authors(given, sites, AuthorKind.ORGANISATION if organisation else None))
        if found:
            break
    return _unique(found)


def _listed(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value[:_MAX_AUTHORS]
    return [] if value is None else [value]


def _meta_names(page: Page) -> list[str]:
    for name in (
        "author",
        "article:author_name",
        "parsely-author",
        "sailthru.author",
        "dc.creator",
        "dcterms.creator",
        "dc.author",
        "citation_author",
        "byl",
        "cxenseparse:author",
        "article:author",
        "authors",
        "og:article:author",
    ):
        values = [v for v in page.meta.get(name, ()) if not v.startswith(("http", "/", "www."))]
        if values:
            return values
    return []


def _microdata(page: Page) -> list[str]:
    names: list[str] = []
    for element in page.itemprops.get("author", ())[:_MAX_AUTHORS]:
        inner = element.xpath(".//*[@itemprop='name']")
        texts = [text_of(e) or clean(e.get("content") or "") for e in inner] or [
            clean(element.get("content") or "") or text_of(element)
        ]
        names.extend(t for t in texts if t and len(t) <= _MAX_NAME)
    return names


def _printed(blocks: Sequence[Block], headline: int | None) -> list[str]:
    """Names in boxes called byline or author, or on a line with "By", near the headline."""
    if headline is None:
        return []
    near = blocks[max(0, headline - 6) : headline + 14]
    links: list[str] = []
    for block in near:
        if block.marks & (Mark.COMMENT | Mark.RELATED | Mark.FOOTER | Mark.NAV | Mark.FORM):
            continue
        own = block.inline | block.box.own | (block.box.parent.own if block.box.parent else Mark.NONE)
        match = phrases.BYLINE.fullmatch(block.text) if len(block.text) <= 120 else None
        if (own & Mark.BYLINE and len(block.text) <= 100) or (
            match and _PREFIX.match(block.text) and len(block.text) <= 80
        ):
            links.append(block.text)
        if links:
            break
    return links


def _authors(values: Iterable[str], sites: set[str], kind: AuthorKind | None = None) -> list[Author]:
    found: list[Author] = []
    for value in values:
        for piece in _pieces(value, kind):
            name = _name(piece)
            if name:
                found.append(Author(name=name, kind=kind or _kind(name, sites)))
    return _unique(found)


def _pieces(value: str, kind: AuthorKind | None) -> list[str]:
    text = _PREFIX.sub("", clean(value))
    if kind is AuthorKind.ORGANISATION:
        return [text]
    return _SPLIT.split(text)


def _name(piece: str) -> str | None:
    name = _SUFFIX.sub("", _PREFIX.sub("", piece)).strip(" .,:;-–—|•·*\"'“”()[]/")
    if not 2 <= len(name) <= _MAX_NAME or _NOT_A_NAME.search(name) or not any(c.isalpha() for c in name):
        return None
    if len(name.split()) > 8:
        return None
    if name.isupper() and len(name) > 5 and " " in name:
        name = name.title()
    return name


def _kind(name: str, sites: set[str]) -> AuthorKind:
    key = squeeze(name)
    if key in sites or any(len(s) >= 5 and s in key for s in sites) or _ORGANISATION.search(name):
        return AuthorKind.ORGANISATION
    return AuthorKind.PERSON


def _unique(authors: Iterable[Author]) -> list[Author]:
    seen: dict[str, Author] = {}
    for author in authors:
        seen.setdefault(squeeze(author.name), author)
    return list(seen.values())[:_MAX_AUTHORS]
