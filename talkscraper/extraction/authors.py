"""Who wrote it: a list of names, each a person or an organisation, never guessed.

A name is taken from what the page declares (JSON-LD, meta, microdata), then from what it prints in a box that calls
itself the byline, then from a line beginning with "By" near the headline. A name that isn't one (an address, the
site's section, "Staff" in a URL) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lxml.html import HtmlElement

from talkscraper.extraction import jsonld
from talkscraper.extraction.blocks import Block, squeeze
from talkscraper.extraction.page import Page
from talkscraper.extraction.plain import clean, text_of
from talkscraper.extraction.vocabulary import Mark, marks_of_name, marks_of_tag
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
    r"https?:|www\.|@|^(?:image|images|photo|photos|source|quelle|content|design|code|credit)\s*:|\d{3}|"
    r"[<>{}=#]|\b(?:published|updated|posted|comments?|min read|share|read more|follow|"
    r"subscribe|view all|all posts|"
    r"about the author|contributor page|learn more|email|unknown|undefined|null|none|n/a|admin|administrator|"
    r"guest|author|"
    r"anonymous)\b",
    re.IGNORECASE,
)
_AUTHOR_PATH = re.compile(
    r"/(?:authors?|autor|autores|autoren|autorin|auteurs?|autori?|contributors?|people|profiles?|staff|"
    r"journalists?|writers?|reporters?|by)"
    r"/[^/?#]{3,80}(?:/[^/?#]{0,80})?/?(?:[?#]|$)",
    re.IGNORECASE,
)
_BY = re.compile(
    r"(?:^|[\s|·•.,\d])(?:(?:written|posted|reported|story|text|words|article|post)\s+)?(?:[Bb]y|BY|[Vv]on|"
    r"[Pp]ar|[Pp]or|[Dd]oor|[Aa]utor(?:in)?:|"
    r"[Aa]uthor:|[Aa]uteur:|Автор:?|Текст:?|作者[:：]|文[/／:：]|記者|记者|بقلم|Oleh:?|Penulis:?|Yazar:?|"
    r"Piše:?)(?:\s*:\s*|\s+|(?=[A-Z][a-z]+ [A-Z]))"
)
_NAME_END = re.compile(
    r"\d|[|·•⋅‧–—/(\n]|\s-\s|,\s*(?=[a-z])|\b(?:updated|published|posted|last|modified|min|mins|comments?|"
    r"senior|staff writer|writer|editor|"
    r"reporter|contributor|correspondent|head of|founder|ceo|director|is|was|in|on|for|"
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?|"
    r"mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)\b(?![a-z])",
    re.IGNORECASE,
)
_NOT_HERE = Mark.COMMENT | Mark.RELATED | Mark.FOOTER | Mark.NAV | Mark.FORM | Mark.CAPTION
_PARTICLES = frozenset(
    [
        "de",
        "da",
        "do",
        "dos",
        "das",
        "del",
        "della",
        "di",
        "du",
        "van",
        "von",
        "der",
        "den",
        "la",
        "le",
        "el",
        "al",
        "bin",
        "ibn",
        "ben",
        "y",
        "e",
        "i",
        "och",
        "und",
        "and",
        "the",
        "zu",
        "ter",
        "ten",
    ]
)
_MANY = 4
"""Different authors linked on a page, beyond which they belong to its teasers."""
_LINE = 130
_NOT_WRITTEN = re.compile(
    r"\b(?:sponsored|powered|presented|provided|funded|supported|paid for|brought to you|owned|developed|designed|"
    r"built|followed|liked|gesponsert|präsentiert|offert|patrocinado|presentado|offerto)\s*$",
    re.IGNORECASE,
)
"""What is done by somebody, but isn't writing."""
_WORDS_BEFORE = 4
_DATE_BEFORE = 30
"""Characters before "By" in which a date may stand."""
_SENTENCE = 60
"""Characters from which a line that ends in a full stop is a sentence."""
_MOST_LINKS = 60
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
    offers.append(("author link", _authors(_linked(page), sites)))
    offers.append(("byline", _authors(_printed(blocks, headline), sites)))
    given = [(rule, names) for rule, names in offers if names]
    if not given:
        return Byline((), "none", ())
    # a named person tells more than the site's own name
    named = [(r, n) for r, n in given if any(a.kind is AuthorKind.PERSON and squeeze(a.name) not in sites for a in n)]
    rule, names = named[0] if named else given[0]
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
                types = jsonld.types_of(value)
                organisation = any(t.endswith("organization") for t in types)
                # what calls itself a person is one, even where the site bears the same name
                own = set() if "person" in types else sites
                found.extend(_authors(given, own, AuthorKind.ORGANISATION if organisation else None))
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
        if _elsewhere(element):
            continue
        inner = element.xpath(".//*[@itemprop='name']")
        texts = [text_of(e) or clean(e.get("content") or "") for e in inner] or [
            clean(element.get("content") or "") or text_of(element)
        ]
        names.extend(t for t in texts if t and len(t) <= _MAX_NAME)
    return names


def _linked(page: Page) -> list[str]:
    """Names that link to an author's page, the first and those that stand with it."""
    found: list[tuple[HtmlElement, str]] = []
    for element, href in page.anchors:
        if "author" not in (element.get("rel") or "") and not _AUTHOR_PATH.search(href):
            continue
        if len(found) >= _MOST_LINKS:
            break
        text = text_of(element)
        if 2 <= len(text) <= _MAX_NAME and not _elsewhere(element):
            found.append((element, text))
    if not found or len({squeeze(t) for _, t in found}) > _MANY:
        return []
    first = found[0][0]
    around = next(islice(first.iterancestors(), 2, 3), first)
    beside = set(around.iter())
    return [text for element, text in found if element in beside]


def _elsewhere(element: HtmlElement) -> bool:
    """In a box of comments, of other articles or of the site."""
    for ancestor in islice(element.iterancestors(), 8):
        marks = marks_of_tag(str(ancestor.tag))
        for name in ("class", "id"):
            if value := ancestor.get(name):
                marks |= marks_of_name(value)
        if marks & _NOT_HERE and ancestor.tag not in ("body", "html", "main", "article"):
            return True
    return False


def _printed(blocks: Sequence[Block], headline: int | None) -> list[str]:
    """Names in boxes called byline or author, or on a line with "By", near the headline; else where only one is."""
    if headline is not None:
        for block in blocks[max(0, headline - 6) : headline + 16]:
            if block.marks & _NOT_HERE or len(block.text) > _LINE:
                continue
            own = block.inline | block.box.own | (block.box.parent.own if block.box.parent else Mark.NONE)
            match = _by(block.text)
            if match:
                name = _cut(block.text[match.end() :])
                name = name if _looks_like_a_name(name) else ""
            elif own & Mark.BYLINE:
                name = _cut(block.text)
                name = name if " " in name and _looks_like_a_name(name) else ""
            else:
                continue
            # a byline's box may hold the name on a line of its own; after "by" in a sentence nothing below is a name
            beside = own & Mark.BYLINE and block.index + 1 < len(blocks)
            if not name and beside and len(blocks[block.index + 1].text) <= _MAX_NAME:
                name = _cut(blocks[block.index + 1].text)
                name = name if " " in name and _looks_like_a_name(name) else ""
            if name:
                return [name]
    boxed = {
        squeeze(name): name
        for block in blocks
        if block.box.own & Mark.BYLINE
        and not block.marks & _NOT_HERE
        and 3 <= len(block.text) <= 40
        and (name := _cut(block.text))
    }
    return list(boxed.values()) if len(boxed) == 1 else []


def _by(line: str) -> re.Match[str] | None:
    """The "By" of a byline: at the line's beginning, after a date or a few words, never in the middle of a sentence."""
    match = _BY.search(line)
    if match is None:
        return None
    before = line[: match.start()]
    if _NOT_WRITTEN.search(before):
        return None
    if len(before.split()) > _WORDS_BEFORE and not any(c.isdigit() for c in before[-_DATE_BEFORE:]):
        return None
    return None if len(line) > _SENTENCE and line.rstrip().endswith((".", "!", "?", "…", "。")) else match


def _looks_like_a_name(text: str) -> bool:
    """Few words, each with a capital (or in a script without them), particles aside."""
    parts = text.split()
    if not 1 <= len(parts) <= 6:
        return False
    return all(
        p[0].isupper() or not p[0].isalpha() or p[0].lower() == p[0].upper() or p in _PARTICLES for p in parts
    ) and (parts[-1] not in _PARTICLES)


def _cut(line: str) -> str:
    """The beginning of a line up to where a name ends: a date, a separator, a job."""
    return _NAME_END.split(_PREFIX.sub("", line.strip()), maxsplit=1)[0].strip(" ,:;.-–—|")


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
