"""Terms of use of a page: licence, access, and the declared length of the whole article."""

from __future__ import annotations

from typing import Any

from talkscraper.extraction.canonical import absolute
from talkscraper.extraction.field_value import NOTHING, FieldValue, best
from talkscraper.extraction.page import Page
from talkscraper.model import Access, Rival

_OF_FREE = {True: Access.OPEN, False: Access.PAYWALLED, None: None}
_OF_TIER = {
    "free": Access.OPEN,
    "metered": Access.METERED,
    **dict.fromkeys(("locked", "premium", "paid"), Access.PAYWALLED),
}
"""The tiers of ``article:content_tier``: free, metered and locked, and what others write for the last."""


def licence(page: Page) -> FieldValue:
    """The licence that JSON-LD, a rel=license link or a Creative Commons link names."""
    node = page.article_node or {}
    declared = node.get("license")
    value = declared.get("@id") or declared.get("url") if isinstance(declared, dict) else declared
    offers: list[tuple[str, str | None]] = [("jsonld license", value.strip() if isinstance(value, str) else None)]
    for element, href in (*page.links, *page.anchors):
        if "license" in (element.get("rel") or "").lower().split():
            offers.append(("rel=license", absolute(page, href)))
            break
    return best(offers)


def access(page: Page) -> FieldValue:
    """What the page declares about who may read it."""
    free = is_free((page.article_node or {}).get("isAccessibleForFree"))
    offers: list[tuple[str, Access | None]] = [
        ("jsonld isAccessibleForFree", _OF_FREE[free]),
        ("meta isAccessibleForFree", _OF_FREE[is_free(page.first("isaccessibleforfree"))]),
    ]
    tier = (page.first("article:content_tier", "og:article:content_tier", "content_tier") or "").lower()
    offers.append(("article:content_tier", _OF_TIER.get(tier)))
    given = [(rule, value) for rule, value in offers if value]
    # "metered" is more specific than "not free"
    given.sort(key=lambda pair: pair[1] is not Access.METERED)
    if not given:
        return NOTHING
    rule, value = given[0]
    return FieldValue(value, rule, tuple(Rival(value=str(v), rule=r) for r, v in given[1:] if v != value))


def is_free(value: Any) -> bool | None:
    """What a value of ``isAccessibleForFree`` says: a Boolean, a word, a number or schema.org's address of one."""
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, (bool, int, str)):
        return None
    said = str(value).strip().lower().rsplit("/", 1)[-1]
    return False if said in ("false", "no", "0") else True if said in ("true", "yes", "1") else None


def declared_length(page: Page) -> int | None:
    """The number of words of the whole article according to JSON-LD."""
    count = (page.article_node or {}).get("wordCount")
    try:
        number = int(count) if isinstance(count, (int, str)) and not isinstance(count, bool) else 0
    except ValueError:
        return None
    return number if 0 < number < 200_000 else None
