"""Bibliographic data in an article's page, from which Zotero and others take the reference.

The tags are those of Highwire Press, which Google Scholar documents, and Open Graph's type, by which Zotero knows a
newspaper article; COinS is an OpenURL in a ``span``. ``citation_journal_title`` would make it a journal article.
"""

from __future__ import annotations

from urllib.parse import urlencode

from talkscraper.cite.names import PersonName
from talkscraper.cite.proof import date_parts, one_line, person_names
from talkscraper.cite.reference import Reference
from talkscraper.store.database import iso

MAX_TITLE = 1000


def embedded_metadata(found: Reference) -> tuple[tuple[str, str, str], ...]:
    """Return attribute, name and content of each ``meta`` element."""
    day = "/".join(f"{part:02}" for part in date_parts(found))
    highwire = [
        ("citation_title", _title(found)),
        *(("citation_author", _author(each)) for each in person_names(found)),
        ("citation_publication_date", day),
        ("citation_online_date", day),
        ("citation_publisher", one_line(found.source or "")),
        ("citation_language", found.language or ""),
        ("citation_public_url", found.url),
    ]
    graph = [
        ("og:type", "article"),
        ("og:title", _title(found)),
        ("og:site_name", one_line(found.source or "")),
        ("og:url", found.url),
        (
            "article:published_time",
            iso(found.published_at) if found.published_at and len(day) == len("2025/10/28") else "",
        ),
    ]
    return (
        *(("name", name, value) for name, value in highwire if value),
        *(("property", name, value) for name, value in graph if value),
    )


def coins(found: Reference) -> str:
    """Return the OpenURL context object of a reference, for the title of a ``span`` of the class ``Z3988``."""
    names = person_names(found)
    values = [
        ("ctx_ver", "Z39.88-2004"),
        ("rft_val_fmt", "info:ofi/fmt:kev:mtx:dc"),
        ("rft.type", "newspaperArticle"),
        ("rft.title", _title(found)),
        ("rft.source", one_line(found.source or "")),
        *(("rft.aucorp" if each.literal else "rft.au", one_line(each.literal or each.inverted)) for each in names),
        ("rft.date", "-".join(f"{part:02}" for part in date_parts(found))),
        ("rft.language", found.language or ""),
        ("rft.identifier", found.url),
    ]
    return urlencode([(name, value) for name, value in values if value])


def _title(found: Reference) -> str:
    return one_line(found.title or "Untitled")[:MAX_TITLE].strip()


def _author(name: PersonName) -> str:
    """Return a name so that it is split where it should be.

    A comma ends the family name; one at the end says that there is no given name. Of a name with spaces on both sides
    of its comma Zotero would make two, unless there is a semicolon.
    """
    text = one_line(name.literal or name.inverted).replace(";", ",")
    if name.literal:
        return f"{text.replace(',', '')},"
    family, _, given = text.partition(", ")
    return f"{text};" if " " in family and " " in given else text
