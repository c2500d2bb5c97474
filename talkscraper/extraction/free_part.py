"""The part of an article that its page shows to readers who haven't paid, and whether it is only a part.

A page that declares itself "not free" mostly carries its whole text all the same. Its text is a part of the article if
the page declares a longer one, or if a gate follows it and it breaks off (``…``), or if the closed section that the
page declares (``hasPart`` with ``cssSelector``) isn't in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from talkscraper.extraction import terms
from talkscraper.extraction.jsonld import declared_text
from talkscraper.extraction.kinds.paywalls import breaks_off, gate_of, is_gate
from talkscraper.extraction.kinds.visible_page import VisiblePage, weight
from talkscraper.extraction.text import clean, count_words
from talkscraper.model import Access
from talkscraper.urls.shape import Shape, judge

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from talkscraper.extraction.body import BodyText
    from talkscraper.extraction.page import Page

MIN_SHARE = 0.7
"""Share of the declared length below which a text is only a part."""
MIN_TEASER = 40
"""Minimum length of a teaser (``weight``)."""
MAX_FREE_PART = 4_000
"""Maximum length of a free part (``weight``): newsrooms give away a few paragraphs."""
MAX_GATE = 250
"""Length up to which the text of a closed section is the gate's own."""
MAX_SELECTORS = 10
MAX_LABEL = 60
"""Length up to which a paragraph without a sentence's end is a label (``weight``)."""
_SENTENCE_END = re.compile("[.!?…。！？।؟۔։።][\"'”’»)\\]]*$")
_COMPOUND = re.compile(r"([a-z][a-z0-9-]*)?((?:[.#][\w-]+)*)$", re.IGNORECASE)
_NAMED = re.compile(r"([.#])([\w-]+)")


def teaser_of(
    page: Page, body: BodyText, description: str | None, *, title: str | None, attributed: bool
) -> BodyText | None:
    """The free part of a page that is a stub, without the gate's words; None if the page shows no article's.

    Args:
        page: The page.
        body: The text that was found on it.
        description: The page's own summary: the teaser of a page that prints none.
        title: The headline.
        attributed: Whether a day or an author was found.
    """
    if not title or is_gate(title) or not (attributed or _looks_like_article(page, body.text)):
        return None
    text = _before_gate(body.text)
    if weight(text) >= MIN_TEASER and clean(text).casefold() != clean(title).casefold():
        return body if text == body.text else replace(body, text=text, rule=f"{body.rule}, before the gate")
    declared = clean(description) if description else ""
    if weight(declared) < MIN_TEASER or is_gate(declared) or declared.casefold() == clean(title).casefold():
        return None
    return replace(body, text=declared, rule="description", kept=(), lead=None)


def is_part(page: Page, access: Access | None, text: str) -> bool:
    """Whether the text of a page that isn't a stub is only the beginning of the article."""
    if access is Access.OPEN:
        return False
    if access is not None and _shorter_than_declared(page, text):
        return True
    if weight(text) > MAX_FREE_PART:
        return False
    cut = breaks_off(without_gate(text))
    if not cut and (access is None or not _lacks_closed_section(page)):
        return False
    gate = gate_of(VisiblePage(page))
    # a box's name alone is no notice: pages without any declaration must say so in words
    return gate is not None and (access is not None or is_gate(gate))


def without_gate(text: str) -> str:
    """The text without paragraphs at its end that are a gate's."""
    paragraphs = text.split("\n\n")
    while len(paragraphs) > 1 and is_gate(paragraphs[-1]):
        paragraphs.pop()
    return "\n\n".join(paragraphs)


def _looks_like_article(page: Page, text: str) -> bool:
    return VisiblePage(page).declared or breaks_off(_before_gate(text)) or judge(page.url).shape is Shape.ARTICLE


def _before_gate(text: str) -> str:
    """The paragraphs before the gate's; where it stands first, those that aren't its own. Labels are left out."""
    paragraphs = text.split("\n\n")
    gates = [is_gate(each) for each in paragraphs]
    if any(gates):
        before = paragraphs[: gates.index(True)]
        paragraphs = [each for each in before if not _is_label(each)] or [
            each for each, gate in zip(paragraphs, gates, strict=True) if not gate
        ]
    return "\n\n".join([each for each in paragraphs if not _is_label(each)] or paragraphs)


def _is_label(paragraph: str) -> bool:
    """Whether it is no sentence, such as the newspaper's name, which stands among little text like a paragraph."""
    return weight(paragraph) < MAX_LABEL and not _SENTENCE_END.search(paragraph)


def _shorter_than_declared(page: Page, text: str) -> bool:
    expected = terms.declared_length(page)
    if expected is not None and count_words(text) < MIN_SHARE * expected:
        return True
    whole = declared_text(page.article_node or {})
    return whole is not None and len(text) < MIN_SHARE * len(clean(whole))


def _lacks_closed_section(page: Page) -> bool:
    """Whether the page declares a closed section by its selector, and the section isn't there or is only a gate."""
    selectors = [s for s in _closed_selectors(page) if _COMPOUND.search(s)][:MAX_SELECTORS]
    if not selectors:
        return False
    length = 0
    for element in _matching(page.tree, selectors):
        for text in element.itertext():
            length += len(text.strip())
            if length > MAX_GATE:
                return False
    return True


def _closed_selectors(page: Page) -> Iterator[str]:
    """The last compound selector of each ``cssSelector`` of a part that isn't free."""
    parts = (page.article_node or {}).get("hasPart")
    for part in parts if isinstance(parts, list) else [parts]:
        if not isinstance(part, dict) or terms.is_free(part.get("isAccessibleForFree")) is not False:
            continue
        named: Any = part.get("cssSelector")
        for each in named if isinstance(named, list) else [named]:
            if isinstance(each, str):
                for selector in each[:500].split(","):
                    yield re.split(r"[\s>+~]+", selector.strip())[-1]


def _matching(tree: HtmlElement, selectors: list[str]) -> Iterator[HtmlElement]:
    wanted = []
    for selector in selectors:
        found = _COMPOUND.search(selector)
        if found is not None and found[0] == selector and selector:
            names = _NAMED.findall(found[2])
            wanted.append(
                ((found[1] or "").lower(), {n for k, n in names if k == "."}, {n for k, n in names if k == "#"})
            )
    for element in tree.iter():
        classes, own = set((element.get("class") or "").split()), {element.get("id")}
        if any((not tag or tag == element.tag) and kinds <= classes and ids <= own for tag, kinds, ids in wanted):
            yield element
