"""The headline: what the page shows, where the page's own declarations agree with it.

A page tells its title up to six times, and each teller has its habit: ``<title>`` and og:title carry the site's name,
JSON-LD is cut at 110 characters, the ``h1`` may be the site's logo. What two of them agree on is the headline.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from talkscraper.extraction.blocks import squeeze
from talkscraper.extraction.page import Page
from talkscraper.extraction.plain import clean, text_of
from talkscraper.extraction.vocabulary import Mark, marks_of_name
from talkscraper.model import Rival

_SEPARATOR = re.compile(r"\s+[|–—·•»«‹›:/~\-]{1,2}\s+|\s*[|｜¦»]\s*|\s*::\s*|_(?=[^_]{2,20}$)")
_WORD = re.compile(r"\w+")
_AGREE = 0.6
_RELATED = 0.34
_ALIKE = 0.8
_MAX_TITLE = 500
_SENTENCE = 3
"""Words from which an h1 is a headline rather than the name of the site or of a section."""
_GENERIC = frozenset(
    [
        "home",
        "homepage",
        "news",
        "nachrichten",
        "noticias",
        "actualites",
        "artikel",
        "article",
        "articles",
        "blog",
        "untitled",
        "index",
        "menu",
        "search",
        "startseite",
        "inicio",
        "accueil",
        "latest",
        "video",
        "videos",
    ]
)


@dataclass(frozen=True, slots=True)
class Headline:
    """A page's headline, where it stands, and what else it could have been."""

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


def words(text: str) -> frozenset[str]:
    """The words of a text, case folded."""
    return frozenset(w.casefold() for w in _WORD.findall(text))


def agreement(one: str, other: str) -> float:
    """How much of the shorter title's words the longer one has, between 0 and 1."""
    a, b = words(one), words(other)
    if not a or not b:
        return 1.0 if squeeze(one) and squeeze(one) == squeeze(other) else 0.0
    if min(len(a), len(b)) < 2:
        # scripts without spaces make one word of a sentence
        x, y = sorted((squeeze(one), squeeze(other)), key=len)
        return 1.0 if len(x) >= 6 and x in y else float(x == y)
    return len(a & b) / min(len(a), len(b)) if min(len(a), len(b)) >= 3 else len(a & b) / max(len(a), len(b))


def _alike(one: str, other: str) -> bool:
    """Whether two titles are renderings of the same words."""
    a, b = words(one), words(other)
    return squeeze(one) == squeeze(other) or len(a & b) >= _ALIKE * max(len(a | b), 1)


def find_headline(page: Page, site_names: Iterable[str], chosen: Sequence[HtmlElement] = ()) -> Headline:
    """The headline of a page.

    Args:
        page: The page.
        site_names: What the site calls itself; cut from the ends of titles.
        chosen: Elements a source's own selector found; the first with text wins.
    """
    sites = {squeeze(s) for s in site_names if s} | _host_names(page.url)
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
        winner = _agreed(shown, bare, sites)
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


def _agreed(shown: Sequence[_Candidate], declared: Sequence[_Candidate], sites: set[str]) -> _Candidate | None:
    headings = [s for s in shown if squeeze(s.text) not in sites and s.text.casefold() not in _GENERIC]
    lead = any(h.rule == "h1" and len(words(h.text)) >= _SENTENCE for h in headings)
    best: tuple[float, _Candidate] | None = None
    for position, heading in enumerate(headings):
        part = _own_part(heading, declared)
        if part:
            return part
        scores = [agreement(heading.text, d.text) for d in declared]
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
        if max(scores, default=0.0) >= _RELATED and len(words(heading.text)) >= 2:
            return _Candidate(heading.text, f"h1 related to {_agreeing(scores, declared)}", heading.element)
    for wanted in ("jsonld headline", "og:title", "microdata headline", "twitter:title", "title"):
        found = next((d for d in declared if d.rule == wanted and d.text.casefold() not in _GENERIC), None)
        if found:
            return found
    return headings[0] if headings else None


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
            if rest != heading.text and squeeze(rest) in keys and len(words(rest)) >= 2:
                return _Candidate(rest, f"part of {heading.rule} equal to {keys[squeeze(rest)].rule}", element)
    return None


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
    title = page.tree.find(".//title")
    if title is not None and title.text:
        found.append(_Candidate(clean(title.text), "title"))
    return found


def _shown(page: Page) -> list[_Candidate]:
    found = [_Candidate(text_of(e), "h1", e) for e in list(page.tree.iter("h1"))[:8]]
    found = [c for c in found if len(c.text) <= _MAX_TITLE]
    if any(c.text for c in found):
        others: list[_Candidate] = []
        for element in page.tree.iter("h2"):
            if marks_of_name(f"{element.get('class') or ''} {element.get('id') or ''}") & Mark.TITLE:
                others.append(_Candidate(text_of(element), "h2", element))
                if len(others) == 3:
                    break
        return found + others
    return [_Candidate(text_of(e), "h2", e) for e in list(page.tree.iter("h2"))[:5]]


def strip_site(title: str, sites: set[str], shown: Sequence[str] = ()) -> str:
    """A declared title without the site's name (and section, and date) at its ends.

    Args:
        title: As declared.
        sites: Squeezed names of the site.
        shown: Headings of the page: what is left when the title's end is cut may be one of them.
    """
    pieces = list(_SEPARATOR.finditer(title))
    if not pieces:
        return title
    key = {squeeze(s) for s in shown if s}
    # the longest beginning or end that a heading shows
    for cut in reversed(pieces):
        if squeeze(title[: cut.start()]) in key:
            return title[: cut.start()].strip()
    for cut in pieces:
        if squeeze(title[cut.end() :]) in key:
            return title[cut.end() :].strip()
    changed = True
    while changed:
        changed = False
        pieces = list(_SEPARATOR.finditer(title))
        if not pieces:
            break
        last, first = pieces[-1], pieces[0]
        if _is_site(title[last.end() :], sites) and title[: last.start()].strip():
            title, changed = title[: last.start()].strip(), True
        elif _is_site(title[: first.start()], sites) and title[first.end() :].strip():
            title, changed = title[first.end() :].strip(), True
    return title


def _is_site(piece: str, sites: set[str]) -> bool:
    key = squeeze(piece)
    if not key:
        return True
    if key in sites:
        return True
    short = min((s for s in sites if s), key=len, default="")
    return (
        len(key) >= 4
        and any((key in s or s in key) and abs(len(s) - len(key)) <= max(6, len(s) // 2) for s in sites if len(s) >= 4)
        and bool(short)
    )


def _host_names(url: str) -> set[str]:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return set()
    labels = [label for label in host.split(".") if label not in ("www", "m", "amp", "mobile", "edition")]
    names = {squeeze(".".join(labels)), squeeze(host)}
    if labels:
        names.add(squeeze(labels[-2] if len(labels) > 1 and len(labels[-2]) > 3 else labels[0]))
    return names - {""}
