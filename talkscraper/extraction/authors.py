"""The authors: a list of names, each a person or an organisation, never guessed.

A name is taken from what the page declares (JSON-LD, meta, microdata), then from a box whose name marks it as
the byline, then from a line beginning with "By" near the headline. What isn't a name (an address, a section) is
rejected.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

from talkscraper.extraction import teasers
from talkscraper.extraction.author_nodes import declared_authors
from talkscraper.extraction.blocks import Block, squeeze
from talkscraper.extraction.box_names import Mark, marks_of_name, marks_of_tag
from talkscraper.extraction.name_lists import MAX_AUTHORS, authors_named, printed_names
from talkscraper.extraction.names import MAX_NAME, name_in
from talkscraper.extraction.page import Page
from talkscraper.extraction.text import clean, text_of
from talkscraper.lexicon import Expressions, alternatives
from talkscraper.model import Author, AuthorKind, Rival

_BY = re.compile(
    r"(?:^|[\s|·•.,\d])(?:(?:written|posted|reported|story|text|words|article|post)\s+)?"
    rf"(?:{alternatives(Expressions.BY)})(?:\s*:\s*|\s+|(?=[A-Z][a-z]+ [A-Z]))"
)
_NOT_HERE = Mark.COMMENT | Mark.RELATED | Mark.FOOTER | Mark.NAV | Mark.FORM | Mark.CAPTION
_MANY = 4
"""Different authors linked on a page, beyond which they belong to its teasers."""
_LINE = 130
_NOT_WRITTEN = re.compile(rf"\b(?:{alternatives(Expressions.NOT_WRITTEN_BY)})\s*$", re.IGNORECASE)
"""Words before "by" that don't mean writing: "sponsored"."""
_BYLINE_LABEL = re.compile(
    rf"(?:{alternatives(Expressions.NAME_PREFIX)}|{alternatives(Expressions.BYLINE)}|{alternatives(Expressions.BY)})",
    re.IGNORECASE,
)
"""A label that a name follows: "Written by"."""
_MAX_BYLINE_LABEL = 20
_WORDS_BEFORE = 4
_DATE_BEFORE = 30
"""Characters before "By" in which a date may stand."""
_SENTENCE = 60
"""Characters from which a line that ends in a full stop is a sentence."""
_MAX_LINKS = 60
_MAX_GAP = 160
"""Characters between two authors' links of one byline: a job, a place, a date."""
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_META_NAMES = (
    "author", "article:author_name", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator",
    "dc.author", "citation_author", "byl", "cxenseparse:author", "article:author", "authors", "og:article:author",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Byline:
    """The authors, the rule that found them, and the results of other rules."""

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
    shown = blocks[headline].box.element if headline is not None else None
    offers: list[tuple[str, list[Author]]] = []
    if chosen:
        offers.append(("selector", authors_named([text_of(e) for e in chosen], sites)))
    offers.append(("jsonld author", declared_authors(page, sites)))
    in_meta = _meta_names(page)
    # several of one comma each are a person each, the surname first: "Kern, Ola"
    inverted = len(in_meta) > 1 and all(value.count(",") == 1 for value in in_meta)
    offers.append(("meta author", authors_named(in_meta, sites, AuthorKind.PERSON if inverted else None)))
    offers.append(("meta written by", authors_named(_labelled(page), sites)))
    offers.append(("microdata author", authors_named(_microdata(page, shown), sites)))
    offers.append(("author link", authors_named(_linked(page), sites)))
    offers.append(("byline", authors_named(_printed(page, blocks, headline), sites)))
    given = [(rule, names) for rule, names in offers if names]
    if not given:
        return Byline((), "none", ())
    # a person's name is more specific than the site's
    named = [(r, n) for r, n in given if any(a.kind is AuthorKind.PERSON and squeeze(a.name) not in sites for a in n)]
    rule, names = named[0] if named else given[0]
    if named:
        # the newspaper's own name beside its writers' is the publisher
        names = [author for author in names if squeeze(author.name) not in sites]
    rivals = [Rival(value="; ".join(a.name for a in n), rule=r) for r, n in given if r != rule]
    return Byline(tuple(names), rule, tuple(rivals))


def _meta_names(page: Page) -> list[str]:
    for name in _META_NAMES:
        values = [v for v in page.meta.get(name, ()) if not v.startswith(("http", "/", "www."))]
        if values:
            return values
    return []


def _labelled(page: Page) -> list[str]:
    """What stands under "Written by" in the labels for previews, as WordPress writes them in the site's language."""
    for number in ("1", "2"):
        label = (page.first(f"twitter:label{number}") or "").strip(" :")
        if label and _BYLINE_LABEL.fullmatch(label):
            return list(page.meta.get(f"twitter:data{number}", ())[:1])
    return []


def _microdata(page: Page, headline: HtmlElement | None) -> list[str]:
    found = [
        (element, _scope(element))
        for element in page.itemprops.get("author", ())[:MAX_AUTHORS]
        if not _elsewhere(element) and not teasers.in_one(element, page)
    ]
    # several articles on a page have a scope each: that of the headline, else the first
    around = set(headline.iterancestors()) if headline is not None else set()
    own = next((scope for _, scope in found if scope in around), found[0][1] if found else None)
    names: list[str] = []
    for element in (e for e, scope in found if scope is own):
        inner = element.xpath(".//*[@itemprop='name']")
        texts = [text_of(e) or clean(e.get("content") or "") for e in inner] or [
            clean(element.get("content") or "") or text_of(element)
        ]
        names.extend(t for t in texts if t and len(t) <= MAX_NAME)
    return names


def _scope(element: HtmlElement) -> HtmlElement | None:
    """The item that a property belongs to."""
    return next((a for a in element.iterancestors() if a.get("itemscope") is not None), None)


def _linked(page: Page) -> list[str]:
    """Names that link to an author's page, the first and those beside it."""
    found: dict[HtmlElement, str] = {}
    for element, href in page.anchors:
        if "author" not in (element.get("rel") or "") and not teasers.AUTHOR_PATH.search(href):
            continue
        if len(found) >= _MAX_LINKS:
            break
        text = text_of(element)
        if 2 <= len(text) <= MAX_NAME and not _elsewhere(element) and not teasers.in_one(element, page):
            found[element] = text
    if not found or len({squeeze(t) for t in found.values()}) > _MANY:
        return []
    row = _row(found)
    return [text for element, text in found.items() if element in row]


def _row(found: Mapping[HtmlElement, str]) -> set[HtmlElement]:
    """The first of these links, and those after it that no heading and no paragraph parts from it."""
    first = next(iter(found))
    around = next(islice(first.iterancestors(), 2, 3), first)
    row, gap, inside = {first}, 0, set(first.iter())
    elements = iter(around.iter())
    next(e for e in elements if e is first)
    for element in elements:
        if element in found:
            row.add(element)
            gap, inside = 0, set(element.iter())
        elif element not in inside:
            gap += len((element.text or "").strip()) if element.tag not in ("script", "style") else 0
        gap += len((element.tail or "").strip())
        if element.tag in _HEADINGS or gap > _MAX_GAP:
            break
    return row


def _elsewhere(element: HtmlElement) -> bool:
    """In a box of comments, of other articles or of the site."""
    for ancestor in islice(element.iterancestors(), 8):
        marks = marks_of_tag(str(ancestor.tag))
        for name in ("class", "id"):
            if value := ancestor.get(name):
                marks |= marks_of_name(value)
        if ancestor.tag == "footer" and next(ancestor.iterancestors("article"), None) is not None:
            marks &= ~Mark.FOOTER  # the article's own
        if marks & _NOT_HERE and ancestor.tag not in ("body", "html", "main", "article"):
            return True
    return False


def _printed(page: Page, blocks: Sequence[Block], headline: int | None) -> list[str]:
    """Names in boxes called byline or author, or on a line with "By", near the headline; else where only one is."""
    if headline is not None:
        for block in blocks[max(0, headline - 6) : headline + 16]:
            if block.marks & _NOT_HERE or len(block.text) > _LINE or block.index == headline:
                continue
            own = block.inline | block.box.own | (block.box.parent.own if block.box.parent else Mark.NONE)
            match = _by(block.text)
            labelled = len(block.text) <= _MAX_BYLINE_LABEL and _BYLINE_LABEL.fullmatch(block.text.strip(" :"))
            if labelled:
                name = ""
            elif match:
                name = name_in(block.text[match.end() :])
                name = name if printed_names(name) else ""
            elif own & Mark.BYLINE:
                name = _full_name_in(block.text)
            else:
                continue
            # a byline's box may hold the name on a line of its own; after "by" in a sentence nothing below is a name
            if not name and (labelled or own & Mark.BYLINE) and block.index + 1 < len(blocks):
                below = blocks[block.index + 1]
                if below.tag not in _HEADINGS and len(below.text) <= MAX_NAME:
                    name = _full_name_in(below.text)
            if name and not teasers.in_one(block.box.element, page):
                return [name]
    boxed = {
        squeeze(name): name
        for block in blocks
        if block.box.own & Mark.BYLINE
        and not block.marks & (_NOT_HERE | Mark.ASIDE)
        and 3 <= len(block.text) <= 40
        and (name := name_in(block.text))
        and not teasers.in_one(block.box.element, page)
    }
    return list(boxed.values()) if len(boxed) == 1 else []


def _full_name_in(line: str) -> str:
    name = name_in(line)
    return name if " " in name and printed_names(name) else ""


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
