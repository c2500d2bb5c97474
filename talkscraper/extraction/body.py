"""The article's text: trafilatura finds it, and the page's blocks that it consists of, corrected, are the text.

Where the text can't be located among the blocks (trafilatura repaired the markup in its own way), its lines are kept,
except labels and repeated titles. Where the page declares its ``articleBody`` and much less was found, the declaration
is the text.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lxml.html import HtmlElement

from talkscraper.extraction import phrases
from talkscraper.extraction.alignment import align
from talkscraper.extraction.block_selection import KnownFields
from talkscraper.extraction.blocks import Block, Blocks, squeeze
from talkscraper.extraction.jsonld import declared_text, live_posts
from talkscraper.extraction.main_content import find_prose, without
from talkscraper.extraction.page import Page
from talkscraper.extraction.paragraphs import choose
from talkscraper.extraction.plain_text import render
from talkscraper.extraction.text import clean
from talkscraper.extraction.trafilatura_copy import Disposable, bare_extraction
from talkscraper.model import Rival

logger = logging.getLogger(__name__)

_FOUND_AGAIN = 0.8
"""Share of trafilatura's letters that must be found among the blocks for these to be the text."""
_SHARE = 0.33
_ENOUGH = 1_000
"""The result of trafilatura's fast mode is used if it has this share of the page's prose and this many characters; else
its fallbacks (readability, jusText) are used too. Between a third and 60 %, where the rest is prose of other articles
as often as not, they were the worse of the two on four of nine pages and hardly better on one."""
_RESCUE = 0.6
"""Share of the declared articleBody below which a text is taken for a fragment."""
_LIVE_TEXT = 600
"""Characters of a live report's text from which it is believed: pages declare posts that they don't show as theirs."""
_PARAGRAPH = re.compile(r"\n\s*\n|</p>|<br\s*/?>\s*<br\s*/?>|\r?\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class BodyText:
    """The text, the blocks it is made of (none where it was rescued), and how it was found."""

    text: str
    rule: str
    kept: tuple[Block, ...] = ()
    lead: str | None = None
    insets: tuple[Block, ...] = ()
    """Blocks of advertisements and the like that stand among them."""
    rivals: tuple[Rival, ...] = ()


def find_text(page: Page, blocks: Blocks, known: KnownFields, chosen: Sequence[HtmlElement] = ()) -> BodyText:
    """The article's paragraphs, separated by blank lines; an empty text where there is none.

    Args:
        page: The page.
        blocks: Its blocks and pictures.
        known: What is known already: titles, descriptions, authors.
        chosen: Elements a source's own selector found; used if they hold at least 60 % of what is found without.
    """
    lines = _trafilatura(page, blocks)
    # most lines are a block's whole text, of which the letters are known
    keys = {block.text: block.key for block in blocks.text}
    letters = "".join(keys.get(line) or squeeze(line) for line in lines)
    found: Sequence[bool] = (False,) * len(blocks.text)
    coverage = 0.0
    if letters:
        alignment = align([b.key for b in blocks.text], letters)
        found, coverage = alignment.found, alignment.coverage
    body = _from_blocks(blocks, found, known) if coverage >= _FOUND_AGAIN else _from_lines(lines, known)
    if chosen:
        body = _preferred(blocks, known, chosen, body)
    return _rescued(body, known, page)


def _trafilatura(page: Page, blocks: Blocks) -> list[str]:
    """Lines of trafilatura's: by its fast mode from where the prose is, else by all its means from the whole page."""
    prose = find_prose(blocks.text)
    if prose.size >= _ENOUGH:
        lines = _trafilatura_lines(Disposable(prose.page(blocks.left_out)), page.url, fast=True)
        if sum(map(len, lines)) >= max(_ENOUGH, _SHARE * prose.size):
            return lines
    whole = without(page.tree, blocks.left_out)
    return _trafilatura_lines(whole if whole is page.tree else Disposable(whole), page.url, fast=False)


def _trafilatura_lines(tree: HtmlElement | Disposable, url: str, *, fast: bool) -> list[str]:
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        document = bare_extraction()(tree, url=url, include_comments=False, fast=fast)
    except Exception as error:  # noqa: BLE001 - a library's bug on one page must not cost the page
        logger.debug("trafilatura failed on %s: %r", url, error)
        return []
    text = getattr(document, "text", None) or ""
    return [line.strip() for line in text.split("\n") if line.strip()]


def _from_blocks(blocks: Blocks, found: Sequence[bool], known: KnownFields) -> BodyText:
    choice = choose(blocks.text, found, known)
    return BodyText(
        text=render(choice.chosen),
        rule="trafilatura, judged by place",
        kept=tuple(choice.chosen),
        lead=choice.lead.text if choice.lead else None,
        insets=tuple(choice.insets),
        rivals=tuple(
            Rival(value=blocks.text[i].text[:120], rule=f"left out: {why}")
            for i, why in sorted(choice.dropped.items())[:40]
            if found[i]
        ),
    )


def _from_lines(lines: Sequence[str], known: KnownFields) -> BodyText:
    titles = {squeeze(t) for t in (known.title, *known.titles) if t}
    captions = {squeeze(c) for c in known.captions}
    kept = [
        line
        for line in lines
        if squeeze(line) not in titles | captions
        and not phrases.ADVERTISEMENT.fullmatch(line)
        and not phrases.SHARE.fullmatch(line)
    ]
    return BodyText("\n\n".join(kept), "trafilatura") if kept else BodyText("", "none")


def _preferred(blocks: Blocks, known: KnownFields, chosen: Sequence[HtmlElement], generic: BodyText) -> BodyText:
    """The text of a source's own body selector, if it holds up against the generic one."""
    inside = {element for chosen_element in chosen for element in chosen_element.iter()}
    mask = [b.box.element in inside for b in blocks.text]
    own = _from_blocks(blocks, mask, known)
    if len(own.text) >= _RESCUE * len(generic.text):
        return replace(
            own,
            rule="selector",
            rivals=(*own.rivals, Rival(value=f"{len(generic.text)} characters", rule=generic.rule)),
        )
    return replace(
        generic,
        rivals=(*generic.rivals, Rival(value=f"{len(own.text)} characters", rule="selector, refused: too little text")),
    )


def _rescued(body: BodyText, known: KnownFields, page: Page) -> BodyText:
    """The declared articleBody, where the page shows much less."""
    if not known.body or len(known.body) < 200:
        return body
    node = page.article_node or {}
    is_live = bool(live_posts(node)) and not isinstance(node.get("articleBody"), str)
    if is_live and len(body.text) >= _LIVE_TEXT:
        return body
    declared, found = squeeze(known.body), squeeze(body.text)
    # text that isn't on the page came from the declaration, without its paragraphs
    only_declared = not body.kept and found in declared
    if len(found) >= _RESCUE * len(declared) and not only_declared:
        return body
    pieces = [clean(p) for p in _PARAGRAPH.split(declared_text(node) or known.body)]
    text = "\n\n".join(p for p in pieces if p)
    rule = "jsonld liveBlogUpdate" if is_live else "jsonld articleBody"
    return BodyText(text, rule, rivals=(Rival(value=f"{len(body.text)} characters", rule=body.rule),))
