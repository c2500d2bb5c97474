"""Rules of the fields that need nothing but the page itself: its declarations, and links that stand for them.

A field of ``fields.PageFields`` gets its rule here, in ``RULES``: the article's value and its provenance follow.
"""

from __future__ import annotations

from collections.abc import Callable

from talkscraper.extraction import corrections, site, terms, topics
from talkscraper.extraction.field_value import FieldValue
from talkscraper.extraction.page import Page

RULES: dict[str, Callable[[Page], FieldValue]] = {
    "description": topics.description,
    "tags": topics.tags,
    "site_name": site.site_name,
    "publisher": site.publisher,
    "licence": terms.licence,
    "access": terms.access,
    "corrections": corrections.corrections,
}
"""Field of ``Article`` → rule. The provenance of an article is in this order."""


def read_fields(page: Page) -> dict[str, FieldValue]:
    """Return what each rule finds on a page; a field that isn't there has ``field_value.NOTHING``."""
    return {name: rule(page) for name, rule in RULES.items()}
