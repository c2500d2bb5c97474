"""From a page to an Extraction: every field found once, with the rule that won."""

from __future__ import annotations

import hashlib
from datetime import datetime

from talkscraper.extraction.extractor import EXTRACTOR
from talkscraper.extraction.page import Headers, Page
from talkscraper.extraction.selectors import SelectorSet
from talkscraper.model import Article, Extraction, PageKind


def extract_page(
    body: bytes,
    url: str,
    captured_at: datetime,
    headers: Headers = None,
    *,
    selectors: SelectorSet | None = None,
    status: int | None = None,
) -> Extraction:
    """See ``talkscraper.extraction.extract``."""
    from trafilatura import bare_extraction

    page = Page.read(body, url, captured_at, headers)
    found = bare_extraction(page.tree, url=url, include_comments=False) if not page.binary else None
    text = "\n\n".join(line.strip() for line in (found.text or "").split("\n") if line.strip()) if found else ""
    if not text:
        kind = PageKind.NOT_HTML if page.binary else PageKind.EMPTY
        return Extraction(page_kind=kind, article=None, reason="no text", extractor=EXTRACTOR)
    h1 = page.tree.find(".//h1")
    title = " ".join(h1.text_content().split()) if h1 is not None else page.first("og:title")
    article = Article(
        url=url,
        title=title,
        text=text,
        word_count=len(text.split()),
        text_digest="sha256:" + hashlib.sha256(text.encode()).hexdigest(),
        description=page.first("description", "og:description"),
        tags=page.meta.get("article:tag", ()),
    )
    return Extraction(page_kind=PageKind.ARTICLE, article=article, extractor=EXTRACTOR)
