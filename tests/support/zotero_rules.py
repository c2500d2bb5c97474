"""The rules by which Zotero's public translators read a page, in words of our own.

From "Embedded Metadata" of https://github.com/zotero/translators (as of June 2024), described, not copied:

1. ``citation_journal_title`` makes a journal article, whatever else is there; so do other tags of books and reports
   for theirs. Without these, ``og:type`` decides: ``article`` is a newspaper article.
2. ``citation_title``, ``citation_language`` and ``citation_public_url`` become title, language and address; the date is
   ``citation_publication_date``, else ``citation_date``, else ``citation_online_date``. Of several tags with one name
   the first counts. ``og:site_name`` is the publication.
3. Each ``citation_author`` is split at semicolons. If there is none, and both sides of its first comma have a space,
   it is split at commas. A comma that is left divides family and given name; dots, commas and spaces at the ends are
   taken off; a name without comma is divided before its last word. A name with neither given name nor space is one field.
4. COinS: a ``span`` of class ``Z3988``; its title is a query string. In the format ``dc`` ``rft.type`` may be an item type
   of Zotero's, ``rft.au`` is divided like a ``citation_author``, ``rft.aucorp`` is one field.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from lxml import html

_OTHER_TYPES = {
    "citation_journal_title": "journalArticle", "citation_technical_report_institution": "report",
    "citation_conference_title": "conferencePaper", "citation_conference": "conferencePaper",
    "citation_book_title": "bookSection", "citation_inbook_title": "bookSection",
    "citation_dissertation_institution": "thesis",
}  # fmt: skip


@dataclass
class Item:
    """What Zotero would save."""

    kind: str
    title: str = ""
    date: str = ""
    url: str = ""
    publication: str = ""
    language: str = ""
    creators: list[tuple[str, str]] = field(default_factory=list)
    """Family and given name; without a given name it is one field."""


def creator(text: str) -> tuple[str, str]:
    """Rule 3, for one name."""
    by_comma = "," in text
    text = text.strip(" \xa0.,/[]:")
    if by_comma:
        family, _, given = text.partition(",")
        return family.strip(), given.strip()
    given, _, family = text.rpartition(" ")
    return family, given


def from_tags(page: str) -> Item:
    """The item of a page's ``meta`` elements."""
    tree = html.fromstring(page)
    tags = [((each.get("name") or each.get("property")), each.get("content")) for each in tree.xpath("//head/meta")]
    tags = [(name, content) for name, content in tags if name and content]

    def first(*names: str) -> str:
        return next((content for wanted in names for name, content in tags if name == wanted), "")

    kind = next((_OTHER_TYPES[name] for name, _ in tags if name in _OTHER_TYPES), None)
    kind = kind or {"article": "newspaperArticle"}.get(first("og:type"), "webpage")
    item = Item(
        kind, first("citation_title"), first("citation_publication_date", "citation_date", "citation_online_date"),
        first("citation_public_url"), first("og:site_name"), first("citation_language"),
    )  # fmt: skip
    for name, content in tags:
        if name != "citation_author":
            continue
        parts = re.split(r"\s*;\s*", content)
        if len(parts) == 1:
            commas = re.split(r"\s*,\s*", parts[0])
            if len(commas) > 1 and " " in commas[0] and " " in commas[1]:
                parts = commas
        item.creators += [creator(part) for part in parts if re.search(r"[^\s,\-.;]", part)]
    return item


def from_coins(page: str) -> Item:
    """The item of a page's COinS."""
    (span,) = html.fromstring(page).xpath("//span[contains(concat(' ', @class, ' '), ' Z3988 ')]")
    values = parse_qs(span.get("title"))
    assert values["ctx_ver"] == ["Z39.88-2004"] and values["rft_val_fmt"] == ["info:ofi/fmt:kev:mtx:dc"]

    def first(name: str) -> str:
        return values.get(name, [""])[0]

    people = [creator(each) for each in values.get("rft.au", [])]
    return Item(
        first("rft.type"), first("rft.title"), first("rft.date"), first("rft.identifier"), first("rft.source"),
        first("rft.language"), people + [(each, "") for each in values.get("rft.aucorp", [])],
    )  # fmt: skip
