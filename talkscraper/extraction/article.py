"""Assembly of an Extraction from a page: each field with the rule that found it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from lxml.html import HtmlElement

from talkscraper.extraction import canonical, images, site, topics
from talkscraper.extraction.authors import Byline, find_authors
from talkscraper.extraction.block_reader import read_blocks
from talkscraper.extraction.block_selection import KnownFields
from talkscraper.extraction.blocks import Block, Blocks
from talkscraper.extraction.body import BodyText, find_text
from talkscraper.extraction.dates import DateFindings, find_dates
from talkscraper.extraction.dates.finder import iso_text
from talkscraper.extraction.extractor import EXTRACTOR
from talkscraper.extraction.field_value import FieldValue
from talkscraper.extraction.free_part import is_part, teaser_of, without_gate
from talkscraper.extraction.jsonld import declared_text
from talkscraper.extraction.kinds import classify, classify_early
from talkscraper.extraction.language import language_of
from talkscraper.extraction.page import Headers, Page
from talkscraper.extraction.page_rules import read_fields
from talkscraper.extraction.selectors import Guidance, SelectorSet
from talkscraper.extraction.signals import find_signals
from talkscraper.extraction.text import clean, count_words, strings
from talkscraper.extraction.title import Headline, find_headline
from talkscraper.html.onward import onward_of, onward_of_header
from talkscraper.html.removal import take_out
from talkscraper.model import Access, Article, Extraction, FieldProvenance, PageKind, Rival

_WITH_ARTICLE = frozenset((PageKind.ARTICLE, PageKind.LIVE, PageKind.GALLERY))
MIN_WORDS_TO_STAY = 100
"""Minimum number of words of an article that is kept though its page leads on after some seconds."""


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
    page = Page.read(body, url, captured_at, headers)
    onward = onward_of_header(page.headers.get("refresh"), url) or onward_of(
        page.tree, url, page.base, page.listed["meta"]
    )
    signals = find_signals(page)
    early = classify_early(page, status)
    if early is not None and early.kind not in _WITH_ARTICLE:
        found = Extraction(
            page_kind=early.kind, article=None, reason=early.reason, signals=signals, extractor=EXTRACTOR
        )
    else:
        guidance = Guidance(selectors, captured_at)
        dropped = guidance.find(page.tree, "drop")
        for element in dropped:
            take_out(element)
        page = page.listed_again() if dropped else page
        found = _Assembly(page, guidance, status).extraction(signals)
    article = found.article
    if onward is None or not onward.leaves(
        empty=article is None,
        little=article is None or article.word_count < MIN_WORDS_TO_STAY,
        sets_cookie="set-cookie" in page.headers,
    ):
        return found
    return replace(found, leads_to=onward.url)


class _Assembly:
    """The fields of one page, each found in the order the next one needs it."""

    def __init__(self, page: Page, guidance: Guidance, status: int | None) -> None:
        self.page = page
        self.guidance = guidance
        self.status = status
        self.chosen = {name: guidance.find(page.tree, name) for name in ("title", "date", "authors", "body")}
        self.declared = read_fields(page)
        known = (self.declared[name].value for name in ("site_name", "publisher"))
        names = [n for n in (*known, *page.meta.get("og:site_name", ())) if n]
        self.headline = find_headline(page, names, self.chosen["title"])
        root = page.tree.find("body")
        self.blocks = read_blocks(root) if root is not None else Blocks((), ())
        self.top = _index_of(self.headline.element, self.blocks.text)
        self.byline = find_authors(page, self.blocks.text, self.top, names, self.chosen["authors"])
        self.body = find_text(page, self.blocks, self._known(), self.chosen["body"])
        declared = (
            page.html_lang
            or page.first("og:locale", "content-language", "dc.language", "language")
            or _in_language(page)
        )
        self.language = language_of(self.body.text, declared, guidance.language)
        self.dates = find_dates(
            page,
            self.language[0],
            self.headline.element,
            chosen=self.chosen["date"],
            order=guidance.date_order,
            zone=guidance.zone,
        )
        for name, rule in (
            ("title", self.headline.rule),
            ("authors", self.byline.rule),
            ("body", self.body.rule),
            ("date", self.dates.published_rule),
        ):
            if self.chosen[name] and rule != "selector":
                guidance.mark_failed(name)

    def _known(self) -> KnownFields:
        node = self.page.article_node or {}
        body = declared_text(node)
        description = self.declared["description"]
        said = [description.value, *(r.value for r in description.rivals)]
        return KnownFields(
            title=self.headline.text,
            titles=[v.value for v in self.headline.variants],
            headline=self.top,
            descriptions=[d for d in said if d],
            authors=[a.name for a in self.byline.authors],
            captions=images.captions(self.blocks),
            body=clean(body) if body else None,
            tags=self.declared["tags"].value,
            host=site.host_name(self.page.url) or "",
        )

    def extraction(self, signals: tuple[Rival, ...]) -> Extraction:
        page, text = self.page, self.body.text
        verdict = classify(
            page,
            text,
            title=self.headline.text,
            published=self.dates.published,
            authors=len(self.byline.authors),
            status=self.status,
        )
        kind = verdict.kind
        teaser = self._teaser() if kind is PageKind.PAYWALL_STUB else None
        if teaser is not None:
            self.body = teaser
        elif kind not in _WITH_ARTICLE or not text:
            kind = PageKind.EMPTY if kind in _WITH_ARTICLE else kind
            return Extraction(page_kind=kind, article=None, reason=verdict.reason, signals=signals, extractor=EXTRACTOR)
        article, provenance = self._article(stub=teaser is not None)
        return Extraction(
            page_kind=kind,
            article=article,
            reason=verdict.reason,
            provenance=provenance,
            signals=signals,
            extractor=EXTRACTOR,
        )

    def _teaser(self) -> BodyText | None:
        description = self.declared["description"].value
        attributed = self.dates.published is not None or bool(self.byline.authors)
        return teaser_of(self.page, self.body, description, title=self.headline.text, attributed=attributed)

    def _article(self, *, stub: bool) -> tuple[Article, tuple[FieldProvenance, ...]]:
        page, body = self.page, self.body
        access = self.declared["access"]
        truncated = stub or is_part(page, access.value, body.text)
        if truncated:
            body = replace(body, text=without_gate(body.text))
        if truncated and access.value is not Access.PAYWALLED:
            said = () if access.value is None else (Rival(value=str(access.value), rule=access.rule),)
            access = FieldValue(Access.PAYWALLED, "gate", (*said, *access.rivals))
        url, stated, url_rule = canonical.canonical_url(page)
        crumbs = topics.breadcrumbs(page, self.blocks.text)
        declared = {
            "description": self.declared["description"],
            "section": topics.section(page, crumbs.value, self.headline.text),
            "breadcrumbs": crumbs,
            **self.declared,
            "access": access,
        }
        pictures = images.find_images(page, self.blocks, body.kept, body.insets, self.top, self.headline.text)
        words = count_words(body.text)
        amp = canonical.amp_url(page)
        article = Article(
            url=url,
            title=self.headline.text,
            text=body.text,
            word_count=words,
            text_digest="sha256:" + hashlib.sha256(body.text.encode()).hexdigest(),
            language=self.language[0],
            authors=self.byline.authors,
            published=self.dates.published,
            modified=self.dates.modified,
            lead=body.lead,
            headlines=self.headline.variants,
            images=pictures,
            canonical_url=stated,
            amp_url=amp,
            truncated=truncated,
            **{name: found.value for name, found in declared.items() if found.value is not None},
        )
        provenance = (
            FieldProvenance(field="url", value=url, rule=url_rule),
            _headline_provenance(self.headline),
            FieldProvenance(field="text", value=f"{len(body.text)} characters", rule=body.rule, rivals=body.rivals),
            *_dates_provenance(self.dates),
            _byline_provenance(self.byline),
            FieldProvenance(field="language", value=self.language[0], rule=self.language[1]),
            *(_provenance(name, found) for name, found in declared.items()),
            FieldProvenance(field="lead", value=body.lead, rule="standfirst" if body.lead else "none"),
            FieldProvenance(
                field="images", value=str(len(pictures)), rule="in the article" if body.kept else "declared"
            ),
            *_selectors_provenance(self.guidance),
            FieldProvenance(field="canonical_url", value=stated, rule="rel=canonical" if stated else "none"),
            FieldProvenance(field="amp_url", value=amp, rule="rel=amphtml" if amp else "none"),
        )
        return article, provenance


def _selectors_provenance(guidance: Guidance) -> tuple[FieldProvenance, ...]:
    """An entry for a source's selectors that found nothing usable; ``status`` counts these."""
    if not guidance.failed:
        return ()
    return (FieldProvenance(field="selectors", value=" ".join(guidance.failed), rule="found nothing to believe"),)


def _index_of(element: HtmlElement | None, blocks: Sequence[Block]) -> int | None:
    """The index of the first block in an element, or of the box around it."""
    if element is None:
        return None
    inside = set(element.iter())
    found = next((b.index for b in blocks if b.box.element in inside), None)
    if found is not None:
        return found
    outside = next(element.iterancestors("div", "header", "td", "a", "section", "article", "body"), None)
    return next((b.index for b in blocks if b.box.element is outside), None) if outside is not None else None


def _in_language(page: Page) -> str | None:
    values = strings((page.article_node or {}).get("inLanguage"))
    return values[0] if values else None


def _provenance(name: str, found: FieldValue) -> FieldProvenance:
    value = found.value
    if isinstance(value, tuple):
        value = json.dumps(value, ensure_ascii=False) if value else None
    return FieldProvenance(
        field=name, value=str(value) if value is not None else None, rule=found.rule, rivals=found.rivals
    )


def _headline_provenance(headline: Headline) -> FieldProvenance:
    return FieldProvenance(field="title", value=headline.text, rule=headline.rule, rivals=headline.variants)


def _byline_provenance(byline: Byline) -> FieldProvenance:
    value = json.dumps([a.name for a in byline.authors], ensure_ascii=False) if byline.authors else None
    return FieldProvenance(field="authors", value=value, rule=byline.rule, rivals=byline.rivals)


def _dates_provenance(dates: DateFindings) -> tuple[FieldProvenance, FieldProvenance]:
    return (
        FieldProvenance(
            field="published_at",
            value=iso_text(dates.published) if dates.published else None,
            rule=dates.published_rule or "none",
            rivals=dates.rivals,
        ),
        FieldProvenance(
            field="modified_at",
            value=iso_text(dates.modified) if dates.modified else None,
            rule=dates.modified_rule or "none",
        ),
    )
