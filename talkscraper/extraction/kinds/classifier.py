"""Classification of pages.

``classify_early`` runs before the text is extracted and decides only clear cases; ``classify`` runs when the text is
known.
"""

from __future__ import annotations

from talkscraper.extraction.jsonld import declared_text
from talkscraper.extraction.kinds.bot_walls import blocked
from talkscraper.extraction.kinds.consent import consent_wall
from talkscraper.extraction.kinds.listings import listing
from talkscraper.extraction.kinds.not_found import missing, missing_early
from talkscraper.extraction.kinds.not_html import not_html
from talkscraper.extraction.kinds.page_shapes import gallery, live, thin
from talkscraper.extraction.kinds.paywalls import STUB, gate_of, paywall_stub
from talkscraper.extraction.kinds.verdict import KindVerdict
from talkscraper.extraction.kinds.visible_page import VisiblePage, weight
from talkscraper.extraction.page import Page
from talkscraper.model import PageKind, PublishedDate

_NOTHING = 20
"""Visible characters up to which a page shows nothing at all."""


def classify_early(page: Page, status: int | None = None) -> KindVerdict | None:
    """What a page plainly is before its text is extracted, or None where it may be an article.

    Args:
        page: The parsed page.
        status: The HTTP status, or None where it isn't known.
    """
    seen = VisiblePage(page)
    foreign = not_html(seen)
    if foreign and (page.binary or not (seen.text or "").startswith("error code: 1")):
        return foreign
    verdict = blocked(seen, status) or foreign or consent_wall(seen) or missing_early(seen, status)
    if verdict:
        return verdict
    if seen.text is not None and len(seen.text) <= _NOTHING and not _hidden_article(page):
        return thin(seen, seen.text)
    return None


def classify(
    page: Page,
    text: str,
    *,
    title: str | None = None,
    published: PublishedDate | None = None,
    authors: int = 0,
    status: int | None = None,
) -> KindVerdict:
    """What a page is, now that its text is known and ``classify_early`` had no answer.

    Args:
        page: The parsed page.
        text: The extracted text, paragraphs separated by blank lines.
        title: The headline that was found.
        published: The date that was found.
        authors: How many authors were found.
        status: The HTTP status, or None where it isn't known.
    """
    if status in (404, 410):
        return KindVerdict(PageKind.NOT_FOUND, f"status {status}")
    seen = VisiblePage(page)
    text = text.strip()
    verdict = missing(seen, text, attributed=published is not None or authors > 0) or live(seen)
    if verdict:
        return verdict
    verdict = listing(seen, text, authors=authors, published=published is not None) or gallery(seen, text)
    if verdict:
        return verdict
    if weight(text) <= STUB:
        verdict = paywall_stub(seen, text, gate_of(seen))
        if verdict:
            return verdict
    return thin(seen, text) or KindVerdict(
        PageKind.ARTICLE, f"“{title[:60]}” with {len(text)} characters" if title else f"{len(text)} characters of text"
    )


def _hidden_article(page: Page) -> bool:
    """Whether an article's text is in the page's data although nothing is shown."""
    body = declared_text(page.article_node or {})
    return body is not None and len(body) > 250
