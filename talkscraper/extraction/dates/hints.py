"""Hints about dates in class names, ids and similar attributes, cached per distinct attribute text."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from lxml.html import HtmlElement

MAX_LENGTH = 300
_ATTRIBUTES = frozenset({"class", "id", "itemprop", "data-testid", "data-qa", "data-type", "property"})

_ELSEWHERE = re.compile(
    r"(?:^|[\s_-])(?:footer|related|recommend(?:ed|ations?)?|recirc\w*|comments?|commentlist|disqus|popular"
    r"|trending|most-?(?:read|viewed|popular)|latest(?:-news)?|read-?(?:next|more|also)|more-?(?:from|news|stories"
    r"|articles)|teasers?|cookie|promo|advert\w*|outbrain|taboola|prevnext|post-navigation|nav|menu|copyright|upcoming"
    r"|events?-list|carousel|ticker|site-footer|author-bio|you-may|also-like)(?:$|[\s_-])",
    re.IGNORECASE,
)
"""Other articles, comments, navigation: their dates are theirs."""
_BESIDE = re.compile(
    r"(?:^|\s)widget(?:$|[\s_])|(?:^|[\s_-])(?:side-?bar|rail|(?:article|entry|post|story)[\w-]{0,30}-footer[\w-]{0,30})(?:$|[\s_-])",
    re.IGNORECASE,
)
"""Beside the article, or under it: some themes put its date there, most put other things. Page builders call every
box a widget (``elementor-widget``), so only a class of that name alone counts."""
_BYLINE = re.compile(
    r"date|time|publi|posted|byline|dateline|stamp|updated|datum|fecha|pub[-_]|[-_]pub|fech|entry-meta|post-meta"
    r"|article-meta|meta-|-meta|created|modified|\bmeta\b|\binfo\b|zeit|veroeff|tarih|data\b|credit",
    re.IGNORECASE,
)
_OF_TODAY = re.compile(r"today-?s?(?:$|[\s_-]*date)|(?:^|[\s_-])current-?date", re.IGNORECASE)
"""The masthead's date, which is the reader's day."""
_DATED = re.compile(r"(?:^|[^a-z])date(?!x|base)|[a-z]Date|datum|fecha|publi|publish", re.IGNORECASE)
_STEMS = (
    "today current "
    "foot relat recom recirc comment disqus popular trend most latest read more teaser cookie promo advert outbrain "
    "taboola prevnext post nav menu copyright upcoming event carousel ticker author you- also widget side rail article "
    "entry story date time publi line stamp datum fech pub meta created modif info zeit veroeff tarih data credit "
    "caption updat aktualis geaendert revis edited erschien"
)
_STEMS_APART = tuple(_STEMS.split())
"""A name without any of these matches no expression here."""
_MODIFIED = re.compile(r"modif|updat|aktualis|geaendert|lastmod|revis|edited", re.IGNORECASE)
_PUBLISHED = re.compile(r"publish|posted|created|pubdate|pub-date|entry-date|erschien|published", re.IGNORECASE)


class Meaning(NamedTuple):
    """The meaning of one element's attributes."""

    elsewhere: bool
    """Its text is about other things than this article."""
    beside: bool
    """It is a sidebar or the article's own foot."""
    byline: bool
    """It is named for dates or for the byline."""
    dated: bool
    """It names a date, not just a byline."""
    caption: bool
    role: str | None
    """``published`` or ``modified``. WordPress writes ``entry-date updated`` where there is no other date."""


NOTHING = Meaning(elsewhere=False, beside=False, byline=False, dated=False, caption=False, role=None)


def attributes_of(element: HtmlElement) -> str:
    """The relevant attributes as one text; empty for most elements."""
    parts = [value for name, value in element.items() if name in _ATTRIBUTES and value]
    return " ".join(parts)[:MAX_LENGTH] if parts else ""


@lru_cache(maxsize=8192)
def meaning_of(attributes: str) -> Meaning:
    """The meaning of these attributes."""
    meanings = [m for name in attributes.split() if (m := _meaning_of_name(name)) is not NOTHING]
    if not meanings:
        return NOTHING
    roles = {m.role for m in meanings}
    return Meaning(
        elsewhere=any(m.elsewhere for m in meanings),
        beside=any(m.beside for m in meanings),
        byline=any(m.byline for m in meanings),
        dated=any(m.dated for m in meanings),
        caption=any(m.caption for m in meanings),
        role="published" if "published" in roles else "modified" if "modified" in roles else None,
    )


@lru_cache(maxsize=16384)
def _meaning_of_name(name: str) -> Meaning:
    """The meaning of a single class, id or the like; these repeat far more often than whole attributes."""
    lowered = name.lower()
    if not any(stem in lowered for stem in _STEMS_APART):
        return NOTHING
    beside = bool(_BESIDE.search(name))
    meaning = Meaning(
        elsewhere=bool(_ELSEWHERE.search(_BESIDE.sub(" ", name) if beside else name) or _OF_TODAY.search(name)),
        beside=beside,
        byline=bool(_BYLINE.search(name)),
        dated=bool(_DATED.search(name)),
        caption="caption" in lowered,
        role="published" if _PUBLISHED.search(name) else "modified" if _MODIFIED.search(name) else None,
    )
    return NOTHING if meaning == NOTHING else meaning


def elsewhere(element: HtmlElement) -> bool:
    """Whether an element isn't about this article: a footer, a sidebar, navigation, comments, other articles."""
    if not isinstance(element.tag, str) or element.tag in ("html", "body", "main", "article"):
        return False
    if element.tag in ("nav", "footer", "aside"):
        return True
    meaning = meaning_of(attributes_of(element))
    return meaning.elsewhere or meaning.beside
