"""The headline: the heading with which the page's declarations agree.

A page gives its title up to six times, each with its own deviations: ``<title>`` and og:title carry the site's name,
JSON-LD is cut at 110 characters, the ``h1`` may be the site's logo. What two of them agree on is the headline.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from talkscraper.extraction.blocks import squeeze
from talkscraper.extraction.box_names import Mark, marks_of_name
from talkscraper.extraction.page import Page
from talkscraper.extraction.site import host_names, is_site, mastheads, strip_site, without_tail
from talkscraper.extraction.text import clean, strings, text_of
from talkscraper.lexicon import Words, words
from talkscraper.model import Rival

_KICKER = re.compile(r":\s+|(?<!\s)\s++/\s+")
_MAX_KICKER = 4
"""Words."""
_WORD = re.compile(r"\w+")
_AGREE = 0.6
_RELATED = 0.34
_ALIKE = 0.8
_MAX_TITLE = 500
_SENTENCE = 3
"""Words from which an h1 is a headline rather than the name of the site or of a section."""
_UNSPACED_SENTENCE = 9
"""Letters, in a script that sets no spaces."""
_BELIEVED = ("jsonld headline", "og:title", "microdata headline", "twitter:title", "title")
"""Declarations in the order in which they are believed where no heading agrees with them."""
_GENERIC = frozenset(words(Words.GENERIC_TITLE))


@dataclass(frozen=True, slots=True)
class Headline:
    """A page's headline, its element, and the other candidates."""

    text: str | None
    rule: str
    element: HtmlElement | None
    """The element that shows it, where there is one."""
    variants: tuple[Rival, ...]
    """All candidates in the order they were considered, cleaned; the winner's own text is not among them."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    text: str
    rule: str
    element: HtmlElement | None = None


def word_set(text: str) -> frozenset[str]:
    """The words of a text, case folded."""
    return frozenset(w.casefold() for w in _WORD.findall(text))


def agreement(one: str, other: str) -> float:
    """How much of the shorter title's words the longer one has, between 0 and 1."""
    a, b = word_set(one), word_set(other)
    if not a or not b:
        return 1.0 if squeeze(one) and squeeze(one) == squeeze(other) else 0.0
    if min(len(a), len(b)) < 2:
        # scripts without spaces make one word of a sentence
        x, y = sorted((squeeze(one), squeeze(other)), key=len)
        return 1.0 if len(x) >= 6 and x in y else float(x == y)
    return len(a & b) / min(len(a), len(b)) if min(len(a), len(b)) >= 3 else len(a & b) / max(len(a), len(b))


def _alike(one: str, other: str) -> bool:
    """Whether two titles are renderings of the same words."""
    a, b = word_set(one), word_set(other)
    return squeeze(one) == squeeze(other) or len(a & b) >= _ALIKE * max(len(a | b), 1)


def find_headline(page: Page, site_names: Iterable[str], chosen: Sequence[HtmlElement] = ()) -> Headline:
    """The headline of a page.

    Args:
        page: The page.
        site_names: What the site calls itself; cut from the ends of titles.
        chosen: Elements a source's own selector found; the first with text wins.
    """
    sites = {squeeze(s) for s in site_names if s} | host_names(page.url)
    declared = [c for c in _declared(page) if c.text]
    shown = [c for c in _shown(page) if c.text]
    bare = [_Candidate(strip_site(c.text, sites, [s.text for s in shown]), c.rule, c.element) for c in declared]
    bare = [c for c in bare if c.text]
    winner = next(
        (
            _Candidate(t, "selector", e)
            for e in chosen
            if (t := text_of(e)) and len(t) <= _MAX_TITLE and squeeze(t) not in sites
        ),
        None,
    )
    if winner is None:
        known = sites | mastheads(_first(declared, "title"), _first(declared, "og:title"))
        winner = _agreed(shown, bare, known, _sections(page))
        winner = winner and _with_its_kicker(replace(winner, text=without_tail(winner.text, sites)), declared, sites)
    everything = [*bare, *shown]
    if winner is None:
        return Headline(None, "none", None, ())
    seen = {squeeze(winner.text)}
    variants: list[Rival] = []
    for candidate in everything:
        key = squeeze(candidate.text)
        genuine = candidate.rule != "h2" or any(_alike(candidate.text, d.text) for d in bare)
        if key and key not in seen and key not in sites and genuine:
            seen.add(key)
            variants.append(Rival(value=candidate.text[:_MAX_TITLE], rule=candidate.rule))
    element = winner.element
    if element is None:
        key = squeeze(winner.text)
        element = next((s.element for s in shown if squeeze(s.text) == key), None)
    if element is None:
        element = next((s.element for s in shown if agreement(s.text, winner.text) >= _AGREE), None)
    return Headline(winner.text[:_MAX_TITLE], winner.rule, element, tuple(variants[:8]))


def _agreed(
    shown: Sequence[_Candidate], declared: Sequence[_Candidate], sites: set[str], sections: set[str]
) -> _Candidate | None:
    headings = [s for s in shown if squeeze(s.text) not in sites and s.text.casefold() not in _GENERIC]
    lead = any(h.rule == "h1" and len(word_set(h.text)) >= _SENTENCE for h in headings)
    best: tuple[float, _Candidate] | None = None
    for position, heading in enumerate(headings):
        part = _own_part(heading, declared)
        if part:
            return part
        scores = [0.0 if _within(heading.text, d.text) else agreement(heading.text, d.text) for d in declared]
        score = max(scores, default=0.0) + 0.2 * sum(s >= _AGREE for s in scores) - 0.01 * position
        score -= 0.3 * (heading.rule != "h1")
        if heading.rule != "h1" and lead and not any(_alike(heading.text, d.text) for d in declared):
            # a subheading shares the story's words; beside a headline only the declared title itself replaces that
            continue
        if max(scores, default=0.0) >= _AGREE and (best is None or score > best[0]):
            best = (
                score,
                _Candidate(
                    heading.text, f"{heading.rule} agreeing with {_agreeing(scores, declared)}", heading.element
                ),
            )
    if best:
        return best[1]
    weak = [h for h in headings if h.rule == "h1"][:1]
    for heading in weak:
        scores = [agreement(heading.text, d.text) for d in declared]
        if max(scores, default=0.0) >= _RELATED and len(word_set(heading.text)) >= 2:
            return _Candidate(heading.text, f"h1 related to {_agreeing(scores, declared)}", heading.element)
    first = _foremost(headings)
    ordered = [d for rule in _BELIEVED for d in declared if d.rule == rule and d.text.casefold() not in _GENERIC]
    for found in ordered:
        named = is_site(found.text, sites) or squeeze(found.text) in sections
        if first is None or not (named and _says_something(first.text)):
            return found
    return first or (ordered[0] if ordered else None)


def _foremost(headings: Sequence[_Candidate]) -> _Candidate | None:
    """The first heading that stands in the article, else the first."""
    within = (
        h
        for h in headings
        if h.element is not None and next(h.element.iterancestors("article", "main"), None) is not None
    )
    return next(within, headings[0] if headings else None)


def _says_something(text: str) -> bool:
    """Long enough for a headline, in scripts with or without spaces."""
    return len(word_set(text)) >= _SENTENCE or (len(squeeze(text)) >= _UNSPACED_SENTENCE and not text.isascii())


def _sections(page: Page) -> set[str]:
    """What the page says of its section, and the folders of its address, squeezed: none of these is a headline."""
    node = page.article_node or {}
    said = [*page.meta.get("article:section", ()), *strings(node.get("articleSection"))]
    folders = [f for f in urlsplit(page.url).path.rstrip("/").split("/")[1:-1] if len(word_set(f)) < _SENTENCE]
    return {squeeze(s) for s in (*said, *folders)} - {""}


def _within(heading: str, title: str) -> bool:
    """Whether a heading is one word from the middle of a title: a thing that both name."""
    word, whole = squeeze(heading), squeeze(title)
    return (
        len(word_set(heading)) == 1
        and len(word_set(title)) > _SENTENCE
        and not whole.startswith(word)
        and not whole.endswith(word)
    )


def _own_part(heading: _Candidate, declared: Sequence[_Candidate]) -> _Candidate | None:
    """A heading without the kicker, date or label set inside it, if what is left is what the page declares."""
    element = heading.element
    if element is None or len(element) == 0:
        return None
    inner = [t for child in element.iterdescendants() if isinstance(child.tag, str) and (t := text_of(child))]
    keys = {squeeze(d.text): d for d in declared}
    for piece in dict.fromkeys(inner[:12]):
        for rest in (heading.text.removeprefix(piece), heading.text.removesuffix(piece), piece):
            rest = rest.strip(" :|-–—")  # noqa: PLW2901 - trimmed, not replaced
            if rest != heading.text and squeeze(rest) in keys and len(word_set(rest)) >= 2:
                return _Candidate(rest, f"part of {heading.rule} equal to {keys[squeeze(rest)].rule}", element)
    return None


def _with_its_kicker(winner: _Candidate, declared: Sequence[_Candidate], sites: set[str]) -> _Candidate:
    """The headline with the kicker (``Kenya: ...``) or without, where og:title differs only in that.

    Newsrooms set kickers inside the ``h1``, above it, or in one of the two only; what they give to others to quote
    is the headline that they mean.
    """
    quoted = _first(declared, "og:title")
    longer, shorter = sorted((squeeze(quoted), squeeze(winner.text)), key=len, reverse=True)
    whole = quoted if squeeze(quoted) == longer else winner.text
    if not shorter or longer == shorter or not longer.endswith(shorter):
        return winner
    kicker = next((k for k in _KICKER.finditer(whole) if squeeze(whole[k.end() :]) == shorter), None)
    if kicker is None or is_site(whole[: kicker.start()], sites) or len(word_set(whole[kicker.end() :])) < _SENTENCE:
        return winner
    if len(_WORD.findall(whole[: kicker.start()])) > _MAX_KICKER:
        return winner  # half of a title in two parts
    return _Candidate(quoted, "og:title, alike but for the kicker", winner.element)


def _first(candidates: Sequence[_Candidate], rule: str) -> str:
    return next((c.text for c in candidates if c.rule == rule), "")


def _agreeing(scores: Sequence[float], declared: Sequence[_Candidate]) -> str:
    return declared[max(range(len(scores)), key=lambda i: scores[i])].rule


def _declared(page: Page) -> list[_Candidate]:
    node = page.article_node or {}
    raw = node.get("headline") or node.get("name")
    found = []
    if isinstance(raw, str):
        found.append(_Candidate(clean(raw), "jsonld headline"))
    found.extend(_Candidate(clean(v), "og:title") for v in page.meta.get("og:title", ())[:1])
    found.extend(
        _Candidate(text_of(e) or clean(e.get("content", "")), "microdata headline")
        for e in page.itemprops.get("headline", ())[:1]
    )
    found.extend(_Candidate(clean(v), "twitter:title") for v in page.meta.get("twitter:title", ())[:1])
    if page.title:
        found.append(_Candidate(clean(page.title), "title"))
    return found


def _shown(page: Page) -> list[_Candidate]:
    found = [_Candidate(text_of(e), "h1", e) for e in page.listed["h1"][:8]]
    found = [c for c in found if len(c.text) <= _MAX_TITLE]
    if any(c.text for c in found):
        others: list[_Candidate] = []
        for element in page.listed["h2"]:
            if marks_of_name(f"{element.get('class') or ''} {element.get('id') or ''}") & Mark.TITLE:
                others.append(_Candidate(text_of(element), "h2", element))
                if len(others) == 3:
                    break
        return found + others
    return [_Candidate(text_of(e), "h2", e) for e in page.listed["h2"][:5]]
